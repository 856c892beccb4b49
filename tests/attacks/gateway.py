"""The function's own handler over an installation in production, asked by API Gateway's events."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from unittest import mock

from tests.deploy.runtime import EDGE, SECRET, http_event, rest_event
from tests.support import Site

URL = "https://accounts.example.com"
PRODUCTION = {
    "STAGE": "prod",
    "SITE_URL": URL,
    "MAIL_FROM": "accounts@example.com",
    "ORIGIN_SECRET": SECRET,
}
Event = dict[str, Any]
MAKERS: dict[str, Callable[..., Event]] = {"http": http_event, "rest": rest_event}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def code(self) -> str:
        return str(json.loads(self.body)["code"])


@dataclass(frozen=True)
class Gateway:
    """Before the function stands an API of this kind: `http` (payload 2.0) or `rest` (1.0)."""

    handler: Callable[[Any, Any], Any]
    kind: str

    def event(
        self,
        method: str,
        path: str,
        body: str | None = None,
        *,
        headers: Mapping[str, str | None] = {},
        cookies: list[str] | None = None,
    ) -> Event:
        """As it comes from CloudFront; a header of None is left out."""
        own = {"Content-Type": "application/json"} if body is not None else {}
        sent = {k: v for k, v in {**EDGE, **own, **headers}.items() if v is not None}
        made = MAKERS[self.kind](method, path, sent, cookies or [])
        return {**made, "body": body, "isBase64Encoded": False}

    def send(self, event: Any) -> Answer:
        made = self.handler(event, None)
        many = made.get("multiValueHeaders") or {}
        single = {name: ", ".join(values) for name, values in many.items()} or made["headers"]
        headers = {name.title(): value for name, value in single.items()}
        headers |= {"Set-Cookie": "; ".join(made["cookies"])} if made.get("cookies") else {}
        return Answer(made["statusCode"], headers, made["body"])

    def call(self, method: str, path: str, body: str | None = None, **more: Any) -> Answer:
        return self.send(self.event(method, path, body, **more))


def handler_of(site: Site) -> Callable[[Any, Any], Any]:
    """backend/lambda_handler.py, whose app is the site's and not the environment's."""
    name = "backend.lambda_handler"
    sys.modules.pop(name, None)
    with mock.patch("backend.app.create_app", return_value=site.app):
        handler: Callable[[Any, Any], Any] = importlib.import_module(name).handler
    del sys.modules[name]
    return handler
