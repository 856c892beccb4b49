"""A production stage: cookies under `__Host-`, only through CloudFront, nothing of development."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Mapping
from http.cookies import Morsel, SimpleCookie

import pytest
from werkzeug.test import TestResponse

from backend.web.logs import JsonLines
from tests.support import PASSWORD, Browser, Site, assert_problem

SECRET = "the secret of the edge"
URL = "https://accounts.example.com"
PRODUCTION = {
    "STAGE": "prod",
    "SITE_URL": URL,
    "MAIL_FROM": "accounts@example.com",
    "ORIGIN_SECRET": SECRET,
}
SIGN_IN = {"identifier": "nobody", "password": PASSWORD}


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    return make_site(**PRODUCTION)


def cookies(answer: TestResponse) -> dict[str, Morsel[str]]:
    return {
        name: morsel
        for header in answer.headers.getlist("Set-Cookie")
        for name, morsel in SimpleCookie(header).items()
    }


def direct(site: Site, path: str, headers: Mapping[str, str], **more: str) -> TestResponse:
    """A call with these headers only, as one that goes around CloudFront."""
    client = site.app.test_client()
    return client.open(path, base_url=URL, headers=headers, **more)


def test_cookies_are_held_to_this_host_and_to_tls(browser: Browser) -> None:
    browser.become()
    for answer in (browser.sign_in(), browser.delete("sessions/current")):
        set_cookies = cookies(answer)
        assert "__Host-session" in set_cookies
        assert all(name.startswith("__Host-") for name in set_cookies)
        for cookie in set_cookies.values():
            assert (cookie["secure"], cookie["httponly"]) == (True, True)
            assert (cookie["path"], cookie["samesite"]) == ("/", "Lax")
            assert cookie["domain"] == ""


def test_one_registers_signs_in_and_out(browser: Browser) -> None:
    user = browser.become()
    assert browser.get("users/me").json == user
    assert browser.delete("sessions/current").status_code == 204
    assert_problem(browser.get("users/me"), 401, "not_authenticated")
    assert browser.sign_in().status_code == 201


def test_the_cookie_of_plain_http_opens_nothing(site: Site, browser: Browser) -> None:
    browser.become()
    token = cookies(browser.sign_in())["__Host-session"].value
    other = site.browser()
    other.client.set_cookie("session", token, domain="accounts.example.com")
    assert_problem(other.get("users/me"), 401, "not_authenticated")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Origin-Secret": ""},
        {"X-Origin-Secret": SECRET.upper()},
        {"X-Origin-Secret": SECRET[:-1]},
        {"X-Origin-Secret": f"{SECRET}, {SECRET}"},
        {"X-Origin-Secret": "schlüssel"},
        {"CloudFront-Viewer-Address": "192.0.2.1:443", "Via": "CloudFront"},
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["/api/v1/users/me", "/api/v1/health", "/api/v1/nothing", "/"])
def test_a_call_that_goes_around_the_edge_is_refused(
    headers: dict[str, str], path: str, site: Site
) -> None:
    assert_problem(direct(site, path, headers), 403, "direct_call_refused")


def test_a_call_through_the_edge_is_answered(site: Site) -> None:
    answer = direct(site, "/api/v1/health", {"X-Origin-Secret": SECRET})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("viewer", "prefix"),
    [
        ("203.0.113.7:46532", "203.0.113.7/32"),
        ("2001:db8:1:2:3:4:5:6:46532", "2001:db8:1:2::/64"),
        ("2001:db8::1:46532", "2001:db8::/64"),
        ("[2001:db8::1]:46532", "2001:db8::/64"),
        ("::ffff:203.0.113.7:46532", "203.0.113.7/32"),
    ],
)
def test_the_address_is_what_cloudfront_says(viewer: str, prefix: str, browser: Browser) -> None:
    browser.become()
    headers = {
        "CloudFront-Viewer-Address": viewer,
        "X-Forwarded-For": "198.51.100.1, 198.51.100.2",
        "Forwarded": "for=198.51.100.3",
        "X-Real-IP": "198.51.100.4",
    }
    assert browser.sign_in(headers=headers).json["session"]["ip_prefix"] == prefix


def test_without_cloudfronts_word_no_other_address_is_taken(site: Site) -> None:
    """The edge is set up wrongly then, which is no fault of the caller."""
    headers = {"X-Origin-Secret": SECRET, "X-Forwarded-For": "198.51.100.1"}
    client = site.app.test_client()
    answer = client.post("/api/v1/sessions", base_url=URL, headers=headers, json=SIGN_IN)
    assert_problem(answer, 500, "internal_error")


@pytest.mark.parametrize(
    ("other", "status"),
    [
        ("2001:db8:1:2::1", 429),
        ("2001:db8:1:2:ffff:ffff:ffff:ffff", 429),
        ("2001:db8:1:3::1", 401),
        ("192.0.2.1", 401),
    ],
)
def test_an_ipv6_network_of_64_bits_counts_as_one(
    other: str, status: int, make_site: Callable[..., Site]
) -> None:
    site = make_site(**PRODUCTION, LIMIT_SIGN_INS="1/hour 9/day", RATE_LIMIT_SCALE="1")
    site.browser("2001:db8:1:2:aaaa::1").sign_in("first")
    forged = {"X-Forwarded-For": "203.0.113.99"}
    assert site.browser(other).sign_in("second", headers=forged).status_code == status


@pytest.mark.parametrize("path", ["/dev/mailbox", "/dev/mailbox.css", "/dev/", "/dev"])
def test_there_is_no_mailbox_to_read(path: str, browser: Browser) -> None:
    browser.register()
    answer = browser.get(path, headers={"Accept": "application/json"})
    assert_problem(answer, 404, "not_found")


@pytest.mark.parametrize(
    "origin", ["http://accounts.example.com", "http://localhost", "https://localhost", "null"]
)
def test_no_other_origin_passes_be_it_loopback(origin: str, browser: Browser) -> None:
    headers = {"Origin": origin, "Host": origin.partition("//")[2] or "localhost"}
    assert_problem(browser.sign_in(headers=headers), 403, "cross_origin_refused")


def test_the_log_has_a_line_for_each_request_and_names_nobody(site: Site) -> None:
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    handler.setFormatter(JsonLines())
    logging.getLogger("backend").addHandler(handler)
    browser = site.browser("203.0.113.7")
    begun = browser.register()
    answer = browser.verify(begun, site.code("ann@example.com"))
    browser.sign_in("ann@example.com", "a wrong password")
    browser.get("users/ann@example.com")
    browser.get("/ann@example.com?email=ann@example.com")
    logging.getLogger("backend").removeHandler(handler)
    text = lines.getvalue()
    requests = [json.loads(line) for line in text.splitlines() if '"request"' in line]
    assert [line["status"] for line in requests] == [202, 201, 401, 404, 404]
    assert requests[1]["request_id"] == answer.headers["X-Request-Id"]
    assert requests[1]["route"] == "/api/v1/registrations/<registration_id>/verify"
    personal = ["ann@example.com", '"ann"', "203.0.113.7", PASSWORD, "a wrong password"]
    secret = [site.code("ann@example.com"), cookies(answer)["__Host-session"].value, SECRET]
    assert not [word for word in personal + secret if word in text]
