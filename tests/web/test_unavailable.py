"""An engine that does not answer: 503 with `Retry-After`, within the deadline."""

from __future__ import annotations

import io
import json
import math
import time
from collections.abc import Iterator
from socket import socket
from typing import Any
from uuid import uuid4

import pytest
from werkzeug.test import TestResponse

from backend.accounts.tokens import OneTimeToken, SessionToken
from backend.storage import deadline
from backend.storage.client import connect
from backend.storage.database import Database
from backend.storage.deadline import REQUEST_SECONDS
from tests.support import PASSWORD, Browser, Site, assert_problem, browser_with

REGISTRATION = "registrations/01980000-0000-7000-8000-000000000000"
RESET, UNDO = (str(OneTimeToken.new(purpose, str(uuid4()))) for purpose in ("reset", "undo"))
NEW_USER = {"username": "ann", "email": "ann@example.com", "password": PASSWORD}
CALLS: list[tuple[str, str, Any]] = [
    ("GET", "health", None),
    ("POST", "users", NEW_USER),
    ("PATCH", REGISTRATION, {"email": "ann@example.com"}),
    ("POST", f"{REGISTRATION}/resend", None),
    ("POST", f"{REGISTRATION}/verify", {"code": "123456"}),
    ("POST", "sessions", {"identifier": "ann", "password": PASSWORD}),
    ("GET", "sessions", None),
    ("DELETE", "sessions", None),
    ("DELETE", "sessions/current", None),
    ("GET", "users/me", None),
    ("PATCH", "users/me", {"locale": "de"}),
    ("DELETE", "users/me", None),
    ("GET", "users/me/events", None),
    ("POST", "password-resets", {"email": "ann@example.com"}),
    ("POST", "password-resets/complete", {"token": RESET, "password": PASSWORD}),
    ("POST", "email-changes/undo", {"token": UNDO}),
]


def cut_off(site: Site, port: int) -> Browser:
    """Somebody signed in, before a site whose engine is at the port."""
    client = connect(f"http://127.0.0.1:{port}", local=True)
    site.rewire(database=Database(client, site.prefix))
    return browser_with(site, str(SessionToken.new(str(uuid4()), str(uuid4()))))


def assert_unavailable(answer: TestResponse) -> None:
    assert_problem(answer, 503, "unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["Cache-Control"] == "no-store"
    text = answer.get_data(as_text=True)
    assert not any(word in text for word in ("127.0.0.1", "boto", "dynamo", "DynamoDB", "Endpoint"))


@pytest.fixture
def closed_port() -> int:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Takes connections and never answers."""
    with socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(50)
        yield listener.getsockname()[1]


@pytest.mark.parametrize(
    ("method", "path", "body"), CALLS, ids=lambda part: part if isinstance(part, str) else ""
)
def test_without_its_engine_the_site_says_so_at_once(
    method: str, path: str, body: Any, site: Site, closed_port: int
) -> None:
    browser = cut_off(site, closed_port)
    began = time.monotonic()
    answer = browser.call(method, path, body)
    assert time.monotonic() - began < REQUEST_SECONDS
    assert_unavailable(answer)


def test_an_engine_that_never_answers_is_not_waited_for_longer_than_the_deadline(
    site: Site, silent_port: int
) -> None:
    browser = cut_off(site, silent_port)
    began = time.monotonic()
    assert_unavailable(browser.get("users/me"))
    assert time.monotonic() - began < REQUEST_SECONDS + 1


def test_only_what_belongs_to_a_request_has_a_deadline(site: Site) -> None:
    left: list[float] = []
    with site.calls.noted(lambda *_: left.append(deadline.left())):
        assert site.browser().get("health").status_code == 200
    assert 0 < max(left) <= REQUEST_SECONDS
    assert deadline.left() == math.inf


def test_what_kept_the_engine_from_answering_is_in_the_log(
    site: Site, closed_port: int, log: io.StringIO
) -> None:
    answer = cut_off(site, closed_port).get("users/me")
    [line] = [json.loads(line) for line in log.getvalue().splitlines() if "reason" in line]
    assert (line["event"], line["level"]) == ("unavailable", "error")
    assert line["request_id"] == answer.headers["X-Request-Id"]
    assert line["reason"]


def test_what_needs_no_engine_is_answered_without(site: Site, closed_port: int) -> None:
    browser = cut_off(site, closed_port)
    assert browser.get("openapi.json").status_code == 200
    assert_problem(browser.register(password="short"), 422, "password_too_short")
    assert_problem(site.browser().get("users/me"), 401, "not_authenticated")
