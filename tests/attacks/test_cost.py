"""What is meant to cost us much costs little: refused before the database is asked, or bounded."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from http import HTTPStatus
from threading import Thread
from typing import Any

import pytest
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from backend.accounts.verifiers import hash_password
from tests.receiver import Receiver
from tests.support import ORIGIN, PASSWORD, Browser, Site, assert_problem

pytestmark = pytest.mark.true_cost

# Anybody can have us hash by asking to sign in: nothing else may be worth two of that.
HASHES = 2
TRIES = 3
LONG = "x" * 8000
# Combining marks out of order, and a character that is 18 once it is normalised.
MARKS, GROWING = "a" + "\u0301\u0316" * 3500, "\ufdfa" * 5000
DEEP = b'{"a":' * 2500 + b"1" + b"}" * 2500


class Calls:
    """Counts what the database is asked."""

    def __init__(self) -> None:
        self.number = 0

    def __call__(self, _operation: str, _asked: dict[str, Any]) -> None:
        self.number += 1


def cost(attack: Callable[[], object]) -> float:
    """Seconds of this thread; the least of a few, since now and then memory is tidied meanwhile."""
    taken = []
    for _ in range(TRIES):
        began = time.thread_time()
        attack()
        taken.append(time.thread_time() - began)
    return min(taken)


@pytest.fixture(scope="module")
def cheap() -> float:
    return HASHES * cost(lambda: hash_password(PASSWORD))


def register_by(site: Site, raw: bytes) -> TestResponse:
    return site.browser().call("POST", "users", data=raw, content_type="application/json")


def assert_cheap(site: Site, cheap: float, attack: Callable[[], object]) -> None:
    calls = Calls()
    with site.calls.noted(calls):
        taken = cost(attack)
    assert calls.number == 0
    assert taken < cheap


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"x" * 2**20, 413),
        (DEEP, 400),
        (b"[" * 16_000, 400),
        (b'{"a":' + b"9" * 16_000 + b"}", 400),
    ],
    ids=["a megabyte", "deep objects", "deep lists", "a long number"],
)
def test_a_costly_body_is_refused_before_the_database_is_asked(
    raw: bytes, status: int, site: Site, cheap: float
) -> None:
    def attack() -> None:
        assert register_by(site, raw).status_code == status

    assert_cheap(site, cheap, attack)


@pytest.mark.parametrize("text", [LONG, MARKS, GROWING], ids=["long", "marks", "growing"])
@pytest.mark.parametrize("member", ["username", "email", "password", "display_name", "locale"])
def test_a_costly_text_is_refused_before_the_database_is_asked(
    member: str, text: str, site: Site, cheap: float
) -> None:
    body = {"username": "ann", "email": "ann@example.com", "password": PASSWORD, member: text}
    raw = json.dumps(body, ensure_ascii=False).encode()

    def attack() -> None:
        assert register_by(site, raw).status_code == HTTPStatus.UNPROCESSABLE_ENTITY

    assert_cheap(site, cheap, attack)


@pytest.mark.parametrize(
    "headers",
    [
        {f"X-Header-{number}": "x" for number in range(1000)},
        {"Cookie": f"session={LONG}; device={LONG}"},
        {"Cookie": "; ".join(f"name{number}=x" for number in range(1000))},
        {"Accept-Language": ",".join(f"x{number};q=0.{number}" for number in range(1000))},
    ],
    ids=["many headers", "long cookies", "many cookies", "many languages"],
)
def test_costly_headers_are_answered_without_the_database(
    headers: dict[str, str], site: Site, cheap: float
) -> None:
    def attack() -> None:
        assert_problem(site.browser().get("users/me", headers=headers), 401, "not_authenticated")

    assert_cheap(site, cheap, attack)


def test_a_body_that_never_comes_whole_asks_nothing_of_the_database(site: Site) -> None:
    calls = Calls()
    server = make_server("127.0.0.1", 0, site.app)
    thread = Thread(target=server.handle_request)
    with site.calls.noted(calls):
        thread.start()
        with socket.create_connection(("127.0.0.1", server.server_port)) as slow:
            head = (
                "POST /api/v1/sessions HTTP/1.1\r\nHost: localhost\r\n"
                f"Origin: {ORIGIN}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"
            )
            slow.sendall(head.encode() + b'{"identifier": "ann"')
        thread.join()
    server.server_close()
    assert calls.number == 0


def test_a_flood_of_registrations_fills_no_table(make_site: Callable[..., Site]) -> None:
    site = make_site(RATE_LIMIT_SCALE="1", LIMIT_REGISTRATIONS="3/hour 9/day")
    for number in range(3):
        assert site.browser(f"2001:db8::{number}").register(f"user{number}").status_code == 202
    stored = len(site.stored())
    for number in range(3, 20):
        refused = site.browser(f"2001:db8::{number}").register(f"user{number}")
        assert_problem(refused, 429, "rate_limited")
    assert len(site.stored()) == stored


def test_a_flood_from_everywhere_sends_no_more_mails_than_the_budget(
    make_site: Callable[..., Site],
) -> None:
    site = make_site(RATE_LIMIT_SCALE="1", LIMIT_MAIL="5/hour 9/day")
    for number in range(10):
        browser = site.browser(f"198.51.100.{number}")
        browser.register(f"user{number}")
        browser.forget(f"somebody{number}@example.com")
    assert len(site.mails()) == 5


def test_no_stranger_makes_the_site_call_a_webhook(
    make_site: Callable[..., Site], receiver: Receiver
) -> None:
    site = make_site(**receiver.settings)
    for number in range(5):
        stranger = site.browser()
        stranger.register(f"user{number}")
        stranger.sign_in(f"user{number}")
        stranger.forget(f"user{number}@example.com")
    assert receiver.calls == []


def test_an_account_with_all_its_passkeys_is_offered_no_more(site: Site, browser: Browser) -> None:
    user = browser.become("ann")
    browser.prove()
    site.change_user(user["id"], passkeys=10)
    refused = browser.post("passkeys/registration-options")
    assert_problem(refused, 409, "passkey_limit_reached")
