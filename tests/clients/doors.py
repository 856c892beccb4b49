"""What other services let people in by, each file copied out of the project as a service would."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from flask import Flask, g
from flask.testing import FlaskClient

CLIENTS = Path(__file__).parents[2] / "backend" / "clients"
STAGE = "arn:aws:execute-api:eu-west-1:123456789012:abc123/prod"

# What becomes of a call with a token: "in", "refused", "role missing" or "keys missing".
Door = Callable[[str | None], str]


class Clock:
    """Seconds since no matter when; stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


def copied(name: str, folder: Path, clock: Clock) -> ModuleType:
    """The file as a module that knows nothing of this project."""
    file = folder / f"copied_{name}.py"
    shutil.copy(CLIENTS / f"{name}.py", file)
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    # Its dataclasses look for it there.
    sys.modules[file.stem] = module
    spec.loader.exec_module(module)
    module.time = SimpleNamespace(monotonic=clock)  # type: ignore[attr-defined]
    return module


def service(module: ModuleType, issuer: str, audience: str, *roles: str) -> FlaskClient:
    """A Flask service with the check."""
    app = Flask("service")
    accounts = module.Accounts(issuer, audience)

    @app.get("/invoices")
    @accounts.signed_in(*roles)
    def invoices() -> dict[str, Any]:
        caller = g.caller
        return {
            "user_id": caller.user_id,
            "session_id": caller.session_id,
            "roles": sorted(caller.roles),
        }

    return app.test_client()


def bearer(token: str | None) -> dict[str, str]:
    return {} if token is None else {"Authorization": f"Bearer {token}"}


def http_event(token: str | None) -> dict[str, Any]:
    """Payload 2.0."""
    headers = {name.lower(): value for name, value in bearer(token).items()}
    return {"version": "2.0", "type": "REQUEST", "routeArn": f"{STAGE}/GET/a", "headers": headers}


def token_event(token: str | None) -> dict[str, Any]:
    """Of a REST API with a TOKEN authorizer."""
    return {
        "type": "TOKEN",
        "methodArn": f"{STAGE}/GET/invoices/7",
        "authorizationToken": bearer(token).get("Authorization", ""),
    }


def request_event(token: str | None) -> dict[str, Any]:
    """Of a REST API with a REQUEST authorizer, or payload 1.0."""
    return {"type": "REQUEST", "methodArn": f"{STAGE}/POST/invoices", "headers": bearer(token)}


def flask_door(module: ModuleType, issuer: str, audience: str, *roles: str) -> Door:
    client = service(module, issuer, audience, *roles)
    said = {200: "in", 401: "refused", 403: "role missing", 503: "keys missing"}
    return lambda token: said[client.get("/invoices", headers=bearer(token)).status_code]


def authorizer_door(module: ModuleType, make_event: Callable[[str | None], Any]) -> Door:
    def door(token: str | None) -> str:
        try:
            answer = module.handler(make_event(token), None)
        except module.KeysMissing:
            return "keys missing"
        except module.Refused as refused:
            # What it raises as, a REST API answers with 401, and with 500 for any other word.
            return {"Unauthorized": "refused"}[str(refused)]
        if "isAuthorized" in answer:
            without = "role missing" if "context" in answer else "refused"
            return "in" if answer["isAuthorized"] else without
        [statement] = answer["policyDocument"]["Statement"]
        return {"Allow": "in", "Deny": "role missing"}[statement["Effect"]]

    return door


def make_door(
    kind: str, folder: Path, clock: Clock, issuer: str, audience: str, *roles: str
) -> Door:
    """`flask`, or how an authorizer is asked: `http`, `rest token` or `rest request`."""
    if kind == "flask":
        return flask_door(copied("flask_check", folder, clock), issuer, audience, *roles)
    events = {"http": http_event, "rest token": token_event, "rest request": request_event}
    return authorizer_door(copied("authorizer", folder, clock), events[kind])


each_kind = pytest.mark.parametrize(
    "kind", ["flask", "http", "rest token", "rest request"], ids=lambda kind: kind.replace(" ", "-")
)
