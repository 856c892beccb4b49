"""CORS: nobody by default; with `ALLOWED_ORIGINS` exactly those, with credentials."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from tests.support import Browser, Site, assert_problem

APP, OTHER = "https://app.example.com", "http://[::1]:3000"


@pytest.fixture
def allowing(make_site: Callable[..., Site]) -> Browser:
    return make_site(ALLOWED_ORIGINS=f"{APP}, {OTHER}").browser()


def cors(answer: TestResponse) -> dict[str, str]:
    return {
        name.removeprefix("Access-Control-"): value
        for name, value in answer.headers
        if name.startswith("Access-Control-")
    }


def preflight(browser: Browser, origin: str, method: str = "PATCH") -> TestResponse:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "content-type, if-match, x-evil",
    }
    return browser.call("OPTIONS", "users/me", headers=headers)


@pytest.mark.parametrize("origin", [APP, "http://localhost", "null", "*"])
def test_by_default_there_are_no_cors_headers(origin: str, browser: Browser) -> None:
    for answer in (
        browser.get("users/me", headers={"Origin": origin}),
        browser.sign_in(headers={"Origin": origin}),
        preflight(browser, origin),
    ):
        assert cors(answer) == {}
        assert "Origin" not in answer.headers.get("Vary", "")


@pytest.mark.parametrize("origin", [APP, OTHER])
def test_an_allowed_origin_is_answered_with_credentials(origin: str, allowing: Browser) -> None:
    allowing.become()
    answer = allowing.get("users/me", headers={"Origin": origin, "Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 200
    assert cors(answer)["Allow-Origin"] == origin
    assert cors(answer)["Allow-Credentials"] == "true"
    assert "ETag" in cors(answer)["Expose-Headers"]
    assert "Origin" in answer.headers["Vary"]


@pytest.mark.parametrize("site", ["same-site", "cross-site"])
def test_an_allowed_origin_may_change_things(site: str, allowing: Browser) -> None:
    allowing.become()
    answer = allowing.sign_in(headers={"Origin": APP, "Sec-Fetch-Site": site})
    assert answer.status_code == 201
    assert cors(answer)["Allow-Origin"] == APP


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "users/me", 401),
        ("GET", "nothing/here", 404),
        ("PUT", "sessions", 405),
        ("POST", "sessions", 415),
    ],
)
def test_an_allowed_origin_can_read_problems(
    method: str, path: str, status: int, allowing: Browser
) -> None:
    answer = allowing.call(method, path, headers={"Origin": APP})
    assert_problem(answer, status, answer.json["code"])
    assert answer.headers.getlist("Access-Control-Allow-Origin") == [APP]


@pytest.mark.parametrize(
    "origin",
    [
        *["https://evil.example", "null", "*", "http://app.example.com", f"{APP}:8443", f"{APP}/"],
        *[f"{APP}.evil.example", "https://xapp.example.com", "https://app-example.com"],
        *["https://app.example.com@evil.example", "https://example.com", "http://[::1]:30000"],
        *["http://:3000", "http://1:3000", f"{APP} https://evil.example", APP.upper()],
    ],
)
def test_no_other_origin_is_answered(origin: str, allowing: Browser) -> None:
    allowing.become()
    headers = {"Origin": origin}
    assert cors(allowing.get("users/me", headers=headers)) == {}
    assert cors(preflight(allowing, origin)) == {}
    refused = allowing.delete("sessions", headers=headers)
    assert_problem(refused, 403, "cross_origin_refused")
    assert cors(refused) == {}


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "PUT", "DELETE"])
def test_an_allowed_origin_may_ask_beforehand(method: str, allowing: Browser) -> None:
    answer = preflight(allowing, APP, method)
    assert answer.status_code in {200, 204}
    assert cors(answer)["Allow-Origin"] == APP
    assert cors(answer)["Allow-Credentials"] == "true"
    methods = set(cors(answer)["Allow-Methods"].split(", "))
    assert methods == {"GET", "POST", "PATCH", "PUT", "DELETE"}
    assert cors(answer)["Max-Age"] == "600"
    allowed = {name.strip().lower() for name in cors(answer)["Allow-Headers"].split(",")}
    assert allowed == {"content-type", "if-match"}


def test_the_page_itself_needs_no_cors(allowing: Browser) -> None:
    assert cors(allowing.get("users/me")) == {}


def test_what_may_be_cached_says_that_it_differs_by_origin(allowing: Browser) -> None:
    """Else a cache hands an answer without the headers to a page that needs them."""
    for headers in ({"Origin": APP}, {"Origin": "http://localhost"}):
        answer = allowing.get("openapi.json", headers=headers)
        assert "Origin" in answer.headers.get("Vary", "")
