"""The session token: it opens one session, and nothing else does."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest

from tests.support import (
    Browser,
    Site,
    assert_problem,
    browser_with,
    session_token,
)

NOBODY = "01980000-0000-7000-8000-000000000000"


def altered(value: str, position: int) -> str:
    """The token with one bit of its bytes flipped."""
    raw = bytearray(urlsafe_b64decode(value + "=="))
    raw[position] ^= 1
    return urlsafe_b64encode(raw).decode().rstrip("=")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *[("GET", "sessions"), ("DELETE", "sessions"), ("DELETE", "sessions/current")],
        *[("DELETE", f"sessions/{NOBODY}"), ("GET", "users/me"), ("GET", f"users/{NOBODY}")],
        ("PATCH", "users/me"),
    ],
)
def test_what_needs_a_session_is_refused_without(method: str, path: str, browser: Browser) -> None:
    assert_problem(browser.call(method, path), 401, "not_authenticated")


@pytest.mark.parametrize("position", [0, 15, 16, 31, 32, 63])
def test_a_token_with_one_bit_flipped_opens_nothing(position: int, site: Site) -> None:
    browser = site.browser()
    browser.become()
    other = browser_with(site, altered(session_token(browser), position))
    assert_problem(other.get("users/me"), 401, "not_authenticated")
    assert browser.get("users/me").status_code == 200


def test_a_token_made_of_parts_of_two_users_opens_nothing(site: Site) -> None:
    ann, bob = site.browser(), site.browser()
    ann.become("ann")
    bob.become("bob")
    parts = [urlsafe_b64decode(session_token(browser) + "==") for browser in (ann, bob)]
    for cut in (16, 32):
        mixed = urlsafe_b64encode(parts[0][:cut] + parts[1][cut:]).decode().rstrip("=")
        assert_problem(browser_with(site, mixed).get("users/me"), 401, "not_authenticated")


@pytest.mark.parametrize(
    "cookie", ["{0}=", "{0}A", "A{0}", "{0}{0}", "A" * 86, "A" * 3000, "null", "\u00e4", "."]
)
def test_what_is_no_token_opens_nothing(cookie: str, site: Site) -> None:
    browser = site.browser()
    browser.become()
    other = browser_with(site, cookie.format(session_token(browser)))
    assert_problem(other.get("users/me"), 401, "not_authenticated")


def test_the_id_of_a_session_opens_nothing(site: Site, browser: Browser) -> None:
    browser.become()
    [session] = browser.get("sessions").json["items"]
    assert_problem(browser_with(site, session["id"]).get("users/me"), 401, "not_authenticated")
