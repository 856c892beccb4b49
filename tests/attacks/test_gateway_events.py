"""Request smuggling: what API Gateway's events can say twice, differently or wrongly.

A request is what one part of the event says, and every part of the app reads it there.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

import pytest

from backend.orders import DELIVER_WEBHOOKS
from tests.attacks.gateway import PRODUCTION, URL, Gateway, handler_of
from tests.deploy.runtime import SECRET, VIEWER
from tests.support import PASSWORD, Browser, Site
from tests.tally import Tried

API = "/api/v1"
ADMIN = f"{API}/admin/users"
WRONG = json.dumps({"identifier": "ann", "password": "a wrong password"})
FORGED = "198.51.100.1"


@pytest.fixture(scope="module")
def stage(engine_url: str, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(engine_url, tmp_path_factory.mktemp("stage"), PRODUCTION)


@pytest.fixture(scope="module")
def member(stage: Site) -> list[str]:
    """The cookies of a member who is signed in."""
    browser = stage.browser()
    browser.become("ann")
    return cookies(browser)


def cookies(browser: Browser) -> list[str]:
    found = browser.client.get_cookie("__Host-session", domain="accounts.example.com")
    assert found
    return [f"__Host-session={found.value}"]


@pytest.fixture(scope="module")
def handler(stage: Site) -> Callable[[Any, Any], Any]:
    return handler_of(stage)


@pytest.fixture(params=["http", "rest"])
def gateway(handler: Callable[[Any, Any], Any], request: pytest.FixtureRequest) -> Gateway:
    return Gateway(handler, request.param)


@pytest.fixture
def untouched(stage: Site, member: list[str]) -> Iterator[None]:
    before = accounts(stage)
    yield
    assert accounts(stage) == before


def accounts(stage: Site) -> list[dict[str, Any]]:
    """What is stored, but for the log and the counters of tries."""
    return [item for item in stage.stored() if not item["pk"]["S"].startswith(("A#", "L#"))]


def doubled(gateway: Gateway, event: dict[str, Any], name: str, *values: str) -> dict[str, Any]:
    """The header stands as often: in a list, or joined as an HTTP API does."""
    if gateway.kind == "rest":
        return {**event, "multiValueHeaders": {**event["multiValueHeaders"], name: [*values]}}
    return {**event, "headers": {**event["headers"], name.lower(): ",".join(values)}}


@pytest.mark.parametrize(
    ("name", "values", "code"),
    [
        ("X-Origin-Secret", (SECRET, "guessed"), "direct_call_refused"),
        ("X-Origin-Secret", ("guessed", SECRET), "direct_call_refused"),
        ("X-Origin-Secret", (SECRET, SECRET), "direct_call_refused"),
        ("Origin", (URL, "https://evil.example"), "cross_origin_refused"),
        ("Origin", ("https://evil.example", URL), "cross_origin_refused"),
        ("Sec-Fetch-Site", ("same-origin", "cross-site"), "cross_origin_refused"),
        ("Sec-Fetch-Site", ("cross-site", "same-origin"), "cross_origin_refused"),
        ("CloudFront-Viewer-Address", (f"{FORGED}:1", f"{VIEWER}:2"), "internal_error"),
        ("CloudFront-Viewer-Address", (f"{VIEWER}:2", f"{FORGED}:1"), "internal_error"),
    ],
)
@pytest.mark.usefixtures("untouched")
def test_a_header_that_stands_twice_counts_as_neither(
    name: str, values: tuple[str, str], code: str, gateway: Gateway
) -> None:
    right = json.dumps({"identifier": "ann", "password": PASSWORD})
    event = gateway.event("POST", f"{API}/sessions", right)
    answer = gateway.send(doubled(gateway, event, name, *values))
    assert (answer.code, "Set-Cookie" in answer.headers) == (code, False)


def test_a_name_with_an_underscore_is_no_other_name(gateway: Gateway, stage: Site) -> None:
    secret = {"X-Origin-Secret": None, "X_Origin_Secret": SECRET, "X-Origin_Secret": SECRET}
    answer = gateway.call("GET", f"{API}/health", headers=secret)
    assert (answer.status, answer.code) == (403, "direct_call_refused")
    right = json.dumps({"identifier": "ann", "password": PASSWORD})
    address = {"CloudFront_Viewer_Address": f"{FORGED}:1", "Cloudfront-Viewer_Address": FORGED}
    signed_in = gateway.call("POST", f"{API}/sessions", right, headers=address)
    assert json.loads(signed_in.body)["session"]["ip_prefix"] == f"{VIEWER}/32"


@pytest.mark.parametrize(
    "headers",
    [
        {"Transfer-Encoding": "chunked"},
        {"Transfer-Encoding": "chunked", "Content-Length": "4"},
        {"Transfer-Encoding": "xchunked"},
        {"Transfer-Encoding": " chunked"},
        {"Content-Length": "0"},
        {"Content-Length": "5"},
        {"Content-Length": "999999"},
        {"Content-Length": "-1"},
        {"Content-Length": "5, 6"},
        {"Content-Length": "0x10"},
        {"Content-Encoding": "gzip"},
        {"Connection": "Content-Length, X-Origin-Secret"},
        {"Expect": "100-continue"},
        {"Upgrade": "h2c", "HTTP2-Settings": "AAMAAABkAAQAAP__"},
        {"Content-Type": "application/json, text/plain"},
    ],
    ids=str,
)
@pytest.mark.parametrize(
    "body",
    [
        WRONG,
        f"0\r\n\r\nGET {ADMIN} HTTP/1.1\r\nHost: x\r\n\r\n",
        f"{WRONG}\r\n\r\nDELETE {API}/users/me HTTP/1.1\r\n\r\n",
        f"{len(WRONG):x}\r\n{WRONG}\r\n0\r\n\r\n",
    ],
    ids=["whole", "chunk", "tail", "chunked"],
)
@pytest.mark.usefixtures("untouched")
def test_a_request_is_one_request_whatever_its_length_is_said_to_be(
    body: str, headers: dict[str, str], gateway: Gateway, member: list[str]
) -> None:
    answer = gateway.call("POST", f"{API}/sessions", body, headers=headers, cookies=member)
    codes = {"malformed_json", "unsupported_media_type"}
    assert answer.code in (codes | {"invalid_credentials"} if body == WRONG else codes)


PATHS = [
    *[f"{API}%2fadmin%2fusers", f"{API}/admin%2fusers", f"{API}/%61dmin/users", f"{API}/admin/"],
    *[f"{API}/./admin/users", f"{API}/x/../admin/users", f"{API}//admin/users", f"//{ADMIN}"],
    *[f"{ADMIN};x", f"{ADMIN}%00", f"{ADMIN}%0d%0a", f"{ADMIN}%20", f"{ADMIN}/", f"{ADMIN}%2f"],
    *[f"{API}/ADMIN/users", f"{API}/admin\\users", f"{API}/%252e/admin/users", f"/prod{ADMIN}"],
    *[f"{URL}{ADMIN}", f"/$default{ADMIN}", f"/.well-known/..{ADMIN}", "", "*", f"?{ADMIN}"],
    *[f"/.well-known/..%2f{API}%2fusers%2fme", f"{API}/\udcffusers", f"{API}/users/%ff%fe"],
]


@pytest.mark.parametrize("path", PATHS, ids=ascii)
@pytest.mark.usefixtures("untouched")
def test_no_spelling_of_a_path_leads_around_a_guard(
    path: str, gateway: Gateway, member: list[str]
) -> None:
    for method in ("GET", "POST", "DELETE"):
        with suppress(UnicodeEncodeError):
            answer = gateway.call(method, path, cookies=member)
            assert answer.status in {404, 405}, answer.body
            assert "Set-Cookie" not in answer.headers


def test_the_path_is_what_one_part_of_the_event_says(gateway: Gateway, member: list[str]) -> None:
    event = gateway.event("GET", f"{API}/health", cookies=member)
    others = {"path": ADMIN, "resource": ADMIN, "pathParameters": {"proxy": ADMIN}}
    if gateway.kind == "http":
        context = {**event["requestContext"], "path": ADMIN, "routeKey": f"GET {ADMIN}"}
        context["http"] = {**context["http"], "path": ADMIN}
    else:
        others, context = {"rawPath": ADMIN}, {**event["requestContext"], "path": ADMIN}
    answer = gateway.send({**event, **others, "requestContext": context})
    assert json.loads(answer.body) == {"status": "ok"}


@pytest.mark.parametrize(
    "method", ["delete", "Delete", "DELETE ", "DELETE\r\nX: y", "X", "", "CONNECT", "GET/DELETE"]
)
@pytest.mark.usefixtures("untouched")
def test_no_spelling_of_a_method_leads_around_a_guard(
    method: str, gateway: Gateway, member: list[str]
) -> None:
    evil = {"Origin": "https://evil.example", "X-HTTP-Method-Override": "DELETE"}
    answer = gateway.call(method, f"{API}/users/me", headers=evil, cookies=member)
    assert answer.status in {403, 404, 405}


@pytest.mark.parametrize(
    "header", ["Accept-Language", "Origin", "User-Agent", "Idempotency-Key", "If-Match", "Cookie"]
)
@pytest.mark.parametrize("text", ["a\r\nSet-Cookie: x=y", "a\nX-Evil: y", "a\0b", "\x85", "a\rb"])
def test_no_header_of_the_request_puts_a_line_into_the_answer(
    text: str, header: str, gateway: Gateway
) -> None:
    for path in ("users/me", "users/a%0d%0aX-Evil:%20y", "nothing"):
        answer = gateway.call("GET", f"{API}/{path}", headers={header: text})
        assert answer.status in {401, 404}
        for name, value in answer.headers.items():
            assert not set("\r\n\0") & set(name + value)
        assert "X-Evil" not in answer.headers


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ([("limit", "1"), ("limit", "999")], 200),
        ([("limit", "999"), ("limit", "1")], 400),
        ([("limit[]", "999")], 200),
        ([("limit", "1"), ("cursor", "x")], 400),
        ([("limit", "1%00")], 400),
        ([("limit", "1&limit=999")], 400),
        ([("limit", "\u0661")], 400),
    ],
    ids=str,
)
def test_both_kinds_of_api_read_a_query_alike(
    query: list[tuple[str, str]], status: int, gateway: Gateway, member: list[str]
) -> None:
    event = gateway.event("GET", f"{API}/users/me/events", cookies=member)
    many: dict[str, list[str]] = {}
    for name, value in query:
        many.setdefault(name, []).append(value)
    event |= {"rawQueryString": urlencode(query), "multiValueQueryStringParameters": many}
    event["queryStringParameters"] = {name: values[-1] for name, values in many.items()}
    assert gateway.send(event).status == status


HOSTILE: list[Any] = [None, 0, True, "", "x", [], ["x"], {}, {"a": 1}, {"elb": {}}]


@pytest.mark.usefixtures("untouched")
def test_an_event_that_is_broken_anywhere_lets_nobody_in(gateway: Gateway, tried: Tried) -> None:
    whole = gateway.event("POST", f"{API}/sessions", WRONG)
    assert gateway.send(whole).code == "invalid_credentials"
    broken = [{k: v for k, v in whole.items() if k != name} for name in whole]
    broken += [{**whole, name: value} for name in whole for value in HOSTILE]
    context = whole["requestContext"]
    broken += [
        {**whole, "requestContext": {**context, name: value}}
        for name in context
        for value in HOSTILE
    ]
    tried("attack", len(broken) - 1)
    for event in broken:
        # What raises, API Gateway answers with a bare 500 or 502.
        with suppress(Exception):
            assert gateway.send(event).status >= 400, event


@pytest.mark.parametrize(
    "event",
    [
        *[None, [], "", "x", 0, {}, {"version": "2.0"}, {"httpMethod": "GET", "path": ADMIN}],
        *[{**DELIVER_WEBHOOKS, "requestContext": {}}, {"requestContext": {}, "version": "3.0"}],
        *[{"Records": [{"eventSource": "aws:s3"}]}, {"source": "aws.events"}],
    ],
    ids=str,
)
def test_what_is_no_event_of_an_api_is_answered_by_nothing(event: Any, gateway: Gateway) -> None:
    with pytest.raises((ValueError, TypeError, KeyError)):
        gateway.send(event)


@pytest.mark.parametrize(
    ("body", "encoded", "code"),
    [
        (base64.b64encode(WRONG.encode()).decode(), True, "invalid_credentials"),
        (base64.b64encode(WRONG.encode()).decode(), False, "malformed_json"),
        (base64.b64encode(b"\xff\xfe{}").decode(), True, "malformed_json"),
        (base64.b64encode(base64.b64encode(WRONG.encode())).decode(), True, "malformed_json"),
        ("", True, "malformed_json"),
        (base64.b64encode(b" " * (16 * 1024 + 1)).decode(), True, "body_too_large"),
    ],
    ids=["encoded", "unsaid", "binary", "twice", "empty", "large"],
)
def test_a_body_is_decoded_as_often_as_the_event_says(
    body: str, encoded: bool, code: str, gateway: Gateway
) -> None:
    event = gateway.event("POST", f"{API}/sessions", body)
    assert gateway.send({**event, "isBase64Encoded": encoded}).code == code
