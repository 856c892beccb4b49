"""The log of requests in production: whose session it was, and as what a call was refused."""

from __future__ import annotations

import io
import json
import logging
import time
from collections.abc import Callable
from typing import Any

import pytest
from flask import abort
from werkzeug.test import TestResponse

from tests.factors import add_totp, answer, challenged
from tests.support import Browser, Site

PRODUCTION = {
    "STAGE": "prod",
    "SITE_URL": "https://accounts.example.com",
    "MAIL_FROM": "accounts@example.com",
    "ORIGIN_SECRET": "the secret of the edge",
}
NOBODY = "01980000-0000-7000-8000-000000000000"
CHALLENGE = f"sessions/challenges/{NOBODY}"


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    return make_site(**PRODUCTION)


def last(log: io.StringIO) -> dict[str, Any]:
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    found: dict[str, Any] = [line for line in lines if line["event"] == "request"][-1]
    return found


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (lambda ann: ann.sign_in(password="not the password"), "invalid_credentials"),
        (lambda ann: ann.post(CHALLENGE, {"method": "totp", "code": "1"}), "challenge_expired"),
        (lambda ann: ann.prove("not the password"), "invalid_credentials"),
        (lambda ann: ann.get(f"users/{NOBODY}"), "user_not_found"),
        (lambda ann: ann.get("admin/users"), "not_found"),
        (lambda ann: ann.delete("users/me"), "step_up_required"),
        (lambda ann: ann.site.browser().get("users/me"), "not_authenticated"),
        (
            lambda ann: ann.sign_in(headers={"Origin": "https://evil.example"}),
            "cross_origin_refused",
        ),
        (lambda ann: ann.get("health", headers={"X-Origin-Secret": "no"}), "direct_call_refused"),
        (lambda ann: ann.register("bob", password="short"), "password_too_short"),
        (lambda ann: ann.post("sessions", []), "malformed_json"),
        (lambda ann: ann.get("users/me/events?cursor=forged"), "cursor_invalid"),
    ],
)
def test_a_refusal_is_in_the_log_by_its_code(
    act: Callable[[Browser], TestResponse], code: str, site: Site, log: io.StringIO
) -> None:
    ann = site.browser()
    ann.become()
    refused = act(ann)
    assert last(log)["code"] == code
    assert last(log)["request_id"] == refused.headers["X-Request-Id"]


def test_a_refused_second_factor_is_in_the_log(site: Site, log: io.StringIO) -> None:
    ann = site.browser()
    ann.become()
    wrong = add_totp(ann).wrong_code()
    answer(ann, challenged(ann), wrong)
    assert last(log)["code"] == "invalid_code"


def test_what_is_refused_for_being_too_often_is_in_the_log(
    make_site: Callable[..., Site], log: io.StringIO
) -> None:
    site = make_site(**PRODUCTION, LIMIT_IDENTIFIER="1/hour 9/day", RATE_LIMIT_SCALE="1")
    for _ in range(2):
        site.browser().sign_in("ann")
    assert last(log)["code"] == "rate_limited"


def test_a_line_says_whose_session_it_was_by_an_id(site: Site, log: io.StringIO) -> None:
    ann = site.browser()
    user = ann.become()
    ann.get("users/me")
    assert last(log)["user"] == user["id"]
    assert "code" not in last(log)
    site.browser().get("health")
    assert "user" not in last(log)


def test_a_new_account_is_in_the_log_by_its_id(site: Site, log: io.StringIO) -> None:
    user = site.browser().become()
    lines = map(json.loads, log.getvalue().splitlines())
    assert [one["user"] for one in lines if one["event"] == "account created"] == [user["id"]]


@pytest.mark.parametrize(
    ("status", "outcome"), [(200, "ok"), (400, "refused"), (415, "refused"), (500, "failed")]
)
def test_a_line_is_a_measurement_as_cloudwatch_reads_it(
    status: int, outcome: str, site: Site, log: io.StringIO
) -> None:
    """In CloudWatch's embedded metric format."""
    if status != 200:
        site.app.before_request_funcs[None].append(lambda: abort(status))
    site.browser().get("health")
    line = last(log)
    [declared] = line["_aws"]["CloudWatchMetrics"]
    assert declared == {
        "Namespace": "Latchstring",
        "Dimensions": [["stage", "flow", "outcome"]],
        "Metrics": [{"Name": "milliseconds", "Unit": "Milliseconds"}],
    }
    assert abs(line["_aws"]["Timestamp"] / 1000 - time.time()) < 60
    assert 0 <= line["milliseconds"] < 60_000
    assert (line["stage"], line["flow"], line["outcome"]) == ("prod", "service.health", outcome)


def test_a_line_has_these_members_and_no_others(site: Site, log: io.StringIO) -> None:
    site.browser().get("users/me", headers={"X-Other": "other"})
    line = last(log)
    assert (line["level"], line["method"], line["status"]) == ("info", "GET", 401)
    assert line["route"] == "/api/v1/users/me"
    assert line.keys() == {
        *("time", "level", "event", "request_id", "method", "route", "status", "code"),
        *("milliseconds", "_aws", "stage", "flow", "outcome"),
    }


def test_a_path_that_there_is_not_is_not_in_the_log_and_no_measurement(
    site: Site, log: io.StringIO
) -> None:
    site.browser().get("what/anybody/writes")
    assert (last(log)["method"], last(log)["route"], last(log)["status"]) == ("-", "-", 404)
    assert "_aws" not in last(log)


def test_what_json_does_not_know_is_logged_as_it_is_written(log: io.StringIO) -> None:
    logging.getLogger("backend").warning("noted", extra={"reason": ValueError("no such thing")})
    assert json.loads(log.getvalue())["reason"] == "no such thing"


def test_a_line_says_when_in_utc_to_the_millisecond(site: Site, log: io.StringIO) -> None:
    site.browser().get("health")
    assert last(log)["time"].endswith("+00:00")
    assert len(last(log)["time"]) == len("2026-01-01T00:00:00.000+00:00")


@pytest.mark.parametrize("text", ["one\ntwo", "one\r\ntwo", 'a" , "level": "error', "a\u2028b"])
def test_nothing_that_is_logged_makes_a_line_or_a_member_of_its_own(
    text: str, log: io.StringIO
) -> None:
    logging.getLogger("backend").warning("noted", extra={"reason": text})
    [line] = log.getvalue().splitlines()
    assert json.loads(line)["reason"] == text
    assert json.loads(line)["level"] == "warning"


def test_the_log_goes_to_standard_error_alone_and_once(
    make_site: Callable[..., Site],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    backend = logging.getLogger("backend")
    monkeypatch.setattr(backend, "handlers", [])
    monkeypatch.setattr(backend, "propagate", True)
    site = make_site(**PRODUCTION)
    site.rewire()
    site.browser().get("health")
    [line] = capsys.readouterr().err.splitlines()
    assert json.loads(line)["event"] == "request"
    assert caplog.records == []


def test_locally_the_server_has_a_line_for_each_request_and_the_log_has_none(
    make_site: Callable[..., Site], log: io.StringIO
) -> None:
    assert make_site().browser().get("users/me").status_code == 401
    assert log.getvalue() == ""
