"""`PUT /users/me/password`: another password for somebody who is signed in."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from tests.support import (
    NEW_PASSWORD,
    PASSWORD,
    Browser,
    Site,
    assert_problem,
    browser_with,
    codes,
    session_token,
)


@pytest.fixture
def ann(browser: Browser) -> Browser:
    browser.become()
    return browser


def test_a_stranger_has_no_password_to_change(browser: Browser) -> None:
    assert_problem(browser.change_password(), 401, "not_authenticated")


def test_the_new_password_signs_in_and_the_old_one_does_not(site: Site, ann: Browser) -> None:
    assert ann.change_password().status_code == 204
    assert_problem(site.browser().sign_in(password=PASSWORD), 401, "invalid_credentials")
    assert site.browser().sign_in(password=NEW_PASSWORD).status_code == 201


def test_all_other_sessions_end(site: Site, ann: Browser) -> None:
    other = site.browser()
    other.sign_in()
    ann.change_password()
    assert_problem(other.get("users/me"), 401, "not_authenticated")
    [own] = ann.get("sessions").json["items"]
    assert own["current"]


def test_this_session_gets_a_new_token(site: Site, ann: Browser) -> None:
    before = session_token(ann)
    ann.change_password()
    assert session_token(ann) != before
    assert ann.get("users/me").status_code == 200
    assert_problem(browser_with(site, before).get("users/me"), 401, "not_authenticated")


def test_the_change_shows_in_the_version(ann: Browser) -> None:
    before = ann.get("users/me").headers["ETag"]
    ann.change_password()
    assert ann.get("users/me").headers["ETag"] != before


def test_the_owner_is_told(site: Site, ann: Browser) -> None:
    ann.change_password()
    assert site.mails("ann@example.com")[0]["subject"] == "Your password at Latchstring was changed"


def test_a_wrong_current_password_changes_nothing(site: Site, ann: Browser) -> None:
    assert_problem(ann.change_password("not the password"), 401, "invalid_credentials")
    assert ann.get("users/me").status_code == 200
    assert site.browser().sign_in(password=PASSWORD).status_code == 201


def test_wrong_current_passwords_are_limited(limited: Callable[..., Site]) -> None:
    browser = limited(LIMIT_DEVICE="3/hour 9/day").browser()
    browser.become()
    for _ in range(3):
        assert_problem(browser.change_password("not the password"), 401, "invalid_credentials")
    assert_problem(browser.change_password(), 429, "rate_limited")


def test_right_ones_are_not(limited: Callable[..., Site]) -> None:
    browser = limited(LIMIT_DEVICE="3/hour 9/day").browser()
    browser.become()
    passwords = [PASSWORD, *(f"{number} {NEW_PASSWORD}" for number in range(5))]
    for current, new in pairwise(passwords):
        assert browser.change_password(current, new).status_code == 204


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "password_too_short"),
        ("x" * 129, "password_too_long"),
        ("ann@example.com", "password_contains_identity"),
        ("Latchstring Latchstring", "password_contains_identity"),
        ("passwordpassword", "password_compromised"),
    ],
)
def test_the_new_password_is_judged_as_at_registration(
    password: str, code: str, ann: Browser
) -> None:
    answer = ann.change_password(password=password)
    assert_problem(answer, 422, code)
    assert codes(answer) == [("/password", code)]


def test_a_breached_password_is_refused(make_site: Callable[..., Site]) -> None:
    browser = make_site(breached=NEW_PASSWORD.__eq__).browser()
    browser.become()
    assert_problem(browser.change_password(), 422, "password_compromised")


def test_who_has_a_password_has_to_know_it(ann: Browser) -> None:
    ann.prove()
    answer = ann.change_password(None)
    assert_problem(answer, 422, "required")
    assert codes(answer) == [("/current_password", "required")]


def test_a_first_password_needs_a_recent_proof(site: Site, ann: Browser) -> None:
    user_id = ann.get("users/me").json["id"]
    ann.prove()
    site.change_user(user_id, password_hash="")
    site.clock.advance(minutes=5)
    assert_problem(ann.change_password(None), 403, "step_up_required")


def test_a_first_password_is_set_after_a_recent_proof(site: Site, ann: Browser) -> None:
    user_id = ann.get("users/me").json["id"]
    ann.prove()
    site.change_user(user_id, password_hash="")
    assert_problem(ann.change_password(""), 422, "required")
    assert_problem(ann.change_password("any"), 401, "invalid_credentials")
    assert ann.change_password(None).status_code == 204
    assert site.browser().sign_in(password=NEW_PASSWORD).status_code == 201


def test_the_document_says_when_the_current_password_may_be_left_out(browser: Browser) -> None:
    schemas = browser.get("openapi.json").json["components"]["schemas"]
    body = schemas["PasswordChangeBody"]
    assert body["required"] == ["password"]
    assert "recent proof" in body["properties"]["current_password"]["description"]
