"""The zip in Lambda's runtime: each kind of API event gets what the contract says."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.request import urlopen

import pytest

from backend.orders import DELIVER_WEBHOOKS
from tests.deploy.runtime import SECRET, VIEWER, Answer, Function
from tests.support import PASSWORD

API = "/api/v1"


@pytest.fixture
def username(function: Function, request: pytest.FixtureRequest) -> str:
    """A name for this test alone."""
    return re.sub(r"\W", "", request.node.name.removeprefix("test_"))[-28:].strip("_")


def register(function: Function, username: str, **members: Any) -> Answer:
    body = {"username": username, "email": f"{username}@example.com", "password": PASSWORD}
    return function.call("POST", f"{API}/users", body | members)


def verify(function: Function, aws_url: str, username: str, **members: Any) -> Answer:
    """Registers and proves the mailbox, as it was mailed to."""
    begun = register(function, username, **members)
    assert begun.status == 202, begun.body
    path = f"{API}/registrations/{begun.json['registration']['id']}/verify"
    return function.call("POST", path, {"code": code(aws_url, f"{username}@example.com")})


def code(aws_url: str, to: str) -> str:
    """The code of the newest mail that SES was given for the mailbox."""
    with urlopen(f"{aws_url}/_ministack/ses/messages", timeout=5) as answer:
        accounts = json.load(answer)["messages"].values()
    subjects = [mail["Subject"] for mails in accounts for mail in mails if mail["To"] == [to]]
    return str(subjects[-1])[:6]


def cookie(answer: Answer) -> list[str]:
    """What a browser sends back."""
    return [cookie.partition(";")[0] for cookie in answer.cookies]


def assert_problem(answer: Answer, status: int, name: str) -> None:
    assert (answer.status, answer.json["code"]) == (status, name)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert not answer.encoded


def test_answers_json_as_text(function: Function) -> None:
    health = function.call("GET", f"{API}/health")
    assert (health.status, health.json, health.encoded) == (200, {"status": "ok"}, False)
    assert health.headers["Content-Type"] == "application/json"


def test_signs_in_with_two_cookies(function: Function, aws_url: str, username: str) -> None:
    verified = verify(function, aws_url, username)
    assert verified.status == 201, verified.body
    assert [one.partition("=")[0] for one in verified.cookies] == [
        "__Host-session",
        "__Host-device",
    ]
    me = function.call("GET", f"{API}/users/me", cookies=cookie(verified))
    assert me.json["username"] == username
    assert me.headers["Etag"]


def test_keeps_utf_8(function: Function, aws_url: str, username: str) -> None:
    verified = verify(function, aws_url, username, display_name="Ærøskøbing 日本 🙂")
    me = function.call("GET", f"{API}/users/me", cookies=cookie(verified))
    assert me.json["display_name"] == "Ærøskøbing 日本 🙂"


def test_decodes_a_path_once(function: Function) -> None:
    assert_problem(function.call("GET", f"{API}/users/%6De"), 401, "not_authenticated")
    assert_problem(function.call("GET", f"{API}/users/a%2Fb"), 404, "not_found")


def test_head_has_the_headers_and_no_body(function: Function) -> None:
    head = function.call("HEAD", f"{API}/health")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["X-Request-Id"]


def test_options_allows_no_other_site(function: Function) -> None:
    preflight = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    options = function.call("OPTIONS", f"{API}/users", headers=preflight)
    assert options.status == 200
    assert "Access-Control-Allow-Origin" not in options.headers


def test_takes_a_body_in_base64(function: Function) -> None:
    wrong = {"identifier": "nobody", "password": PASSWORD}
    answer = function.call("POST", f"{API}/sessions", wrong, encode=True)
    assert_problem(answer, 401, "invalid_credentials")


def test_the_stage_never_shows(function: Function, aws_url: str, username: str) -> None:
    verified = verify(function, aws_url, username)
    assert verified.headers["Location"] == f"{API}/users/{verified.json['user']['id']}"
    unknown = function.call("GET", f"{API}/users/{username}/")
    assert unknown.json["type"] == "https://accounts.example.com/api/v1/docs#not_found"


def test_a_forged_address_counts_for_nothing(
    function: Function, aws_url: str, username: str
) -> None:
    session = cookie(verify(function, aws_url, username))
    forged = {"X-Forwarded-For": "198.51.100.1, 198.51.100.2, 130.176.1.1"}
    signed_in = function.call(
        "POST",
        f"{API}/sessions",
        {"identifier": username, "password": PASSWORD},
        headers=forged,
        cookies=session,
    )
    sessions = function.call("GET", f"{API}/sessions", cookies=cookie(signed_in)).json["items"]
    assert {one["ip_prefix"].partition("/")[0] for one in sessions} == {VIEWER}


@pytest.mark.parametrize("secret", [None, "guessed", SECRET.upper()])
def test_a_direct_call_is_refused(function: Function, secret: str | None) -> None:
    answer = function.call("GET", f"{API}/health", headers={"X-Origin-Secret": secret})
    assert_problem(answer, 403, "direct_call_refused")


def test_a_body_near_the_limit_of_lambda_is_refused_as_too_large(function: Function) -> None:
    password = "x" * (6 * 2**20 - 4096)
    answer = function.call("POST", f"{API}/sessions", {"identifier": "a", "password": password})
    assert_problem(answer, 413, "body_too_large")


@pytest.mark.parametrize("path", ["/", "/api/v1/nothing", "/.env"])
def test_an_unknown_path_is_a_problem(function: Function, path: str) -> None:
    assert_problem(function.call("GET", path), 404, "not_found")


def test_an_answer_without_content_has_no_body(
    function: Function, aws_url: str, username: str
) -> None:
    session = cookie(verify(function, aws_url, username))
    answer = function.call("DELETE", f"{API}/sessions/current", cookies=session)
    assert (answer.status, answer.body) == (204, b"")


def test_takes_no_orders_from_who_may_invoke_it(function: Function) -> None:
    for order in (
        {"raw_command": "raise SystemExit"},
        {"command": "os.getcwd"},
        {**DELIVER_WEBHOOKS, "command": "os.getcwd"},
        {"order": "deliver"},
    ):
        assert function.refusal(order) == "Only what an API sends is answered."


def test_delivers_webhooks_when_its_schedule_says_so(function: Function) -> None:
    assert function.order(DELIVER_WEBHOOKS) == {"taken": 0, "refused": 0, "given_up": 0}


def test_each_call_is_one_line_that_names_nobody(function: Function, username: str) -> None:
    before = len(function.lines())
    register(function, username)
    function.call("GET", f"{API}/users/{username}")
    lines = [json.loads(line) for line in function.lines()[before:]]
    assert [(line["event"], line["route"], line["status"]) for line in lines] == [
        ("request", "/api/v1/users", 202),
        ("request", "/api/v1/users/<user_id>", 401),
    ]
    logged = json.dumps(lines)
    assert not any(secret in logged for secret in (username, VIEWER, "130.176", "an agent"))


def test_each_line_is_a_measurement_of_its_flow(function: Function, username: str) -> None:
    before = len(function.lines())
    register(function, username)
    function.call("GET", f"{API}/sessions")
    lines = [json.loads(line) for line in function.lines()[before:]]
    assert [(line["stage"], line["flow"], line["outcome"]) for line in lines] == [
        ("prod", "registrations.register", "ok"),
        ("prod", "sessions.list_sessions", "refused"),
    ]
    for line in lines:
        [declared] = line["_aws"]["CloudWatchMetrics"]
        assert declared["Dimensions"] == [["stage", "flow", "outcome"]]
        assert [metric["Name"] for metric in declared["Metrics"]] == ["milliseconds"]
        assert line["milliseconds"] >= 0
