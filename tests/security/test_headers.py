"""What every answer of the API tells a browser."""

from __future__ import annotations

import pytest

from tests.support import Browser

ANSWERS = [
    *[("GET", "users/me"), ("GET", "health"), ("GET", "openapi.json"), ("GET", "nothing/here")],
    *[("DELETE", "sessions"), ("PUT", "users/me"), ("POST", "sessions"), ("GET", "/")],
    ("GET", "/.well-known/jwks.json"),
]


@pytest.mark.parametrize(("method", "path"), ANSWERS)
def test_an_answer_that_is_no_page_loads_nothing_and_is_framed_by_nobody(
    method: str, path: str, browser: Browser
) -> None:
    browser.become()
    policy = browser.call(method, path).headers["Content-Security-Policy"]
    assert policy == "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"


@pytest.mark.parametrize(("method", "path"), ANSWERS)
def test_an_answer_has_the_type_of_what_is_in_it(method: str, path: str, browser: Browser) -> None:
    browser.become()
    answer = browser.call(method, path)
    if answer.status_code == 204:
        assert "Content-Type" not in answer.headers
    elif answer.status_code < 400:
        assert answer.content_type == "application/json"
    else:
        assert answer.content_type == "application/problem+json"
    # JSON is in UTF-8 and has no parameter that could say otherwise (RFC 8259 8.1).
    answer.get_data().decode("utf-8")
