"""`REQUIRE_SECOND_FACTOR`: tokens and administration for sessions of two factors."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.authenticator import Authenticator
from tests.factors import (
    add_passkey,
    add_totp,
    answer,
    become_by_passkey,
    begin_totp,
    challenged,
    make_recovery_codes,
    prove_by_passkey,
    use_passkey,
)
from tests.support import Browser, Site, assert_problem, browser_with, session_token

REFUSED = 403, "second_factor_required"


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    return make_site(REQUIRE_SECOND_FACTOR="on")


@pytest.fixture
def ann(browser: Browser) -> Browser:
    """With a password, and signed in by it."""
    browser.become()
    browser.sign_in()
    return browser


def has_two(browser: Browser) -> bool:
    return browser.post("tokens").status_code == 201


def test_a_session_of_one_factor_gets_no_token(ann: Browser) -> None:
    assert_problem(ann.post("tokens"), *REFUSED)


def test_nor_does_one_that_the_code_of_a_mail_began(site: Site) -> None:
    bob = site.browser()
    become_by_passkey(bob, Authenticator(), "bob")
    assert_problem(bob.post("tokens"), *REFUSED)


def test_one_reads_and_changes_oneself_all_the_same(ann: Browser) -> None:
    assert ann.get("users/me").status_code == 200
    assert ann.change({"display_name": "Ann"}).status_code == 200
    assert ann.get("sessions").status_code == 200


@pytest.mark.parametrize("path", ["admin/users", "admin/events"])
def test_an_admin_of_one_factor_administers_nothing(path: str, site: Site, ann: Browser) -> None:
    site.make_admin(ann.get("users/me").json["id"])
    ann.sign_in()
    assert_problem(ann.get(path), *REFUSED)
    add_totp(ann)
    assert ann.get(path).status_code == 200


def test_whoever_is_no_admin_still_finds_nothing_there(ann: Browser) -> None:
    assert_problem(ann.get("admin/users"), 404, "not_found")


def test_a_code_after_the_password_is_a_second(site: Site, ann: Browser) -> None:
    app = add_totp(ann)
    browser = site.browser()
    answer(browser, challenged(browser), app.next_code())
    assert has_two(browser)


def test_so_is_a_recovery_code(site: Site, ann: Browser) -> None:
    add_totp(ann)
    codes = make_recovery_codes(ann)
    browser = site.browser()
    answer(browser, challenged(browser), codes[0], "recovery_code")
    assert has_two(browser)


def test_a_passkey_is_two(site: Site, ann: Browser) -> None:
    phone = Authenticator()
    add_passkey(ann, phone)
    browser = site.browser()
    use_passkey(browser, phone)
    assert has_two(browser)


def test_whoever_adds_a_first_factor_has_shown_it(site: Site, ann: Browser) -> None:
    add_totp(ann)
    assert has_two(ann)
    bob = site.browser()
    bob.become("bob")
    add_passkey(bob, Authenticator())
    assert has_two(bob)


def test_an_app_that_is_not_confirmed_is_none(ann: Browser) -> None:
    begin_totp(ann)
    assert not has_two(ann)


def test_beside_a_passkey_the_password_alone_changes_no_factor(site: Site, ann: Browser) -> None:
    """Or whoever has the password adds a factor of their own, and has two."""
    phone = Authenticator()
    passkey = add_passkey(ann, phone)
    thief = site.browser()
    thief.sign_in()
    thief.prove()
    for refused in (
        thief.post("passkeys/registration-options"),
        thief.delete(f"passkeys/{passkey['id']}"),
        thief.patch(f"passkeys/{passkey['id']}", {"name": "mine"}),
        thief.post("users/me/totp"),
        thief.post("users/me/totp/confirm", {"code": "123456"}),
        thief.delete("users/me/totp"),
        thief.post("users/me/recovery-codes"),
        thief.post("passkeys", {"credential": {}}),
    ):
        assert_problem(refused, *REFUSED)


def test_beside_an_app_a_session_from_before_it_was_asked_for_changes_none(
    make_site: Callable[..., Site],
) -> None:
    before = make_site(REQUIRE_SECOND_FACTOR="off")
    ann = before.browser()
    ann.become()
    add_totp(ann)
    since = browser_with(before.instance(REQUIRE_SECOND_FACTOR="on"), session_token(ann))
    assert_problem(since.delete("users/me/totp"), *REFUSED)
    assert_problem(since.post("users/me/recovery-codes"), *REFUSED)


def test_a_proof_by_passkey_makes_it_two(site: Site, ann: Browser) -> None:
    phone = Authenticator()
    add_passkey(ann, phone)
    browser = site.browser()
    browser.sign_in()
    assert not has_two(browser)
    prove_by_passkey(browser, phone)
    assert has_two(browser)
    browser.prove()
    assert has_two(browser)


def test_a_proof_by_password_does_not(ann: Browser) -> None:
    ann.prove()
    assert not has_two(ann)


def test_where_it_is_not_required_one_is_enough(make_site: Callable[..., Site]) -> None:
    browser = make_site().browser()
    browser.become()
    assert has_two(browser)
    add_passkey(browser, Authenticator())
    browser.sign_in()
    add_totp(browser)
