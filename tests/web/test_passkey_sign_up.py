"""`POST /users` with a passkey and no password."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.authenticator import Authenticator, decoded
from tests.factors import (
    add_passkey,
    become_by_passkey,
    created,
    prove_by_passkey,
    sign_up,
    use_passkey,
)
from tests.invariants import assert_whole
from tests.support import PASSWORD, Browser, Site, assert_problem, codes

BODY = {"username": "ann", "email": "ann@example.com"}


@pytest.fixture
def phone() -> Authenticator:
    return Authenticator()


def with_options(browser: Browser, phone: Authenticator) -> dict[str, Any]:
    """What an authenticator makes for somebody who is about to register."""
    return phone.create(browser.post("registrations/passkey-options", BODY).json)


def test_the_options_are_for_a_user_who_is_still_to_be(browser: Browser) -> None:
    options = [
        browser.post("registrations/passkey-options", {**BODY, "display_name": "Ann B."}).json
        for _ in range(2)
    ]
    assert (options[0]["user"]["name"], options[0]["user"]["displayName"]) == ("ann", "Ann B.")
    assert options[0]["user"]["id"] != options[1]["user"]["id"]
    assert len(decoded(options[0]["user"]["id"])) == 16
    assert options[0]["authenticatorSelection"]["userVerification"] == "required"


def test_no_passkey_is_made_for_what_would_be_refused(site: Site, browser: Browser) -> None:
    site.browser().register("taken")
    options = "registrations/passkey-options"
    assert_problem(browser.post(options, {**BODY, "username": "taken"}), 409, "username_taken")
    refused = browser.post(options, {"username": "a", "email": "no address"})
    assert codes(refused) == [("/username", "username_invalid"), ("/email", "email_invalid")]


def test_an_account_can_have_a_passkey_and_no_password(
    site: Site, browser: Browser, phone: Authenticator
) -> None:
    user = become_by_passkey(browser, phone)
    assert user["has_password"] is False
    assert user["id"].replace("-", "") == phone.held[0].user_id.hex()
    assert use_passkey(site.browser(), phone).status_code == 201
    assert len(browser.get("passkeys").json["items"]) == 1
    assert_whole(site)


def test_no_password_signs_in_to_it(site: Site, browser: Browser, phone: Authenticator) -> None:
    become_by_passkey(browser, phone)
    for password in (PASSWORD, " ", "\0"[:0] or "x"):
        refused = site.browser().sign_in(password=password)
        assert_problem(refused, 401, "invalid_credentials")
    stepped = browser.post("sessions/current/step-up", {"password": PASSWORD})
    assert_problem(stepped, 401, "invalid_credentials")


def test_it_may_have_both(site: Site, browser: Browser, phone: Authenticator) -> None:
    begun = sign_up(browser, phone, password=PASSWORD)
    user = browser.verify(begun, site.code("ann@example.com")).json["user"]
    assert user["has_password"] is True
    assert site.browser().sign_in().status_code == 201
    assert use_passkey(site.browser(), phone).status_code == 201


def test_a_first_password_can_be_set_later(
    site: Site, browser: Browser, phone: Authenticator
) -> None:
    become_by_passkey(browser, phone)
    prove_by_passkey(browser, phone)
    assert browser.change_password(None, PASSWORD).status_code == 204
    assert browser.get("users/me").json["has_password"] is True
    assert site.browser().sign_in().status_code == 201


@pytest.mark.parametrize(
    ("members", "refused"),
    [
        ({}, [("/password", "required")]),
        ({"password": None}, [("/password", "invalid_type")]),
        ({"passkey": None}, [("/passkey", "passkey_invalid")]),
        ({"passkey": "text"}, [("/passkey", "passkey_invalid")]),
        ({"passkey": {}}, [("/passkey", "passkey_invalid")]),
        ({"passkey": {}, "password": "short"}, [("/password", "password_too_short")]),
    ],
)
def test_one_of_both_is_needed(
    browser: Browser, members: dict[str, Any], refused: list[tuple[str, str]]
) -> None:
    assert codes(browser.post("users", BODY | members)) == refused


def test_nobody_is_made_before_the_mailbox_is_proved(
    site: Site, browser: Browser, phone: Authenticator
) -> None:
    sign_up(browser, phone)
    assert_problem(use_passkey(site.browser(), phone), 401, "invalid_credentials")
    found = assert_whole(site)
    assert (found.users, found.parts, found.credentials) == ({}, {}, {})


def test_a_passkey_made_for_an_account_signs_nobody_up(
    site: Site, browser: Browser, phone: Authenticator
) -> None:
    browser.become("bob")
    refused = site.browser().post("users", {**BODY, "passkey": created(browser, phone)})
    assert codes(refused) == [("/passkey", "passkey_invalid")]


def test_a_passkey_made_for_signing_up_is_added_to_no_account(
    browser: Browser, phone: Authenticator
) -> None:
    credential = with_options(browser, phone)
    browser.become("bob")
    browser.prove()
    refused = browser.post("passkeys", {"credential": credential})
    assert codes(refused) == [("/credential", "passkey_invalid")]


def test_the_challenge_is_good_once(site: Site, browser: Browser, phone: Authenticator) -> None:
    passkey = with_options(browser, phone)
    assert browser.post("users", {**BODY, "passkey": passkey}).status_code == 202
    other = {"username": "bob", "email": "bob@example.com", "passkey": passkey}
    assert codes(browser.post("users", other)) == [("/passkey", "passkey_invalid")]
    assert_whole(site)


def test_nor_again_once_the_account_is_gone(
    site: Site, browser: Browser, phone: Authenticator
) -> None:
    passkey = with_options(browser, phone)
    begun = browser.post("users", {**BODY, "passkey": passkey})
    user_id = browser.verify(begun, site.code(BODY["email"])).json["user"]["id"]
    site.delete_user(user_id)
    again = site.browser().post("users", {**BODY, "passkey": passkey})
    assert codes(again) == [("/passkey", "passkey_invalid")]


def test_where_there_is_no_password_none_is_looked_for_among_breached_ones(
    make_site: Callable[..., Site], phone: Authenticator
) -> None:
    asked: list[str] = []
    site = make_site(breached=asked.append)
    assert sign_up(site.browser(), phone).status_code == 202
    assert asked == []


def test_the_challenge_is_good_for_five_minutes(
    site: Site, browser: Browser, phone: Authenticator
) -> None:
    passkey = with_options(browser, phone)
    site.clock.advance(minutes=5)
    refused = browser.post("users", {**BODY, "passkey": passkey})
    assert codes(refused) == [("/passkey", "passkey_invalid")]


@pytest.mark.parametrize(
    "trait", [{"origin": "https://evil.example"}, {"user_verified": False}, {"alg": -35}]
)
def test_what_is_for_another_site_or_proves_nothing_is_refused(
    browser: Browser, trait: dict[str, Any]
) -> None:
    passkey = with_options(browser, Authenticator(**trait))
    refused = browser.post("users", {**BODY, "passkey": passkey})
    assert codes(refused) == [("/passkey", "passkey_invalid")]


def test_the_same_request_is_answered_the_same(
    site: Site, browser: Browser, phone: Authenticator
) -> None:
    body, other = ({**BODY, "passkey": with_options(browser, phone)} for _ in range(2))
    headers = {"Idempotency-Key": "the-key-of-ann"}
    turned = {**body, "passkey": dict(reversed(body["passkey"].items()))}
    answers = [browser.post("users", each, headers=headers) for each in (body, turned)]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json == answers[1].json
    assert codes(browser.post("users", other, headers=headers)) == [("", "idempotency_key_reused")]


def test_a_credential_that_somebody_added_meanwhile_makes_no_account(
    site: Site, browser: Browser
) -> None:
    same = b"one and the same"
    begun = sign_up(browser, Authenticator(credential_id=same))
    code = site.code("ann@example.com")
    bob = site.browser()
    bob.become("bob")
    add_passkey(bob, Authenticator(credential_id=same))
    assert_problem(browser.verify(begun, code), 409, "passkey_exists")
    assert_whole(site)


def test_a_corrected_address_keeps_the_passkey(
    site: Site, browser: Browser, phone: Authenticator
) -> None:
    begun = sign_up(browser, phone, email="mistyped@example.com")
    browser.readdress(begun, "ann@example.com")
    assert browser.verify(begun, site.code("ann@example.com")).status_code == 201
    assert use_passkey(site.browser(), phone).status_code == 201
