"""An installation behind API Gateway, whose function is invoked as often and as late as told."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Response
from werkzeug import Request
from werkzeug.test import Client

from tests.attacks.gateway import Event, Gateway, handler_of
from tests.races import crowd
from tests.support import Site

Made = dict[str, Any]
# Has the function answer an event, each time the same one.
Invoke = Callable[[], Made]
# Left to the API's own word for it: what the client sends, and the edge does not pass on.
NOT_PASSED_ON = {"Host", "Cookie"}


class GivenUp(Exception):
    """The client waits no longer."""


class InvokedSite(Site):
    """Whoever visits it has API Gateway send an event to backend/lambda_handler.py."""

    def __init__(self, engine_url: str, folder: Path) -> None:
        self._deliveries = [lambda invoke: invoke()]
        super().__init__(engine_url, folder)

    def rewire(self, **parts: Any) -> None:
        super().rewire(**parts)
        self._gateway = Gateway(handler_of(self), "http")

    def visitor(self) -> Client:
        return Client(self._ask, Response)

    @contextmanager
    def delivering(self, times: Callable[[Invoke], list[Made]], heard: int) -> Iterator[list[Made]]:
        """Each event meanwhile comes so often; the client hears one of the answers."""
        answers: list[Made] = []

        def deliver(invoke: Invoke) -> Made:
            answers.extend(times(invoke))
            return answers[heard]

        with self._delivering(deliver):
            yield answers

    @contextmanager
    def delaying(self) -> Iterator[list[Invoke]]:
        """Each event meanwhile comes when it is invoked; the client has given up by then."""
        late: list[Invoke] = []

        def deliver(invoke: Invoke) -> Made:
            late.append(invoke)
            raise GivenUp

        with self._delivering(deliver):
            yield late

    @contextmanager
    def _delivering(self, deliver: Callable[[Invoke], Made]) -> Iterator[None]:
        self._deliveries.append(deliver)
        yield
        self._deliveries.pop()

    def _ask(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        text = json.dumps(self._event(Request(environ)))
        made = self._deliveries[-1](lambda: self._gateway.handler(json.loads(text), None))
        start_response(f"{made['statusCode']} -", _headers(made))
        body = made.get("body") or ""
        return [base64.b64decode(body) if made.get("isBase64Encoded") else body.encode()]

    def _event(self, request: Request) -> Event:
        sent = {name: value for name, value in request.headers if name not in NOT_PASSED_ON}
        return self._gateway.event(
            request.method,
            request.path,
            request.get_data(as_text=True) or None,
            headers=sent,
            cookies=[cookie for cookie in request.headers.get("Cookie", "").split("; ") if cookie],
        )


def twice(invoke: Invoke) -> list[Made]:
    return [invoke(), invoke()]


def at_once(invoke: Invoke) -> list[Made]:
    """As two instances of the function have it."""
    return crowd.at_once([invoke, invoke])


def said(made: Made) -> str:
    """`201`, or for a problem `409 username_taken`."""
    problem = dict(_headers(made)).get("content-type") == "application/problem+json"
    return f"{made['statusCode']}" + (f" {json.loads(made['body'])['code']}" if problem else "")


def _headers(made: Made) -> list[tuple[str, str]]:
    """The cookies are apart."""
    cookies = [("set-cookie", cookie) for cookie in made.get("cookies", [])]
    return [(name.lower(), value) for name, value in made["headers"].items()] + cookies
