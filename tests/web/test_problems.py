"""Problems, and what every answer carries, whatever it says."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from flask import abort
from werkzeug.test import TestResponse

from backend.mail.message import Message
from tests.support import Browser, Site, assert_problem

NOBODY = "01980000-0000-7000-8000-000000000000"
SECRET = "what only the operator may read"
CALLS = [
    *[("GET", "health", 200), ("GET", "users/me", 200), ("GET", "sessions", 200)],
    *[("GET", "docs", 200), ("GET", "docs.css", 200), ("HEAD", "users/me", 200)],
    *[("OPTIONS", "users/me", 200), ("DELETE", "sessions", 204), ("GET", "nothing/here", 404)],
    *[("GET", f"users/{NOBODY}", 404), ("DELETE", f"sessions/{NOBODY}", 404), ("GET", "/", 404)],
    *[("PUT", "users/me", 405), ("PATCH", "users/me", 415), ("POST", "sessions", 415)],
]


class Broken:
    """A mailer with a mistake in it."""

    def send(self, message: Message) -> None:
        raise LookupError(SECRET)


@pytest.mark.parametrize(("method", "path", "status"), CALLS)
def test_every_answer_is_named_and_stored_by_nobody(
    method: str, path: str, status: int, browser: Browser
) -> None:
    browser.become()
    answers = [browser.call(method, path) for _ in range(2)]
    for answer in answers:
        assert answer.status_code == status
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert len({answer.headers["X-Request-Id"] for answer in answers}) == 2


@pytest.mark.parametrize("answer_to", ["register", "verify", "sign_in", "change", "sign_out"])
def test_answers_with_personal_data_are_stored_by_nobody(
    answer_to: str, site: Site, browser: Browser
) -> None:
    begun = browser.register()
    answers: dict[str, TestResponse] = {
        "register": begun,
        "verify": browser.verify(begun, site.code("ann@example.com")),
        "sign_in": browser.sign_in(),
        "change": browser.change({"locale": "de"}),
        "sign_out": browser.delete("sessions/current"),
    }
    answer = answers[answer_to]
    assert answer.status_code < 300
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Request-Id"]


def test_a_caller_does_not_choose_the_request_id(browser: Browser) -> None:
    answer = browser.get("users/me", headers={"X-Request-Id": "mine"})
    assert_problem(answer, 401, "not_authenticated")
    assert answer.headers["X-Request-Id"] != "mine"


def test_the_json_document_may_be_cached(browser: Browser) -> None:
    assert "max-age" in browser.get("openapi.json").headers["Cache-Control"]


@pytest.mark.parametrize(
    "path",
    [
        *["/", "/api", "/api/v1", "/api/v1/", "/api/v2/users/me", "/api/v1/nothing", "/index.html"],
        *["/api/v1/users/", "/api/v1/users/me/", "/api/v1//users/me", "//api/v1/users/me"],
        *["/api/v1/Users/me", "/api/v1/users/me%00", "/favicon.ico"],
        *["/api/v1/../../etc/passwd", "/static/app.py", "/%ff", "/api/v1/users/a/b/c", "/.env"],
    ],
)
def test_where_nothing_is_a_problem_says_so(path: str, browser: Browser) -> None:
    browser.become()
    answer = browser.get(path)
    code = "user_not_found" if path == "/api/v1/users/me%00" else "not_found"
    assert_problem(answer, 404, code)


def test_no_answer_repeats_what_was_asked_for(browser: Browser) -> None:
    answer = browser.get("/<script>alert(1)</script>?<b>")
    assert_problem(answer, 404, "not_found")
    assert "<" not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "users", {"POST"}),
        ("PUT", "users/me", {"GET", "PATCH", "DELETE"}),
        ("POST", "users/me", {"GET", "PATCH", "DELETE"}),
        ("DELETE", f"users/{NOBODY}", {"GET"}),
        ("PUT", "sessions", {"GET", "POST", "DELETE"}),
        ("GET", "sessions/current", {"DELETE"}),
        ("GET", f"registrations/{NOBODY}", {"PATCH"}),
        ("GET", f"registrations/{NOBODY}/verify", {"POST"}),
        ("GET", f"registrations/{NOBODY}/resend", {"POST"}),
        ("POST", "health", {"GET"}),
        ("TRACE", "users/me", {"GET", "PATCH", "DELETE"}),
        ("BREW", "users/me", {"GET", "PATCH", "DELETE"}),
    ],
)
def test_a_method_that_is_not_allowed_is_told_which_are(
    method: str, path: str, allowed: set[str], browser: Browser
) -> None:
    answer = browser.call(method, path)
    assert_problem(answer, 405, "method_not_allowed")
    assert set(answer.headers["Allow"].split(", ")) - {"HEAD", "OPTIONS"} == allowed


def test_a_mistake_of_ours_is_a_problem_without_a_trace(site: Site, log: io.StringIO) -> None:
    site.rewire(mailer=Broken())
    answer = site.browser().register()
    assert_problem(answer, 500, "internal_error")
    assert answer.headers["Cache-Control"] == "no-store"
    text = answer.get_data(as_text=True) + str(answer.headers)
    assert not any(word in text for word in (SECRET, "LookupError", "Traceback", ".py", "ann"))
    [line] = [json.loads(line) for line in log.getvalue().splitlines() if "trace" in line]
    assert line["event"] == "unexpected error"
    assert line["request_id"] == answer.headers["X-Request-Id"]
    assert SECRET in line["trace"]


@pytest.mark.parametrize(
    ("raised", "status", "code"),
    [(418, 400, "bad_request"), (500, 500, "internal_error"), (502, 500, "internal_error")],
)
def test_what_the_framework_refuses_in_another_way_is_a_problem_as_well(
    raised: int, status: int, code: str, site: Site
) -> None:
    site.app.before_request_funcs[None].append(lambda: abort(raised))
    assert_problem(site.browser().get("health"), status, code)


def test_a_problem_leads_to_its_explanation(browser: Browser) -> None:
    problem: dict[str, Any] = browser.get("users/me").json
    page, _, anchor = problem["type"].partition("#")
    assert page == "http://localhost/api/v1/docs"
    assert anchor == "not_authenticated"
    assert f'id="{anchor}"' in browser.get("docs").get_data(as_text=True)


@pytest.mark.parametrize(
    "query", ["?%ff", "?limit=-1", "?role=admin", "?__proto__[a]=b", "?;;&&=="]
)
def test_a_query_that_means_nothing_changes_nothing(query: str, browser: Browser) -> None:
    user = browser.become()
    assert browser.get(f"users/me{query}").json == user


@pytest.mark.parametrize("host", ["", "a b", "x" * 300, "[::1", "evil.example:99999", "a/../b"])
def test_a_host_that_is_none_breaks_nothing(host: str, browser: Browser) -> None:
    answer = browser.get("users/me", headers={"Host": host})
    assert answer.status_code in {400, 401}
    assert_problem(answer, answer.status_code, answer.json["code"])
