"""`POST /email-changes/undo`: the owner of the old mailbox takes the account back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from backend.accounts.tokens import OneTimeToken
from tests.authenticator import Authenticator
from tests.factors import (
    add_passkey,
    add_totp,
    answer,
    become_by_passkey,
    challenged,
    make_recovery_codes,
    prove_by_passkey,
    use_passkey,
)
from tests.invariants import assert_whole
from tests.meanwhile import Asked, changed_before_each
from tests.support import NEW_PASSWORD, Browser, Site, assert_problem

OLD, NEW, NEXT = "ann@example.com", "ann@example.org", "ann@example.net"


@pytest.fixture
def ann(browser: Browser) -> Browser:
    browser.become()
    return browser


@pytest.fixture
def token(ann: Browser) -> str:
    """From the mail to the old mailbox."""
    return ann.move(NEW)


def test_the_old_address_is_back(site: Site, token: str) -> None:
    assert site.browser().undo(token).status_code == 204
    assert site.browser().sign_in(OLD).json["user"]["email"] == OLD
    assert_problem(site.browser().sign_in(NEW), 401, "invalid_credentials")
    assert_whole(site)


def test_the_way_back_is_in_the_log(site: Site, token: str) -> None:
    site.browser().undo(token)
    ann = site.browser()
    ann.sign_in(OLD)
    signed_in, undone, *_ = ann.get("users/me/events").json["items"]
    assert (signed_in["action"], undone["action"]) == ("session.created", "email.change_undone")


def test_all_sessions_end(site: Site, ann: Browser, token: str) -> None:
    answer = site.browser().undo(token)
    assert "Set-Cookie" not in answer.headers
    assert_problem(ann.get("users/me"), 401, "not_authenticated")


def test_the_other_address_is_free_again(site: Site, token: str) -> None:
    site.browser().undo(token)
    assert site.browser().become("bert", email=NEW)["email"] == NEW


def test_the_owner_is_told_what_to_do_next(site: Site, token: str) -> None:
    site.browser().undo(token)
    mail = site.mails(OLD)[0]
    assert mail["subject"] == "Your account at Latchstring has its old address again"
    assert "choose a new one now" in mail["text"].replace("\n", " ")
    assert site.browser().reset(site.token(OLD)).status_code == 204
    assert site.browser().sign_in(OLD, NEW_PASSWORD).status_code == 201


@pytest.mark.parametrize("held_back", [{"SECURITY_NOTICES": "off"}, {"LIMIT_MAIL": "2/hour 9/day"}])
def test_the_link_goes_out_whatever_holds_notices_back(
    held_back: dict[str, str], limited: Callable[..., Site]
) -> None:
    site = limited(**held_back)
    ann = site.browser()
    ann.become()
    assert site.browser().undo(ann.move(NEW)).status_code == 204


def test_the_link_is_good_for_72_hours(site: Site, ann: Browser, token: str) -> None:
    site.clock.advance(days=3)
    assert_problem(site.browser().undo(token), 410, "token_invalid")
    assert ann.get("users/me").json["email"] == NEW


def test_the_link_is_good_to_the_last_second(site: Site, token: str) -> None:
    site.clock.advance(days=2, minutes=24 * 60 - 1, seconds=59)
    assert site.browser().undo(token).status_code == 204


def test_the_link_is_good_once(site: Site, token: str) -> None:
    site.browser().undo(token)
    assert_problem(site.browser().undo(token), 410, "token_invalid")
    again = site.browser()
    again.sign_in(OLD)
    again.move(NEW)
    assert_problem(site.browser().undo(token), 410, "token_invalid")
    assert again.get("users/me").json["email"] == NEW


def test_opening_the_link_spends_nothing(site: Site, token: str) -> None:
    assert site.browser().get("email-changes/undo").status_code == 405
    assert site.browser().undo(token).status_code == 204


def test_a_thief_cannot_shake_the_owner_off_by_changing_the_password(
    site: Site, ann: Browser, token: str
) -> None:
    ann.change_password()
    ann.delete("sessions")
    assert site.browser().undo(token).status_code == 204
    assert_problem(site.browser().sign_in(OLD, NEW_PASSWORD), 401, "invalid_credentials")
    assert site.browser().reset(site.token(OLD), "a garden of my own").status_code == 204
    assert site.browser().sign_in(OLD, "a garden of my own").json["user"]["email"] == OLD


def test_a_password_of_before_stays(site: Site, browser: Browser) -> None:
    browser.become()
    browser.change_password()
    site.clock.advance(seconds=1)
    browser.prove(NEW_PASSWORD)
    browser.post("users/me/email-changes", {"email": NEW})
    browser.prove_address(site.code(NEW))
    site.browser().undo(site.token(OLD, "undo"))
    assert site.browser().sign_in(OLD, NEW_PASSWORD).status_code == 201


@pytest.mark.parametrize("before", [False, True], ids=["since", "within a day before"])
def test_a_passkey_that_a_thief_added_goes(site: Site, ann: Browser, before: bool) -> None:
    thief = Authenticator()
    site.clock.advance(minutes=1)
    if before:
        site.clock.advance(days=9)
        ann.sign_in()
        add_passkey(ann, thief)
        site.clock.advance(days=1)
    token = ann.move(NEW)
    if not before:
        add_passkey(ann, thief)
    assert site.browser().undo(token).status_code == 204
    assert_problem(use_passkey(site.browser(), thief), 401, "invalid_credentials")
    assert_whole(site)


def test_so_does_one_that_was_added_in_the_second_of_the_account(
    site: Site, browser: Browser
) -> None:
    thief = Authenticator()
    browser.become()
    add_passkey(browser, thief)
    assert site.browser().undo(browser.move(NEW)).status_code == 204
    assert_problem(use_passkey(site.browser(), thief), 401, "invalid_credentials")


def test_the_owners_passkeys_stay(site: Site, browser: Browser) -> None:
    first, second = Authenticator(), Authenticator()
    become_by_passkey(browser, first)
    prove_by_passkey(browser, first)
    offered = second.create(browser.post("passkeys/registration-options").json)
    assert browser.post("passkeys", {"credential": offered}).status_code == 201
    site.clock.advance(days=1, minutes=1)
    prove_by_passkey(browser, first)
    browser.post("users/me/email-changes", {"email": NEW})
    browser.prove_address(site.code(NEW))
    site.browser().undo(site.token(OLD, "undo"))
    for passkey in (first, second):
        assert use_passkey(site.browser(), passkey).status_code == 201
    assert_whole(site)


def test_the_passkey_that_the_account_was_made_with_stays_however_young(
    site: Site, browser: Browser
) -> None:
    phone = Authenticator()
    become_by_passkey(browser, phone)
    prove_by_passkey(browser, phone)
    browser.post("users/me/email-changes", {"email": NEW})
    browser.prove_address(site.code(NEW))
    site.browser().undo(site.token(OLD, "undo"))
    assert use_passkey(site.browser(), phone).status_code == 201


def test_an_authenticator_app_that_a_thief_added_locks_nobody_out(
    site: Site, ann: Browser, token: str
) -> None:
    add_totp(ann)
    make_recovery_codes(ann)
    site.browser().undo(token)
    assert site.browser().sign_in(OLD).json["user"]["second_factors"] == []
    assert_whole(site)


def test_the_owners_app_stays_and_codes_that_took_the_place_of_theirs_go(
    site: Site, browser: Browser
) -> None:
    browser.become()
    app = add_totp(browser)
    site.clock.advance(days=2)
    token = browser.move(NEW)
    thiefs = make_recovery_codes(browser)
    site.browser().undo(token)
    owner = site.browser()
    challenge = challenged(owner, OLD)
    assert_problem(answer(owner, challenge, thiefs[0], "recovery_code"), 401, "invalid_code")
    assert answer(owner, challenge, app.next_code()).json["user"]["second_factors"] == ["totp"]
    assert_whole(site)


def test_an_app_that_was_added_within_a_day_before_goes(site: Site, browser: Browser) -> None:
    browser.become()
    add_totp(browser)
    site.clock.advance(days=1)
    browser.prove()
    site.browser().undo(browser.move(NEW))
    assert site.browser().sign_in(OLD).json["user"]["second_factors"] == []


def test_codes_that_were_made_within_a_day_before_go(site: Site, browser: Browser) -> None:
    browser.become()
    add_totp(browser)
    site.clock.advance(days=2)
    browser.prove()
    make_recovery_codes(browser)
    site.clock.advance(days=1)
    site.browser().undo(browser.move(NEW))
    assert challenged_methods(site) == ["totp"]
    assert_whole(site)


def test_the_owners_codes_of_longer_ago_stay(site: Site, browser: Browser) -> None:
    browser.become()
    add_totp(browser)
    make_recovery_codes(browser)
    site.clock.advance(days=1, seconds=1)
    site.browser().undo(browser.move(NEW))
    assert challenged_methods(site) == ["totp", "recovery_code"]
    assert_whole(site)


def challenged_methods(site: Site) -> list[str]:
    methods: list[str] = site.browser().sign_in(OLD).json["challenge"]["methods"]
    return methods


def test_a_thief_cannot_shake_the_owner_off_by_moving_on(
    site: Site, ann: Browser, token: str
) -> None:
    ann.move(NEXT)
    assert site.browser().undo(token).status_code == 204
    assert site.browser().sign_in(OLD).status_code == 201
    for free in (NEW, NEXT):
        assert_problem(site.browser().sign_in(free), 401, "invalid_credentials")
    assert_whole(site)


def test_who_goes_back_ends_the_links_that_came_later(site: Site, ann: Browser, token: str) -> None:
    later = ann.move(NEXT)
    site.browser().undo(token)
    assert_problem(site.browser().undo(later), 410, "token_invalid")
    assert site.browser().become("bert", email=NEW)["email"] == NEW


def test_who_goes_back_a_step_leaves_the_links_that_came_before(
    site: Site, ann: Browser, token: str
) -> None:
    later = ann.move(NEXT)
    assert site.browser().undo(later).status_code == 204
    assert site.browser().sign_in(NEW).status_code == 201
    assert site.browser().undo(token).status_code == 204
    assert site.browser().sign_in(OLD).status_code == 201
    assert_whole(site)


def test_where_the_owner_went_back_already_there_is_nothing_to_undo(
    site: Site, ann: Browser, token: str
) -> None:
    ann.move(OLD)
    assert_problem(site.browser().undo(token), 410, "token_invalid")
    assert ann.get("users/me").status_code == 200


def test_a_link_is_good_though_the_owner_was_back_meanwhile(
    site: Site, ann: Browser, token: str
) -> None:
    """The first link and the last lead to one mailbox, which is kept for both."""
    ann.move(OLD)
    ann.move(NEXT)
    assert site.browser().undo(token).status_code == 204
    assert site.browser().sign_in(OLD).json["user"]["email"] == OLD
    assert_whole(site)


def test_going_back_a_step_keeps_a_mailbox_that_an_earlier_link_leads_to(
    site: Site, ann: Browser, token: str
) -> None:
    second = ann.move(NEXT)
    ann.move(OLD)
    ann.move("ann@example.edu")
    assert site.browser().undo(second).status_code == 204
    bert = site.browser().register("bert", email=OLD)
    assert site.mails(OLD)[0]["subject"] == "You already have an account at Latchstring"
    assert_problem(site.browser().verify(bert, "000000"), 422, "code_invalid")
    assert site.browser().undo(token).status_code == 204
    assert site.browser().sign_in(OLD).json["user"]["email"] == OLD
    assert_whole(site)


def test_going_back_a_step_keeps_no_mailbox_whose_earlier_link_has_expired(
    site: Site, ann: Browser, token: str
) -> None:
    site.clock.advance(days=2)
    second = ann.move(NEXT)
    ann.move(OLD)
    ann.move("ann@example.edu")
    site.clock.advance(days=1)
    assert site.browser().undo(second).status_code == 204
    assert site.browser().become("bert", email=OLD)["email"] == OLD
    assert_whole(site)


def test_who_changes_before_each_write_is_said_to_be_unavailable(
    site: Site, ann: Browser, token: str
) -> None:
    ann_id = ann.get("users/me").json["id"]

    def moves_back(operation: str, asked: Asked) -> bool:
        return operation == "TransactWriteItems" and "undone_by" in str(asked)

    with site.calls.noted(changed_before_each(moves_back, site, ann_id)):
        assert_problem(site.browser().undo(token), 503, "unavailable")
    assert ann.get("users/me").json["email"] == NEW
    assert site.browser().undo(token).status_code == 204


def test_a_reset_that_was_asked_for_at_the_other_address_dies(site: Site, token: str) -> None:
    site.browser().forget(NEW)
    reset = site.token(NEW)
    site.browser().undo(token)
    assert_problem(site.browser().reset(reset), 410, "token_invalid")


def test_a_change_that_was_begun_is_over(site: Site, ann: Browser, token: str) -> None:
    ann.readdress_account(NEXT)
    code = site.code(NEXT)
    site.browser().undo(token)
    ann.sign_in(OLD)
    assert_problem(ann.prove_address(code), 410, "email_change_expired")


def test_a_disabled_account_stays_disabled(site: Site, ann: Browser, token: str) -> None:
    site.change_user(ann.get("users/me").json["id"], disabled=True)
    assert site.browser().undo(token).status_code == 204
    assert_problem(site.browser().sign_in(OLD), 401, "invalid_credentials")


def test_an_account_that_is_being_deleted_does_not_come_back(
    site: Site, ann: Browser, token: str
) -> None:
    session_id = ann.get("sessions").json["items"][0]["id"]
    site.change_user(ann.get("users/me").json["id"], disabled=True, leaving=session_id)
    assert_problem(site.browser().undo(token), 410, "token_invalid")
    ann.prove()
    assert ann.delete("users/me").status_code == 204


def test_what_is_no_token_of_this_user_or_purpose_is_refused(
    site: Site, ann: Browser, token: str
) -> None:
    user_id = ann.get("users/me").json["id"]
    site.browser().forget(NEW)
    wrong = [
        *[token[:-1], token + "A", token[1:], token.swapcase(), "x", "ann", site.token(NEW)],
        str(OneTimeToken.new("undo", user_id)),
        str(OneTimeToken.new("undo", "01980000-0000-7000-8000-000000000000")),
    ]
    for text in wrong:
        assert_problem(site.browser().undo(text), 410, "token_invalid")
    assert_problem(site.browser().reset(token), 410, "token_invalid")
    assert site.browser().undo(token).status_code == 204


def test_what_is_stored_is_no_token(site: Site, token: str) -> None:
    assert token not in str(site.stored())
    assert token[-20:] not in str(site.stored())
