"""Unsafe calls from pages of other sites are refused before any work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.support import Browser, Site, assert_problem

SIGN_IN = {"identifier": "ann", "password": "a wrong password"}
UNSAFE = [
    ("POST", "users"),
    ("PATCH", "registrations/0"),
    ("POST", "registrations/0/verify"),
    ("POST", "registrations/0/resend"),
    ("POST", "sessions"),
    ("DELETE", "sessions"),
    ("DELETE", "sessions/current"),
    ("DELETE", "sessions/0"),
    ("PATCH", "users/me"),
    ("PUT", "nothing/here"),
]


def call(site: Site, headers: Mapping[str, str], **more: Any) -> TestResponse:
    """A sign-in with these headers and no others."""
    return site.app.test_client().post("/api/v1/sessions", json=SIGN_IN, headers=headers, **more)


@pytest.mark.parametrize(
    "origin",
    [
        *["https://evil.example", "null", "", "http://localhost.evil.example", "http://localhos"],
        *["https://localhost", "http://localhost:8080", "http://localhost/", "localhost"],
        *["http://evil.example/http://localhost", "http://localhost@evil.example", "file://"],
        *["http://localhost https://evil.example", "http://xlocalhost", "http://127.0.0.1"],
    ],
)
def test_a_page_of_another_origin_is_refused(origin: str, site: Site) -> None:
    assert_problem(call(site, {"Origin": origin}), 403, "cross_origin_refused")
    answer = call(site, {"Origin": origin, "Sec-Fetch-Site": "same-origin"})
    assert_problem(answer, 403, "cross_origin_refused")


@pytest.mark.parametrize("value", ["cross-site", "same-site", "", "Same-Origin", "anything"])
@pytest.mark.parametrize("origin", [{}, {"Origin": "http://localhost"}], ids=["no origin", "own"])
def test_a_fetch_from_another_site_is_refused(
    origin: dict[str, str], value: str, site: Site
) -> None:
    answer = call(site, {**origin, "Sec-Fetch-Site": value})
    assert_problem(answer, 403, "cross_origin_refused")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://localhost"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"},
        {"Referer": "https://evil.example/"},
    ],
    ids=str,
)
def test_the_own_page_and_what_is_no_browser_pass(headers: dict[str, str], site: Site) -> None:
    assert_problem(call(site, headers), 401, "invalid_credentials")


@pytest.mark.parametrize(("method", "path"), UNSAFE)
def test_every_unsafe_call_is_guarded_before_any_work(
    method: str, path: str, site: Site, browser: Browser
) -> None:
    browser.become()
    before = site.stored()
    answer = browser.call(method, path, data=b"{", headers={"Origin": "https://evil.example"})
    assert_problem(answer, 403, "cross_origin_refused")
    assert "Set-Cookie" not in answer.headers
    assert site.stored() == before
    assert browser.get("users/me").status_code == 200


@pytest.mark.parametrize("value", ["cross-site", "same-site"])
def test_a_link_from_another_site_may_be_followed(value: str, browser: Browser) -> None:
    browser.become()
    headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": value}
    assert browser.get("users/me", headers=headers).status_code == 200


@pytest.mark.parametrize("host", ["127.0.0.1:5000", "localhost:5000", "[::1]:5000"])
def test_locally_the_page_may_be_opened_under_any_name_of_loopback(host: str, site: Site) -> None:
    answer = call(site, {"Origin": f"http://{host}"}, base_url=f"http://{host}")
    assert_problem(answer, 401, "invalid_credentials")


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "192.0.2.1:5000"])
def test_locally_another_name_that_leads_here_is_refused(host: str, site: Site) -> None:
    answer = call(site, {"Origin": f"http://{host}"}, base_url=f"http://{host}")
    assert_problem(answer, 403, "cross_origin_refused")
