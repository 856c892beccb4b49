"""What a service, and who calls it, get to know from the ready checks."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backend.clients import authorizer, flask_check
from tests.clients.doors import (
    STAGE,
    Clock,
    Door,
    bearer,
    copied,
    http_event,
    request_event,
    service,
    token_event,
)
from tests.clients.fixtures import AUDIENCE, AccountSite

SHARED = ["Refused", "KeysMissing", "Caller", "PublishedKeys", "check"]
LIMITS = ["FRESH_SECONDS", "PAUSE_SECONDS", "KEPT_SECONDS", "LEEWAY_SECONDS", "CLAIMS"]


@pytest.fixture
def module(make: Callable[..., Door], clock: Clock, tmp_path: Path) -> Any:
    make("http")
    return copied("authorizer", tmp_path, clock)


def test_flask_has_who_calls(accounts: AccountSite, clock: Clock, tmp_path: Path) -> None:
    client = service(copied("flask_check", tmp_path, clock), accounts.url, AUDIENCE)
    answer = client.get("/invoices", headers=bearer(accounts.token()))
    session = accounts.browser.get("sessions").json["items"][0]["id"]
    user = accounts.browser.get("users/me").json["id"]
    assert answer.json == {"user_id": user, "session_id": session, "roles": ["accounting"]}


@pytest.mark.parametrize(
    ("headers", "status", "challenge"),
    [
        ({}, 401, "Bearer"),
        ({"Authorization": "Basic YW5uOnBhc3M="}, 401, "Bearer"),
        ({"Authorization": "Bearer a.b.c"}, 401, 'Bearer error="invalid_token"'),
    ],
)
def test_flask_says_what_is_missing(  # noqa: PLR0917
    headers: dict[str, str],
    status: int,
    challenge: str,
    accounts: AccountSite,
    clock: Clock,
    tmp_path: Path,
) -> None:
    """RFC 6750."""
    client = service(copied("flask_check", tmp_path, clock), accounts.url, AUDIENCE)
    answer = client.get("/invoices", headers=headers)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (status, challenge)
    assert answer.content_type == "application/problem+json"
    assert answer.json["status"] == status


def test_flask_says_that_a_role_is_missing(
    accounts: AccountSite, clock: Clock, tmp_path: Path
) -> None:
    client = service(copied("flask_check", tmp_path, clock), accounts.url, AUDIENCE, "audit")
    answer = client.get("/invoices", headers=bearer(accounts.token()))
    assert answer.status_code == 403
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="insufficient_scope"'


def test_flask_says_when_to_ask_again(accounts: AccountSite, clock: Clock, tmp_path: Path) -> None:
    accounts.away = True
    client = service(copied("flask_check", tmp_path, clock), accounts.url, AUDIENCE)
    answer = client.get("/invoices", headers=bearer(accounts.token()))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")


@pytest.mark.parametrize("make_event", [http_event, token_event, request_event])
def test_a_service_behind_an_api_has_who_calls(
    accounts: AccountSite, module: Any, make_event: Callable[[str], Any]
) -> None:
    answer = module.handler(make_event(accounts.token()), None)
    user = accounts.browser.get("users/me").json["id"]
    session = accounts.browser.get("sessions").json["items"][0]["id"]
    # API Gateway takes neither lists nor objects here.
    assert answer["context"] == {"user_id": user, "session_id": session, "roles": "accounting"}


@pytest.mark.parametrize("make_event", [token_event, request_event])
def test_a_policy_is_for_the_whole_stage_since_it_is_kept(
    accounts: AccountSite, module: Any, make_event: Callable[[str], Any]
) -> None:
    answer = module.handler(make_event(accounts.token()), None)
    assert answer["principalId"] == accounts.browser.get("users/me").json["id"]
    assert answer["policyDocument"] == {
        "Version": "2012-10-17",
        "Statement": [
            {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": f"{STAGE}/*"}
        ],
    }


def test_who_is_refused_is_told_nothing_more(module: Any) -> None:
    assert module.handler(http_event("a.b.c"), None) == {"isAuthorized": False}


@pytest.mark.parametrize("name", SHARED)
def test_both_checks_are_the_same(name: str) -> None:
    one, other = getattr(flask_check, name), getattr(authorizer, name)
    assert inspect.getsource(one) == inspect.getsource(other)


@pytest.mark.parametrize("name", LIMITS)
def test_both_checks_have_the_same_limits(name: str) -> None:
    assert getattr(flask_check, name) == getattr(authorizer, name)
