"""A call of a service: sent once where that is enough, again where it or the way to it failed."""

from __future__ import annotations

import json
import socket
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from backend.aws import service as module
from backend.aws.service import Limits, NoAnswer, Refused, Service
from backend.aws.signature import Credentials
from tests.servers import Handler, free_port, serving

HEADERS = {"content-type": "application/x-amz-json-1.0", "x-amz-target": "Made_Up.Do"}


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.time, "sleep", lambda _seconds: None)


def service(url: str, **limits: Any) -> Service:
    keys = Credentials("AKIA", "secret", "token")
    return Service(
        url,
        service="made-up",
        region="eu-west-1",
        credentials=lambda: keys,
        limits=Limits(**{"connect": 1, "read": 0.5, "attempts": 3, **limits}),
    )


Answer = tuple[int, Any, dict[str, str]]


@contextmanager
def answering(*answers: Answer) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A service that gives these answers in turn, the last for ever, and what it was sent."""
    received: list[dict[str, Any]] = []

    def answer(handler: Handler) -> None:
        length = int(handler.headers["Content-Length"])
        received.append(
            {"headers": dict(handler.headers), "body": json.loads(handler.rfile.read(length))}
        )
        status, body, headers = answers[min(len(received), len(answers)) - 1]
        raw = json.dumps(body).encode()
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(raw)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(raw)

    with serving(answer) as url:
        yield url, received


RIGHT: Answer = (200, {"done": True}, {})
THROTTLED: Answer = (400, {"__type": "com.amazonaws.made_up#ThrottlingException"}, {})
# As SES says it.
TOO_MANY: Answer = (
    429,
    {"message": "Maximum sending rate exceeded."},
    {"x-amzn-errortype": "TooManyRequestsException"},
)
NOT_THE_SERVICE: Answer = (200, ["all is well"], {})


def test_the_answer_is_the_body() -> None:
    with answering(RIGHT) as (url, received):
        assert service(url).call("/", HEADERS, {"n": 1}) == {"done": True}
    assert [one["body"] for one in received] == [{"n": 1}]


def test_a_call_is_signed_and_carries_its_token() -> None:
    with answering(RIGHT) as (url, received):
        service(url).call("/", HEADERS, {})
    headers = received[0]["headers"]
    assert headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIA/")
    assert headers["x-amz-security-token"] == "token"
    assert headers["x-amz-target"] == "Made_Up.Do"


@pytest.mark.parametrize(
    "failure",
    [(500, {}, {}), (503, {"__type": "InternalFailure"}, {}), THROTTLED, TOO_MANY, NOT_THE_SERVICE],
)
def test_a_call_that_failed_for_the_moment_is_repeated(failure: Answer) -> None:
    with answering(failure, failure, RIGHT) as (url, received):
        assert service(url).call("/", HEADERS, {}) == {"done": True}
    assert len(received) == 3


def test_a_call_is_given_up_after_its_attempts() -> None:
    with answering((500, {}, {})) as (url, received), pytest.raises(Refused) as refused:
        service(url, attempts=2).call("/", HEADERS, {})
    assert (refused.value.status, len(received)) == (500, 2)


@pytest.mark.parametrize(
    ("body", "headers", "code"),
    [
        ({"__type": "com.amazonaws.made_up#NotThere", "message": "no"}, {}, "NotThere"),
        ({"__type": "NotThere"}, {}, "NotThere"),
        ({"message": "no"}, {"x-amzn-errortype": "NotThere:http://aws/"}, "NotThere"),
        ({}, {}, "400"),
    ],
)
def test_a_refusal_is_told_by_its_code_and_not_repeated(
    body: dict[str, Any], headers: dict[str, str], code: str
) -> None:
    with answering((400, body, headers)) as (url, received), pytest.raises(Refused) as refused:
        service(url).call("/", HEADERS, {})
    assert (refused.value.code, refused.value.body, len(received)) == (code, body, 1)


def test_an_answer_that_was_damaged_is_asked_for_again() -> None:
    whole = {"x-amz-crc32": str(zlib.crc32(b'{"done": true}'))}
    damaged: Answer = (200, {"done": False}, whole)
    with answering(damaged, (200, {"done": True}, whole)) as (url, received):
        assert service(url).call("/", HEADERS, {}) == {"done": True}
    assert len(received) == 2


def test_nobody_who_listens_is_no_answer() -> None:
    with pytest.raises(NoAnswer):
        service(f"http://127.0.0.1:{free_port()}").call("/", HEADERS, {})


def test_silence_is_no_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(NoAnswer):
        service(f"http://127.0.0.1:{silent.getsockname()[1]}", read=0.1).call("/", HEADERS, {})


def test_a_connection_is_kept_for_the_next_call(monkeypatch: pytest.MonkeyPatch) -> None:
    ports: set[int] = set()

    def answer(handler: Handler) -> None:
        handler.rfile.read(int(handler.headers["Content-Length"]))
        ports.add(handler.client_address[1])
        handler.send_response(200)
        handler.send_header("Content-Length", "2")
        handler.end_headers()
        handler.wfile.write(b"{}")

    monkeypatch.setattr(Handler, "protocol_version", "HTTP/1.1")
    with serving(answer) as url:
        kept = service(url)
        for _ in range(5):
            kept.call("/", HEADERS, {})
    assert len(ports) == 1


def test_a_connection_that_the_service_has_closed_is_not_used_again() -> None:
    with answering(RIGHT) as (url, received):  # by HTTP/1.0, which closes after each answer
        once = service(url, attempts=1)
        assert [once.call("/", HEADERS, {"n": n}) for n in range(3)] == [{"done": True}] * 3
    assert [one["body"]["n"] for one in received] == [0, 1, 2]


def test_a_kept_connection_that_broke_meanwhile_is_not_used_again() -> None:
    with answering(RIGHT) as (url, _):
        once = service(url, attempts=1)
        connections = once._connections  # noqa: SLF001 - what a frozen function finds
        broken, other_end = socket.socketpair()
        other_end.close()
        connections._idle.append(broken)  # noqa: SLF001
        assert once.call("/", HEADERS, {}) == {"done": True}


def test_a_redirect_is_not_followed() -> None:
    with (
        answering((307, {}, {"Location": "http://192.0.2.1/"})) as (url, received),
        pytest.raises(Refused),
    ):
        service(url).call("/", HEADERS, {})
    assert len(received) == 1
