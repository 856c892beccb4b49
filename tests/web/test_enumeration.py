"""Who has an account does not show: not in status, body or headers, nor in work that takes time."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from tests.alike import assert_alike
from tests.authenticator import Authenticator
from tests.factors import add_totp, become_by_passkey, sign_up
from tests.hashing import all_turns_taken
from tests.support import PASSWORD, Browser, Site, assert_problem, registration_id

KNOWN, FREE = "known@example.com", "free@example.com"


@pytest.fixture
def stranger(site: Site) -> Browser:
    site.browser().become("known")
    return site.browser()


def test_registering_a_known_address_looks_like_any_other(site: Site, stranger: Browser) -> None:
    assert_alike(
        site,
        lambda: stranger.register("usernameA", email=KNOWN),
        lambda: stranger.register("usernameB", email=FREE),
        lambda: stranger.register("usernameC", email=KNOWN.upper()),
    )
    assert len(site.mails()) == 4


def test_changing_to_a_known_address_looks_like_any_other(site: Site, stranger: Browser) -> None:
    ids = [registration_id(stranger.register(name, email=FREE)) for name in ("one", "two")]
    assert_alike(
        site,
        lambda: stranger.patch(f"registrations/{ids[0]}", {"email": KNOWN}),
        lambda: stranger.patch(f"registrations/{ids[1]}", {"email": FREE}),
    )


def test_resending_to_a_known_address_looks_like_any_other(site: Site, stranger: Browser) -> None:
    ids = [
        registration_id(stranger.register(name, email=email))
        for name, email in (("one", KNOWN), ("two", FREE))
    ]
    site.clock.advance(minutes=1)
    assert_alike(
        site,
        lambda: stranger.post(f"registrations/{ids[0]}/resend"),
        lambda: stranger.post(f"registrations/{ids[1]}/resend"),
    )


def test_guessing_the_code_of_a_known_address_looks_like_any_other(
    site: Site, stranger: Browser
) -> None:
    known = stranger.register("one", email=KNOWN)
    free = stranger.register("two", email=FREE)
    for _ in range(6):
        assert_alike(
            site,
            lambda: stranger.verify(known, "no code"),
            lambda: stranger.verify(free, "no code"),
        )


def test_an_account_can_be_made_once_a_known_address_is_corrected(
    site: Site, stranger: Browser
) -> None:
    begun = stranger.register("one", email=KNOWN)
    stranger.patch(f"registrations/{registration_id(begun)}", {"email": FREE})
    assert stranger.verify(begun, site.code(FREE)).status_code == 201


def test_a_refused_sign_in_does_not_tell_why(site: Site, stranger: Browser) -> None:
    site.browser().register("pending", email="pending@example.com")
    disabled = site.browser().become("disabled")
    site.change_user(disabled["id"], disabled=True)
    assert_alike(
        site,
        lambda: stranger.sign_in("known", "a wrong password"),
        lambda: stranger.sign_in(KNOWN, "a wrong password"),
        lambda: stranger.sign_in("nobody", PASSWORD),
        lambda: stranger.sign_in("nobody@example.com", PASSWORD),
        lambda: stranger.sign_in("no@address@at all", PASSWORD),
        lambda: stranger.sign_in("no username at all", PASSWORD),
        lambda: stranger.sign_in("pending", PASSWORD),
        lambda: stranger.sign_in("pending@example.com", PASSWORD),
        lambda: stranger.sign_in("disabled", PASSWORD),
        lambda: stranger.sign_in("disabled@example.com", "a wrong password"),
    )
    assert_problem(stranger.sign_in("nobody"), 401, "invalid_credentials")
    assert "Set-Cookie" not in stranger.sign_in("nobody").headers


def test_who_is_refused_for_load_does_not_learn_who_has_an_account(
    site: Site, stranger: Browser
) -> None:
    disabled = site.browser().become("disabled")
    site.change_user(disabled["id"], disabled=True)
    with all_turns_taken():
        assert_alike(
            site,
            lambda: stranger.sign_in("known", PASSWORD),
            lambda: stranger.sign_in(KNOWN, "a wrong password"),
            lambda: stranger.sign_in("disabled", PASSWORD),
            lambda: stranger.sign_in("nobody", PASSWORD),
            lambda: stranger.sign_in("nobody@example.com", "a wrong password"),
        )
        assert_alike(
            site,
            lambda: stranger.register("usernameA", email=KNOWN),
            lambda: stranger.register("usernameB", email=FREE),
        )
        assert_problem(stranger.sign_in("nobody"), 503, "unavailable")


def test_asking_for_a_new_password_looks_the_same_for_everybody(
    site: Site, stranger: Browser
) -> None:
    site.browser().register("pending", email="pending@example.com")
    disabled = site.browser().become("disabled")
    site.change_user(disabled["id"], disabled=True)
    without = site.browser().become("without")
    site.change_user(without["id"], password_hash="")
    assert_alike(
        site,
        lambda: stranger.forget(KNOWN),
        lambda: stranger.forget(KNOWN.upper()),
        lambda: stranger.forget(FREE),
        lambda: stranger.forget(FREE),
        lambda: stranger.forget("pending@example.com"),
        lambda: stranger.forget("disabled@example.com"),
        lambda: stranger.forget("without@example.com"),
    )


def test_changing_the_address_to_a_known_one_looks_like_any_other(site: Site) -> None:
    site.browser().become("known")
    site.browser().register("pending", email="pending@example.com")
    left = site.browser()
    left.become("left")
    left.move("moved@example.com")
    member = site.browser()
    member.become("member")
    member.prove()
    acts = [
        partial(member.post, "users/me/email-changes", {"email": email})
        for email in (KNOWN, KNOWN.upper(), FREE, "pending@example.com", "left@example.com")
    ]
    assert_alike(site, *acts)


def test_guessing_the_code_to_a_known_address_looks_like_any_other(site: Site) -> None:
    members = [site.browser() for _ in range(2)]
    site.browser().become("known")
    for member, name, email in zip(members, ("one", "two"), (KNOWN, FREE), strict=True):
        member.become(name)
        member.readdress_account(email)
    for _ in range(6):
        assert_alike(site, *(partial(member.prove_address, "no code") for member in members))


def test_registering_with_a_passkey_looks_the_same_for_a_known_address(
    site: Site, stranger: Browser
) -> None:
    assert_alike(
        site,
        lambda: sign_up(stranger, Authenticator(), "usernameA", email=KNOWN),
        lambda: sign_up(stranger, Authenticator(), "usernameB", email=FREE),
    )


def test_an_account_without_a_password_looks_like_none(site: Site, stranger: Browser) -> None:
    become_by_passkey(site.browser(), Authenticator(), "keyed")
    assert_alike(
        site,
        lambda: stranger.sign_in("keyed", PASSWORD),
        lambda: stranger.sign_in("keyed@example.com", " "),
        lambda: stranger.sign_in("nobody", PASSWORD),
    )


def test_second_factors_do_not_show_before_the_right_password(
    site: Site, stranger: Browser
) -> None:
    owner = site.browser()
    owner.become("factored")
    add_totp(owner)
    assert_alike(
        site,
        lambda: stranger.sign_in("factored", "a wrong password"),
        lambda: stranger.sign_in("known", "a wrong password"),
        lambda: stranger.sign_in("nobody", "a wrong password"),
    )


@pytest.mark.parametrize("mailbox", [KNOWN, FREE])
def test_a_mailbox_that_had_its_share_is_refused_whoever_has_it(
    mailbox: str, make_site: Callable[..., Site]
) -> None:
    site = make_site(LIMIT_MAILBOX="2/hour 9/day", RATE_LIMIT_SCALE="1")
    browser = site.browser()
    browser.become("known")
    statuses = [browser.register(f"user{n}", email=mailbox).status_code for n in range(3)]
    assert statuses[-1] == 429


@pytest.mark.parametrize("identifier", ["known", KNOWN, "nobody", FREE])
def test_an_identifier_that_was_tried_too_often_is_refused_whether_or_not_it_is_known(
    identifier: str, make_site: Callable[..., Site]
) -> None:
    site = make_site(LIMIT_IDENTIFIER="2/hour 9/day", RATE_LIMIT_SCALE="1")
    site.browser().become("known")
    tries = [site.browser().sign_in(identifier, "a wrong password") for _ in range(3)]
    assert [answer.status_code for answer in tries] == [401, 401, 429]


def test_who_has_an_account_tells_nothing_of_others_to_its_device(site: Site) -> None:
    site.browser().become("known")
    member = site.browser()
    member.become("member")
    assert_alike(
        site,
        lambda: member.sign_in("known", "not the password at all"),
        lambda: member.sign_in("nobody", "not the password at all"),
        lambda: member.sign_in(KNOWN, "not the password at all"),
        lambda: member.sign_in(FREE, "not the password at all"),
    )
