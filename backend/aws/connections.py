"""Connections to one endpoint, kept open between calls.

They speak as much of HTTP/1.1 as AWS's JSON services do: a POST whose answer has a length. Any
other answer is Broken. So a call takes less than half of the CPU that it took with http.client.
"""

from __future__ import annotations

import select
import socket
import ssl
import weakref
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Final
from urllib.parse import urlsplit

KEPT: Final = 50
PORTS: Final = {"http": 80, "https": 443}
HEAD_BYTES: Final = 65_536
RECEIVED: Final = 65_536


class Broken(Exception):
    """No answer came, or half of one; whether the request arrived is unknown."""


@dataclass(frozen=True)
class Answer:
    """Names of headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class Connections:
    """Connections to an endpoint, each used by one thread at a time.

    `connect` and `read` are how long these may take, in seconds.
    """

    def __init__(self, endpoint: str, *, connect: float, read: float) -> None:
        parts = urlsplit(endpoint)
        self.host = parts.netloc
        self._encrypted = parts.scheme == "https"
        self._address = parts.hostname or "", parts.port or PORTS[parts.scheme]
        self._connect, self._read = connect, read
        self._idle: deque[socket.socket] = deque()
        weakref.finalize(self, _close, self._idle)

    def post(self, path: str, headers: dict[str, str], body: bytes) -> Answer:
        """Sends the request once. Raises Broken."""
        connection, request = None, _request(self.host, path, headers, body)
        try:
            connection = self._take()
            connection.sendall(request)
            answer = _answer(connection)
        except (OSError, Broken) as failure:
            if connection:
                connection.close()
            what = str(failure) if isinstance(failure, Broken) else type(failure).__name__
            raise Broken(what) from failure
        if len(self._idle) < KEPT and answer.headers.get("connection") != "close":
            self._idle.append(connection)
        else:
            connection.close()
        return answer

    def _take(self) -> socket.socket:
        """The one used last that is still open, or a new one."""
        with suppress(IndexError):  # none is left
            while True:
                connection = self._idle.pop()
                if _open(connection):
                    return connection
        return self._new()

    def _new(self) -> socket.socket:
        connection = socket.create_connection(self._address, self._connect)
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._encrypted:
                connection = trust().wrap_socket(connection, server_hostname=self._address[0])
            connection.settimeout(self._read)
        except OSError:
            connection.close()
            raise
        return connection


@cache
def trust() -> ssl.SSLContext:
    """One for all connections, since it reads every certificate that the system trusts."""
    return ssl.create_default_context()


def _request(host: str, path: str, headers: dict[str, str], body: bytes) -> bytes:
    lines = [f"POST {path} HTTP/1.1", f"host: {host}", f"content-length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if any("\r" in line or "\n" in line for line in lines):
        raise ValueError("a header is of one line")
    return "\r\n".join([*lines, "\r\n"]).encode("latin-1") + body


def _answer(connection: socket.socket) -> Answer:
    received = _more(connection, b"")
    while (end := received.find(b"\r\n\r\n")) < 0:
        if len(received) > HEAD_BYTES:
            raise Broken("its head has no end")
        received = _more(connection, received)
    status, headers = _head(received[:end])
    length = int(headers["content-length"])
    body = received[end + 4 :]
    while len(body) < length:
        body = _more(connection, body)
    if len(body) > length:
        raise Broken("longer than its length")
    return Answer(status, headers, body)


def _more(connection: socket.socket, received: bytes) -> bytes:
    more = connection.recv(RECEIVED)
    if not more:
        raise Broken("closed before its end")
    return received + more


def _head(raw: bytes) -> tuple[int, dict[str, str]]:
    """Of an answer whose length is given by a number, and by nothing else."""
    first, *lines = raw.decode("latin-1").split("\r\n")
    version, _, rest = first.partition(" ")
    fields = (line.partition(":") for line in lines)
    headers = {name.lower(): value.strip() for name, _, value in fields}
    status = rest[:3]
    if not (version.startswith("HTTP/1.") and _number(status)):
        raise Broken("not HTTP")
    if "transfer-encoding" in headers or not _number(headers.get("content-length", "")):
        raise Broken("without a length")
    if version == "HTTP/1.0":
        headers["connection"] = "close"
    return int(status), headers


def _number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _open(connection: socket.socket) -> bool:
    """Whether neither end has closed it, nor the other said anything since its last answer."""
    if connection.fileno() < 0:
        return False
    waiting = select.poll()
    waiting.register(connection, select.POLLIN)
    if waiting.poll(0):
        connection.close()
        return False
    return True


def _close(connections: Iterable[socket.socket]) -> None:
    for connection in connections:
        connection.close()
