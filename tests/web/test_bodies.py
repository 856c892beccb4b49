"""Bodies: one JSON object in UTF-8, of the right media type, not too large, not too deep."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from threading import Thread
from typing import Any

import pytest
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from tests.support import ORIGIN, Browser, Site, assert_problem, codes, session_token

KIB = 1024
SIGN_IN = b'{"identifier": "ann", "password": "a wrong password"}'
ENDPOINTS = [
    ("POST", "users"),
    ("PATCH", "registrations/0"),
    ("POST", "registrations/0/verify"),
    ("POST", "registrations/0/resend"),
    ("POST", "sessions"),
    ("PATCH", "users/me"),
    ("POST", "tokens"),
]


def send(browser: Browser, raw: bytes, media_type: str = "application/json") -> TestResponse:
    return browser.call("POST", "sessions", data=raw, content_type=media_type)


def nested(levels: int) -> bytes:
    """So many levels of objects and lists in turn."""
    value: Any = "x"
    for level in range(levels, 0, -1):
        value = {"a": value} if level % 2 else [value]
    return json.dumps(value).encode()


@contextmanager
def served(site: Site) -> Iterator[HTTPConnection]:
    """The site behind a real server."""
    server = make_server("127.0.0.1", 0, site.app)
    thread = Thread(target=server.serve_forever)
    thread.start()
    connection = HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    try:
        yield connection
    finally:
        connection.close()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    "raw",
    [
        *[b"", b" ", b"{", b"}", b"{}{}", b"null", b"true", b"7", b'"ann"', b"[]", b"[{}]"],
        *[b"identifier=ann", b"<a/>", b"{'identifier': 'ann'}", b'{"identifier": "ann",}'],
        *[b'{"identifier": "ann"} // ann', b'{"identifier": "ann"} x', b'{identifier: "ann"}'],
        *[b'{"identifier": "a\nb"}', b'{"identifier": "\\x41"}', b'{"identifier": 01}'],
        b'{"identifier": "ann", "identifier": "bob", "password": "x"}',
        b'{"identifier": "ann", "password": "x", "\\u0070assword": "y"}',
        b'{"identifier": "ann", "password": {"a": 1, "a": 2}}',
        *[b'{"identifier": "a\x00b"}', b'{"identifier": "a\\u0000b"}', b'{"\\u0000": 1}'],
        *[b'{"identifier": ["\\u0000"]}', b'{"a": {"b\\u0000": 1}}', SIGN_IN + b"\0"],
        *[b'{"identifier": "\\ud800"}', b'{"identifier": "\\udfff"}', b'{"\\ud800": 1}'],
        b'{"identifier": "ann \\ud800"}',
        *[b'{"identifier": "\\udc00\\ud800"}', b'{"identifier": "\xed\xa0\x80"}'],
        *[b'{"identifier": NaN}', b'{"identifier": Infinity}', b'{"a": [-Infinity]}'],
        *[b'{"identifier": "\xff"}', b'{"identifier": "\xe4"}', b'{"identifier": "\xc0\x80"}'],
        *[SIGN_IN.decode().encode(name) for name in ("utf-16", "utf-16-le", "utf-32")],
        *[b"\xef\xbb\xbf" + SIGN_IN, b'{"a": ' + b"9" * 5000 + b"}"],
        *[nested(9), nested(200), b"[" * 16_000, b'{"a":' * 3000],
    ],
    ids=lambda raw: repr(raw[:40]),
)
def test_what_is_no_json_object_is_refused(raw: bytes, browser: Browser) -> None:
    assert_problem(send(browser, raw), 400, "malformed_json")


def test_eight_levels_are_not_too_deep(browser: Browser) -> None:
    assert_problem(send(browser, nested(8)), 422, "required")


@pytest.mark.parametrize(
    "raw",
    [
        b' \r\n\t{"identifier": "ann", "password": "x"}\n',
        b'{"identifier": "\\ud83c\\udfb7", "password": "x"}',
        '{"identifier": "🎷", "password": "ä"}'.encode(),
        b'{"identifier": "\\u0061nn", "password": "\\"\\\\\\/"}',
    ],
)
def test_json_may_be_written_in_any_of_its_ways(raw: bytes, browser: Browser) -> None:
    assert_problem(send(browser, raw), 401, "invalid_credentials")


@pytest.mark.parametrize(
    "media_type",
    [
        *["", "text/plain", "text/json", "application/x-www-form-urlencoded", "application/xml"],
        *["multipart/form-data; boundary=x", "application/jsonp", "application/merge-patch+json"],
        *["application/json; charset=utf-16", "application/json; charset=latin-1", "json", "*/*"],
    ],
)
def test_another_media_type_is_refused(media_type: str, browser: Browser) -> None:
    assert_problem(send(browser, SIGN_IN, media_type), 415, "unsupported_media_type")


def test_a_body_without_a_media_type_is_refused(browser: Browser) -> None:
    answer = browser.call("POST", "sessions", data=SIGN_IN)
    assert_problem(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize(
    "media_type",
    ["application/json", "Application/JSON", "application/json; charset=UTF-8"],
)
def test_json_in_utf_8_is_accepted(media_type: str, browser: Browser) -> None:
    assert_problem(send(browser, SIGN_IN, media_type), 401, "invalid_credentials")


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (SIGN_IN.ljust(16 * KIB), 401, "invalid_credentials"),
        (SIGN_IN.ljust(16 * KIB + 1), 413, "body_too_large"),
        (b" " * KIB * KIB, 413, "body_too_large"),
    ],
    ids=["16 KiB", "a byte more", "1 MiB"],
)
def test_a_body_has_at_most_16_kib(raw: bytes, status: int, code: str, browser: Browser) -> None:
    assert_problem(send(browser, raw), status, code)


@pytest.mark.parametrize(
    ("size", "status"), [(len(SIGN_IN), 401), (16 * KIB, 401), (16 * KIB + 1, 413), (KIB**2, 413)]
)
def test_a_body_in_chunks_has_at_most_16_kib_too(size: int, status: int, site: Site) -> None:
    raw = SIGN_IN.ljust(size)
    chunks = (raw[start : start + 4 * KIB] for start in range(0, size, 4 * KIB))
    headers = {"Content-Type": "application/json", "Origin": ORIGIN}
    with served(site) as connection:
        # A body of unknown length goes out in chunks.
        connection.request("POST", "/api/v1/sessions", chunks, headers)
        with connection.getresponse() as answer:
            assert answer.status == status


def test_a_body_in_chunks_is_read_also_where_none_is_needed(site: Site, browser: Browser) -> None:
    browser.become()
    cookie = f"session={session_token(browser)}"
    headers = {"Content-Type": "application/json", "Origin": ORIGIN, "Cookie": cookie}
    with served(site) as connection:
        connection.request("POST", "/api/v1/tokens", iter([b'{"admin": true}']), headers)
        with connection.getresponse() as answer:
            assert json.loads(answer.read())["errors"][0]["code"] == "unknown_member"


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=" ".join)
@pytest.mark.parametrize(
    ("raw", "media_type", "refusal"),
    [
        (b"[]", "application/json", (400, "malformed_json")),
        (b'{"a": 1, "a": 1}', "application/json", (400, "malformed_json")),
        (b"{}", "text/plain", (415, "unsupported_media_type")),
        (b"{}".ljust(16 * KIB + 1), "application/json", (413, "body_too_large")),
    ],
    ids=["a list", "a member twice", "text", "too large"],
)
def test_every_endpoint_is_as_strict(
    endpoint: tuple[str, str], raw: bytes, media_type: str, refusal: tuple[int, str], site: Site
) -> None:
    browser = site.browser()
    browser.become()
    answer = browser.call(*endpoint, data=raw, content_type=media_type)
    assert_problem(answer, *refusal)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=" ".join)
@pytest.mark.parametrize("member", ["role", "is_admin", "__class__"])
def test_no_endpoint_takes_a_member_that_there_is_not(
    endpoint: tuple[str, str], member: str, browser: Browser
) -> None:
    browser.become()
    answer = browser.call(*endpoint, {member: "admin"})
    assert answer.status_code == 422
    assert (f"/{member}", "unknown_member") in codes(answer)


@pytest.mark.parametrize("media_type", ["", "text/plain", "application/json"])
def test_where_no_body_is_needed_none_is_read(media_type: str, browser: Browser) -> None:
    browser.become()
    assert browser.delete("sessions", content_type=media_type).status_code == 204
    assert browser.call("DELETE", "sessions/current", data=b"{").status_code == 204
