"""`POST /sessions/current/step-up`: a recent proof, before what is sensitive."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Blueprint, Response

from backend.web.answers import answer
from backend.web.operation import Authenticated, Operation, operation
from tests.authenticator import Authenticator
from tests.factors import add_passkey, add_totp, asserted, prove_by_passkey
from tests.meanwhile import Asked, at
from tests.support import (
    PASSWORD,
    Browser,
    Site,
    assert_problem,
    browser_with,
    codes,
    session_token,
)


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    """With an endpoint that asks for a recent proof and does nothing."""
    made = make_site()
    sensitive = Blueprint("sensitive", __name__)

    @sensitive.post("/api/v1/sensitive")
    @operation(Operation("Do nothing", 204, session=True, step_up=True))
    def do_nothing(authenticated: Authenticated) -> Response:
        return answer(204)

    made.app.register_blueprint(sensitive)
    return made


@pytest.fixture
def ann(browser: Browser) -> Browser:
    browser.become()
    return browser


def test_what_is_sensitive_needs_a_session(browser: Browser) -> None:
    assert_problem(browser.post("sensitive"), 401, "not_authenticated")


def test_signing_in_is_no_recent_proof(ann: Browser) -> None:
    assert_problem(ann.post("sensitive"), 403, "step_up_required")
    ann.sign_in()
    assert_problem(ann.post("sensitive"), 403, "step_up_required")


def test_a_proof_is_good_for_five_minutes(site: Site, ann: Browser) -> None:
    assert ann.prove().status_code == 204
    site.clock.advance(minutes=4, seconds=59)
    assert ann.post("sensitive").status_code == 204
    site.clock.advance(seconds=1)
    assert_problem(ann.post("sensitive"), 403, "step_up_required")


def test_a_proof_is_good_for_its_own_session_alone(site: Site, ann: Browser) -> None:
    other = site.browser()
    other.sign_in()
    ann.prove()
    assert_problem(other.post("sensitive"), 403, "step_up_required")


def test_a_proof_gives_the_session_a_new_token(site: Site, ann: Browser) -> None:
    before = session_token(ann)
    ann.prove()
    assert session_token(ann) != before
    assert ann.get("users/me").status_code == 200
    assert_problem(browser_with(site, before).get("users/me"), 401, "not_authenticated")


def test_the_session_is_still_the_same_one(ann: Browser) -> None:
    [before] = ann.get("sessions").json["items"]
    ann.prove()
    [after] = ann.get("sessions").json["items"]
    assert (after["id"], after["expires_at"]) == (before["id"], before["expires_at"])


def test_the_cookie_lasts_no_longer_than_the_session(site: Site, ann: Browser) -> None:
    site.clock.advance(days=6)
    ann.get("users/me")
    site.clock.advance(minutes=1)
    cookie = ann.prove().headers["Set-Cookie"]
    age = int(cookie.split("Max-Age=")[1].split(";")[0])
    assert age <= 24 * 24 * 3600


def test_a_session_that_is_ended_meanwhile_is_not_proved(site: Site, ann: Browser) -> None:
    elsewhere = browser_with(site, session_token(ann))

    def end() -> None:
        assert elsewhere.delete("sessions/current").status_code == 204

    def proves(operation: str, asked: Asked) -> bool:
        return operation == "UpdateItem" and "proved_at" in str(asked)

    with site.calls.noted(at(proves, end)):
        assert_problem(ann.prove(), 401, "not_authenticated")


def test_a_wrong_password_is_no_proof(ann: Browser) -> None:
    token = session_token(ann)
    assert_problem(ann.prove("not the password at all"), 401, "invalid_credentials")
    assert session_token(ann) == token
    assert_problem(ann.post("sensitive"), 403, "step_up_required")


def test_wrong_passwords_are_limited_and_right_ones_are_not(make_site: Callable[..., Site]) -> None:
    browser = make_site(RATE_LIMIT_SCALE="1", LIMIT_DEVICE="6/hour 9/day").browser()
    browser.become()
    for _ in range(5):
        assert browser.prove().status_code == 204
    for _ in range(3):
        assert_problem(browser.prove("not the password at all"), 401, "invalid_credentials")
    assert_problem(browser.prove(), 429, "rate_limited")


@pytest.fixture
def phone() -> Authenticator:
    return Authenticator()


def test_a_passkey_is_a_proof(site: Site, ann: Browser, phone: Authenticator) -> None:
    add_passkey(ann, phone)
    site.clock.advance(minutes=5)
    before = session_token(ann)
    assert prove_by_passkey(ann, phone).status_code == 204
    assert session_token(ann) != before
    assert ann.post("sensitive").status_code == 204


def test_somebody_elses_passkey_is_no_proof(site: Site, ann: Browser, phone: Authenticator) -> None:
    bob = site.browser()
    bob.become("bob")
    add_passkey(bob, phone)
    assert_problem(prove_by_passkey(ann, phone), 401, "invalid_credentials")
    assert_problem(ann.post("sensitive"), 403, "step_up_required")


def test_a_passkeys_answer_proves_once(site: Site, ann: Browser, phone: Authenticator) -> None:
    add_passkey(ann, phone)
    passkey = asserted(ann, phone)
    assert ann.post("sessions/current/step-up", {"passkey": passkey}).status_code == 204
    replayed = ann.post("sessions/current/step-up", {"passkey": passkey})
    assert_problem(replayed, 401, "invalid_credentials")


def test_a_code_of_the_authenticator_app_is_a_proof_once(site: Site, ann: Browser) -> None:
    app = add_totp(ann)
    site.clock.advance(minutes=5)
    code = {"totp": app.code()}
    assert ann.post("sessions/current/step-up", code).status_code == 204
    assert ann.post("sensitive").status_code == 204
    assert_problem(ann.post("sessions/current/step-up", code), 401, "invalid_code")


def test_a_code_is_no_proof_without_an_authenticator_app(ann: Browser) -> None:
    code = {"totp": "123456"}
    assert_problem(ann.post("sessions/current/step-up", code), 401, "invalid_code")


def test_wrong_codes_are_limited(make_site: Callable[..., Site]) -> None:
    site = make_site(RATE_LIMIT_SCALE="1", LIMIT_SECOND_FACTOR="3/hour 9/day")
    browser = site.browser()
    browser.become()
    app = add_totp(browser)
    for _ in range(3):
        wrong = browser.post("sessions/current/step-up", {"totp": app.wrong_code()})
        assert_problem(wrong, 401, "invalid_code")
    right = browser.post("sessions/current/step-up", {"totp": app.next_code()})
    assert_problem(right, 429, "rate_limited")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"password": PASSWORD, "totp": "123456"},
        {"password": PASSWORD, "totp": "123456", "passkey": {}},
    ],
)
def test_there_is_one_proof_at_a_time(ann: Browser, body: dict[str, object]) -> None:
    refused = ann.post("sessions/current/step-up", body)
    assert codes(refused) == [("", "exactly_one")]


@pytest.mark.parametrize("name", ["password", "totp", "passkey"])
def test_no_proof_is_null(ann: Browser, name: str) -> None:
    assert ann.post("sessions/current/step-up", {name: None}).status_code == 422
