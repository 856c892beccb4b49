"""`POST /sessions/current/step-up`: a recent proof, before what is sensitive."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Blueprint, Response

from backend.web.answers import answer
from backend.web.operation import Authenticated, Operation, operation
from tests.support import Browser, Site, assert_problem, browser_with, session_token


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


def test_a_wrong_password_is_no_proof(ann: Browser) -> None:
    token = session_token(ann)
    assert_problem(ann.prove("not the password at all"), 401, "invalid_credentials")
    assert session_token(ann) == token
    assert_problem(ann.post("sensitive"), 403, "step_up_required")


def test_wrong_passwords_are_limited_and_right_ones_are_not(make_site: Callable[..., Site]) -> None:
    browser = make_site(RATE_LIMIT_SCALE="1", LIMIT_DEVICE="3/hour 9/day").browser()
    browser.become()
    for _ in range(5):
        assert browser.prove().status_code == 204
    for _ in range(3):
        assert_problem(browser.prove("not the password at all"), 401, "invalid_credentials")
    assert_problem(browser.prove(), 429, "rate_limited")
