"""The breach check, against a range service that is really there, slow, broken or gone."""

import hashlib
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from backend import breaches
from backend.breaches import breach_check
from tests.servers import Handler, free_port, serving
from tests.support import PASSWORD, Site, assert_problem, codes

DIGEST = hashlib.sha1(PASSWORD.encode()).hexdigest().upper()
PREFIX, SUFFIX = DIGEST[:5], DIGEST[5:]
OTHERS = "0018A45C4D1DEF81644B54AB7F969B88D65:1\r\n00D4F6E8FA6EECAD2A3AA415EEC418D38EC:2"

Answer = Callable[[Handler], None]
MakeSite = Callable[..., Site]


@contextmanager
def service(answer: Answer) -> Iterator[tuple[str, list[Handler]]]:
    """The address of a range service, and the requests that it has had."""
    asked: list[Handler] = []

    def told(call: Handler) -> None:
        asked.append(call)
        answer(call)

    with serving(told) as url:
        yield f"{url}/range", asked


def says(body: str | bytes, status: int = 200, length: int | None = None) -> Answer:
    raw = body.encode() if isinstance(body, str) else body

    def answer(handler: Handler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(raw) if length is None else length))
        handler.end_headers()
        handler.wfile.write(raw)

    return answer


def writes(raw: bytes) -> Answer:
    def answer(handler: Handler) -> None:
        handler.wfile.write(raw)

    return answer


def is_silent(handler: Handler) -> None:
    handler.rfile.read()  # until the other side has hung up


def drips(handler: Handler) -> None:
    """One byte after the other, each soon enough."""
    handler.send_response(200)
    handler.end_headers()
    try:
        for _ in range(100):
            handler.wfile.write(b"0")
            time.sleep(0.03)
    except OSError:
        return


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """The backend's own log does not reach the root, where pytest listens."""
    logging.getLogger("backend").addHandler(caplog.handler)
    yield caplog
    logging.getLogger("backend").removeHandler(caplog.handler)


@pytest.mark.parametrize(
    "body",
    [f"{SUFFIX}:3", f"{OTHERS}\r\n{SUFFIX}:1\r\n", f"{SUFFIX}:52256179\n{OTHERS}"],
)
def test_a_listed_password_is_refused(make_site: MakeSite, body: str) -> None:
    with service(says(body)) as (url, _):
        answer = make_site(breached=breach_check(url)).browser().register("ann")
    assert_problem(answer, 422, "password_compromised")
    assert codes(answer) == [("/password", "password_compromised")]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(OTHERS, id="others are listed"),
        pytest.param("", id="nothing is listed"),
        pytest.param(f"{OTHERS}\r\n{SUFFIX}:0", id="it is padding"),
        pytest.param(f"{SUFFIX[:-1]}:9", id="another one begins so"),
    ],
)
def test_a_password_that_is_not_listed_passes(make_site: MakeSite, body: str) -> None:
    with service(says(body)) as (url, _):
        answer = make_site(breached=breach_check(url)).browser().register("ann")
    assert answer.status_code == 202


def test_only_five_digits_of_the_hash_leave_the_machine() -> None:
    with service(says(OTHERS)) as (url, asked):
        breach_check(url)(PASSWORD)
    [request] = asked
    sent = f"{request.requestline}\n{request.headers}".upper()
    assert request.path == f"/range/{PREFIX}"
    assert request.headers["Add-Padding"] == "true"
    assert "Content-Length" not in request.headers
    assert SUFFIX[:5] not in sent
    assert "VIOLET" not in sent


def test_a_password_that_is_refused_anyway_is_not_asked_about(make_site: MakeSite) -> None:
    with service(says(OTHERS)) as (url, asked):
        site = make_site(breached=breach_check(url))
        site.browser().register("ann", password="too short")
    assert asked == []


def test_without_a_service_every_password_passes() -> None:
    assert not breach_check("")(PASSWORD)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(says(f"{SUFFIX}:1", status=500), id="an error"),
        pytest.param(says(f"{SUFFIX}:1", status=302), id="a redirect to nowhere"),
        pytest.param(says("Too many requests", status=429), id="a limit"),
        pytest.param(writes(b""), id="an end without an answer"),
        pytest.param(writes(b"SSH-2.0-OpenSSH_9.6\r\n"), id="no HTTP"),
        pytest.param(writes(b"HTTP/1.0 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n"), id="headers"),
        pytest.param(says(f"{SUFFIX}:1", length=10_000), id="an answer cut short"),
        pytest.param(says(b"\xff\xfe\x00:1"), id="no text"),
        pytest.param(says(f"{SUFFIX}:many"), id="a count that is no number"),
        pytest.param(says("<html><body>Welcome to our hotel</body></html>"), id="a page"),
        pytest.param(is_silent, id="silence"),
    ],
)
def test_a_service_that_does_not_answer_as_it_should_stops_nobody(
    make_site: MakeSite,
    monkeypatch: pytest.MonkeyPatch,
    log: pytest.LogCaptureFixture,
    answer: Answer,
) -> None:
    monkeypatch.setattr(breaches, "TIMEOUT_SECONDS", 0.1)
    with service(answer) as (url, _):
        registered = make_site(breached=breach_check(url)).browser().register("ann")
    assert registered.status_code == 202
    assert "breach check not answered" in log.messages
    assert PASSWORD not in log.text


def test_a_redirect_is_not_followed() -> None:
    def leads_on(handler: Handler) -> None:
        if handler.path.startswith("/range"):
            handler.send_response(307)
            handler.send_header("Location", "/elsewhere")
            handler.send_header("Content-Length", "0")
            handler.end_headers()
        else:
            says(f"{SUFFIX}:1")(handler)

    with service(leads_on) as (url, asked):
        assert not breach_check(url)(PASSWORD)
    assert [call.path for call in asked] == [f"/range/{PREFIX}"]


def test_a_service_that_is_gone_stops_nobody(
    make_site: MakeSite, log: pytest.LogCaptureFixture
) -> None:
    url = f"http://127.0.0.1:{free_port()}/range"
    registered = make_site(breached=breach_check(url)).browser().register("ann")
    assert registered.status_code == 202
    assert "breach check not answered" in log.messages


def test_a_service_that_drips_does_not_hold_a_registration_up(
    make_site: MakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breaches, "TIMEOUT_SECONDS", 0.1)
    with service(drips) as (url, _):
        browser = make_site(breached=breach_check(url)).browser()
        began = time.monotonic()
        assert browser.register("ann").status_code == 202
        assert time.monotonic() - began < 1
