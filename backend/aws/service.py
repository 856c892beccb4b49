"""Calls of one JSON service, tried again where it or the way to it failed."""

from __future__ import annotations

import json
import random
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from backend.aws.connections import Answer, Broken, Connections
from backend.aws.signature import Credentials, signed

# Answers of 400 after which the same call may be made again.
THROTTLED: Final = {
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
    "TransactionInProgressException",
}


class NoAnswer(Exception):
    """The service did not answer; whether it did what was asked is unknown."""


class Refused(Exception):
    """The service answered with an error. `body` is all that it said."""

    def __init__(self, code: str, status: int, body: dict[str, Any]) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.body = body


@dataclass(frozen=True)
class Limits:
    """Seconds to connect and to read, and how often a call is tried in all."""

    connect: float = 1
    read: float = 2
    attempts: int = 3


class Service:
    """One service at one endpoint; it may be called from many threads."""

    def __init__(
        self,
        endpoint: str,
        *,
        service: str,
        region: str,
        credentials: Callable[[], Credentials],
        limits: Limits = Limits(),
    ) -> None:
        self._service, self._region = service, region
        self._credentials, self._limits = credentials, limits
        self._connections = Connections(endpoint, connect=limits.connect, read=limits.read)

    def call(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        """The answer's body. Raises Refused, or NoAnswer once all attempts are used up."""
        raw = json.dumps(body, separators=(",", ":")).encode()
        for attempt in range(1, self._limits.attempts + 1):
            try:
                return self._once(path, headers, raw)
            except (Refused, NoAnswer) as failure:
                if attempt == self._limits.attempts or not _repeatable(failure):
                    raise
            time.sleep(random.uniform(0, 0.05 * 2**attempt))  # noqa: S311 - jitter, not a secret
        raise NoAnswer("no attempt is allowed")

    def _once(self, path: str, headers: dict[str, str], raw: bytes) -> dict[str, Any]:
        sent = signed(
            self._credentials(),
            region=self._region,
            service=self._service,
            host=self._connections.host,
            path=path,
            headers=headers,
            body=raw,
            at=time.time(),
        )
        try:
            answer = self._connections.post(path, sent, raw)
        except Broken as failure:
            raise NoAnswer(str(failure)) from failure
        if not _whole(answer):
            raise NoAnswer("damaged on the way")
        told = _parsed(answer.body)
        if answer.status >= HTTPStatus.MULTIPLE_CHOICES:
            raise Refused(_code(answer, told or {}), answer.status, told or {})
        if told is None:
            raise NoAnswer("not the service")
        return told


def _repeatable(failure: Refused | NoAnswer) -> bool:
    if isinstance(failure, NoAnswer):
        return True
    later = failure.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return later or failure.status == HTTPStatus.TOO_MANY_REQUESTS or failure.code in THROTTLED


def _whole(answer: Answer) -> bool:
    wanted = answer.headers.get("x-amz-crc32")
    return wanted is None or int(wanted) == zlib.crc32(answer.body)


def _parsed(raw: bytes) -> dict[str, Any] | None:
    """None where it is no JSON object: something on the way says that, and no service of AWS."""
    try:
        told = json.loads(raw) if raw else {}
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


def _code(answer: Answer, told: dict[str, Any]) -> str:
    """`com.amazonaws.dynamodb.v20120810#Name`, `Name:http://…` or just `Name`."""
    named = str(told.get("__type") or answer.headers.get("x-amzn-errortype") or answer.status)
    return named.rpartition("#")[2].partition(":")[0]
