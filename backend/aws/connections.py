"""HTTP connections to one endpoint, kept open between calls."""

from __future__ import annotations

import select
import ssl
import weakref
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPMessage, HTTPSConnection
from typing import Final
from urllib.parse import urlsplit

KEPT: Final = 50


class Broken(Exception):
    """No answer came, or half of one; whether the request arrived is unknown."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: HTTPMessage
    body: bytes


class Connections:
    """Connections to an endpoint, each used by one thread at a time.

    `connect` and `read` are how long these may take, in seconds.
    """

    def __init__(self, endpoint: str, *, connect: float, read: float) -> None:
        parts = urlsplit(endpoint)
        self.host = parts.netloc
        self._encrypted = parts.scheme == "https"
        self._connect, self._read = connect, read
        self._idle: deque[HTTPConnection] = deque()
        weakref.finalize(self, _close, self._idle)

    def post(self, path: str, headers: dict[str, str], body: bytes) -> Answer:
        """Sends the request once. Raises Broken."""
        connection = None
        try:
            connection = self._take()
            connection.request("POST", path, body, headers)
            response = connection.getresponse()
            answer = Answer(response.status, response.headers, response.read())
        except (OSError, HTTPException) as failure:
            if connection:
                connection.close()
            raise Broken(type(failure).__name__) from failure
        if len(self._idle) < KEPT:
            self._idle.append(connection)
        else:
            connection.close()
        return answer

    def _take(self) -> HTTPConnection:
        """The one used last that is still open, or a new one."""
        with suppress(IndexError):  # none is left
            while True:
                connection = self._idle.pop()
                if _open(connection):
                    return connection
        connection = self._new()
        connection.connect()
        connection.sock.settimeout(self._read)
        return connection

    def _new(self) -> HTTPConnection:
        if self._encrypted:
            return HTTPSConnection(self.host, timeout=self._connect, context=trust())
        return HTTPConnection(self.host, timeout=self._connect)


@cache
def trust() -> ssl.SSLContext:
    """One for all connections, since it reads every certificate that the system trusts."""
    return ssl.create_default_context()


def _open(connection: HTTPConnection) -> bool:
    """Whether neither end has closed it, nor the other said anything since its last answer."""
    if connection.sock is None:
        return False
    if select.select([connection.sock], [], [], 0)[0]:
        connection.close()
        return False
    return True


def _close(connections: Iterable[HTTPConnection]) -> None:
    for connection in connections:
        connection.close()
