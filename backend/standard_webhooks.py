"""Webhooks on the wire, as Standard Webhooks has them: a signed POST, of whose answer only the
status counts.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ssl
from collections.abc import Iterable, Mapping
from functools import cache
from http import HTTPStatus
from http.client import HTTPConnection, HTTPSConnection
from queue import Empty, SimpleQueue
from threading import Thread
from urllib.parse import urlsplit


class NotTaken(Exception):
    """The receiver did not answer with success in time; the text says what it did instead."""


def headers(
    secrets: Iterable[bytes], message_id: str, timestamp: int, body: bytes
) -> dict[str, str]:
    """`timestamp` is when it is sent, in seconds since 1970; each secret gives a signature.

    With several, a receiver may have any of them, so that one can be replaced.
    """
    signed = f"{message_id}.{timestamp}.".encode() + body
    return {
        "Content-Type": "application/json",
        "User-Agent": "latchstring",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{_signature(secret, signed)}" for secret in secrets),
    }


def post(url: str, headers: Mapping[str, str], body: bytes, *, seconds: float) -> None:
    """Raises NotTaken, after so many seconds at the latest. No redirect is followed."""
    came: SimpleQueue[int | Exception] = SimpleQueue()

    def send() -> None:
        try:
            came.put(_status(url, headers, body, seconds))
        except Exception as failure:  # noqa: BLE001 - told by the thread that waits
            came.put(failure)

    # A thread of its own, since nothing else ends the look-up of a name or an answer in drips.
    Thread(target=send, daemon=True).start()
    try:
        status = came.get(timeout=seconds)
    except Empty:
        raise NotTaken(f"no answer within {seconds:g} s") from None
    if isinstance(status, Exception):
        raise NotTaken(str(status) or type(status).__name__)
    if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        raise NotTaken(f"answered {status}")


def _signature(secret: bytes, signed: bytes) -> str:
    return base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()


def _status(url: str, headers: Mapping[str, str], body: bytes, seconds: float) -> int:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port
    connection = (
        HTTPSConnection(host, port, timeout=seconds, context=_certificates())
        if parts.scheme == "https"
        else HTTPConnection(host, port, timeout=seconds)
    )
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, body, dict(headers))
        return connection.getresponse().status
    finally:
        connection.close()


@cache
def _certificates() -> ssl.SSLContext:
    return ssl.create_default_context()
