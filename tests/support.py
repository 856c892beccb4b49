"""An installation to test through its front door: the real app over a real engine, with a clock.

`Site` is the installation, `Browser` somebody in front of it, with cookies of their own.
"""

from __future__ import annotations

import itertools
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pyotp
from flask import Flask
from werkzeug.test import Client as Visitor
from werkzeug.test import TestResponse

from backend import app as factory
from backend import cli
from backend.accounts import deletion, roles, totp
from backend.accounts.context import Caller, Context
from backend.local import mailbox
from backend.mail.mailbox import Mailbox
from backend.mail.message import Mailer
from backend.settings import load
from backend.storage import sessions, tables, users
from backend.storage.client import Client, connect
from backend.storage.creation import create_missing
from backend.storage.database import Database
from backend.storage.token_keys import Remembered

PASSWORD = "violet tractor sings"
NEW_PASSWORD = "seven quiet harbours"
KEYS = {"SIGNING_KEY": "5" * 64, "LOOKUP_KEY": "1" * 64}
ORIGIN = "http://localhost"

_serial = itertools.count(1)


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = int(time.time())

    def __call__(self) -> int:
        return self.now

    def advance(self, *, days: int = 0, minutes: int = 0, seconds: int = 0) -> None:
        self.now += days * 86400 + minutes * 60 + seconds


@cache
def sdk(engine_url: str) -> Any:
    """AWS's own client of the engine, to look past the app."""
    return boto3.client(
        "dynamodb",
        endpoint_url=engine_url,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )


class NotedCalls(Client):
    """The app's own connection, which tells whoever asks what it is called for."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._told: list[Callable[[str, dict[str, Any]], None]] = []

    def call(self, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        for tell in self._told:
            tell(operation, asked)
        return self._client.call(operation, asked)

    @contextmanager
    def noted(self, tell: Callable[[str, dict[str, Any]], None]) -> Iterator[None]:
        self._told.append(tell)
        yield
        self._told.remove(tell)


class Site:
    """An app with tables of its own. Limits are out of the way unless the test is about them."""

    def __init__(
        self,
        engine_url: str,
        folder: Path,
        environ: Mapping[str, str] = {},
        *,
        mailer: Mailer | None = None,
        breached: Callable[[str], bool] = lambda _password: False,
    ) -> None:
        defaults = {"SITE_URL": ORIGIN, "RATE_LIMIT_SCALE": "1000", **KEYS}
        self._place = {"instance_path": folder, "dynamodb_endpoint_url": engine_url}
        self._environ = {**defaults, **environ}
        self.settings = replace(load(self._environ), **self._place)
        self.clock = Clock()
        self._mailbox = Mailbox(folder / "mailbox")
        self.client = sdk(engine_url)
        self.calls = NotedCalls(connect(engine_url, local=True))
        self.prefix = f"site{next(_serial)}-{time.time_ns()}-"
        create_missing(self.calls, self.prefix)
        self.context = Context(
            settings=self.settings,
            database=Database(self.calls, self.prefix),
            mailer=mailer or self._mailbox,
            now=self.clock,
            breached=breached,
        )
        self.rewire()

    def rewire(self, **parts: Any) -> None:
        """Assembles the app anew with other parts; browsers made before keep the old one."""
        self.context = replace(self.context, **parts)
        self.app: Flask = factory.assemble(self.settings, self.context)
        cli.register(self.app)
        if self.settings.local:
            self.app.register_blueprint(mailbox.blueprint(self._mailbox.folder))

    def instance(self, **environ: str) -> Site:
        """Another process that serves the same installation, with these settings changed."""
        other = copy(self)
        other.settings = replace(load({**self._environ, **environ}), **self._place)
        other.rewire(settings=other.settings, token_keys=Remembered())
        return other

    def visitor(self) -> Visitor:
        """What asks the app, and keeps its cookies."""
        return self.app.test_client()

    def browser(self, address: str = "127.0.0.1") -> Browser:
        return Browser(self, address)

    def change_user(self, user_id: str, **changes: Any) -> None:
        """Changes a user in storage, past the API."""
        user = users.find(self.context.database, user_id)
        assert user
        users.change(self.context.database, user, self.clock(), **changes)

    def delete_user(self, user_id: str, *, actor: str | None = None) -> None:
        """Deletes a user past the API, as another instance does meanwhile."""
        user = users.find(self.context.database, user_id)
        assert user
        deletion.delete_user(self.context, Caller("", "", "", "request"), user, actor=actor)

    def make_admin(self, user_id: str) -> None:
        """As the operator does at the command line: the user's sessions end."""
        roles.change(self.context, user_id, lambda _: {"roles": (roles.ADMIN,)})

    def add_totp(self, user_id: str) -> str:
        """An authenticator app, past the API; returns its secret."""
        user = users.find(self.context.database, user_id)
        assert user
        secret = totp.begin(self.context, user).secret
        code = pyotp.TOTP(secret).at(self.clock())
        session = sessions.of_user(self.context.database, user_id)[-1]
        totp.confirm(self.context, Caller("", "", "", "request"), session, user, code)
        return secret

    def stored(self) -> list[dict[str, Any]]:
        """All items of all tables, as the engine has them."""
        names = [self.prefix + table.name for table in tables.TABLES]
        return [item for name in names for item in self.client.scan(TableName=name)["Items"]]

    def mails(self, to: str | None = None) -> list[dict[str, Any]]:
        """Newest first."""
        return [mail for mail in self._mailbox.mails() if to in (None, mail["to"])]

    def code(self, to: str) -> str:
        """The code of the newest mail to the mailbox."""
        return self.mails(to)[0]["subject"][:6]

    def token(self, to: str, view: str = "reset") -> str:
        """What the newest mail to the mailbox carries to this view of the page."""
        [link] = re.findall(rf"/#{view}/(\S+)", self.mails(to)[0]["text"])
        return str(link)


class Browser:
    """Calls under /api/v1 unless the path begins with a slash; keeps cookies, sends its origin."""

    def __init__(self, site: Site, address: str) -> None:
        self.site = site
        self.client = site.visitor()
        self.address = address

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] = {},
        **more: Any,
    ) -> TestResponse:
        if body is not None:
            more |= {"data": json.dumps(body), "content_type": "application/json"}
        origin = self.site.settings.site_url
        own = {"Origin": origin, "Sec-Fetch-Site": "same-origin", **self._edge()}
        return self.client.open(
            path if path.startswith("/") else f"/api/v1/{path}",
            base_url=origin,
            method=method,
            headers={**own, **headers},
            environ_base={"REMOTE_ADDR": self.address},
            **more,
        )

    def _edge(self) -> dict[str, str]:
        """What CloudFront adds in production."""
        secret = self.site.settings.origin_secret
        viewer = {"X-Origin-Secret": secret, "CloudFront-Viewer-Address": f"{self.address}:50123"}
        return viewer if secret else {}

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.call("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> TestResponse:
        return self.call("POST", path, body, **more)

    def put(self, path: str, body: Any = None, **more: Any) -> TestResponse:
        return self.call("PUT", path, body, **more)

    def patch(self, path: str, body: Any = None, **more: Any) -> TestResponse:
        return self.call("PATCH", path, body, **more)

    def delete(self, path: str, **more: Any) -> TestResponse:
        return self.call("DELETE", path, **more)

    def register(self, username: str = "ann", **members: Any) -> TestResponse:
        body = {"username": username, "email": f"{username}@example.com", "password": PASSWORD}
        return self.post("users", body | members)

    def verify(self, registration: TestResponse, code: str) -> TestResponse:
        return self.post(f"registrations/{registration_id(registration)}/verify", {"code": code})

    def resend(self, registration: TestResponse) -> TestResponse:
        return self.post(f"registrations/{registration_id(registration)}/resend")

    def readdress(self, registration: TestResponse, email: str) -> TestResponse:
        return self.patch(f"registrations/{registration_id(registration)}", {"email": email})

    def become(self, username: str = "ann", **members: Any) -> dict[str, Any]:
        """Registers, proves the mailbox, and is signed in; returns the user."""
        begun = self.register(username, **members)
        email = members.get("email", f"{username}@example.com")
        verified = self.verify(begun, self.site.code(email))
        assert verified.status_code == 201, verified.json
        return verified.json["user"]

    def sign_in(
        self, identifier: str = "ann", password: str = PASSWORD, **more: Any
    ) -> TestResponse:
        return self.post("sessions", {"identifier": identifier, "password": password}, **more)

    def prove(self, password: str = PASSWORD) -> TestResponse:
        """Steps up, which is good for 5 minutes."""
        return self.post("sessions/current/step-up", {"password": password})

    def forget(self, email: str = "ann@example.com") -> TestResponse:
        """Asks for a link to a new password."""
        return self.post("password-resets", {"email": email})

    def reset(self, token: str, password: str = NEW_PASSWORD) -> TestResponse:
        return self.post("password-resets/complete", {"token": token, "password": password})

    def change_password(
        self, current: str | None = PASSWORD, password: str = NEW_PASSWORD
    ) -> TestResponse:
        body = {"current_password": current, "password": password}
        return self.put("users/me/password", {k: v for k, v in body.items() if v is not None})

    def readdress_account(self, email: str) -> TestResponse:
        """Proves to be the user, and asks for a code to another address."""
        assert self.prove().status_code == 204
        return self.post("users/me/email-changes", {"email": email})

    def prove_address(self, code: str) -> TestResponse:
        return self.post("users/me/email-changes/verify", {"code": code})

    def move(self, email: str) -> str:
        """Changes the address, and returns the token by which the old mailbox can undo it."""
        old = self.get("users/me").json["email"]
        assert self.readdress_account(email).status_code == 202
        moved = self.prove_address(self.site.code(email))
        assert moved.status_code == 200, moved.json
        return self.site.token(old, "undo")

    def undo(self, token: str) -> TestResponse:
        return self.post("email-changes/undo", {"token": token})

    def change(self, body: Any, etag: str | None = None) -> TestResponse:
        """PATCH /users/me with the current ETag."""
        etag = etag or self.get("users/me").headers["ETag"]
        return self.patch("users/me", body, headers={"If-Match": etag})


def session_token(browser: Browser) -> str:
    return browser.client.get_cookie("session").value


def browser_with(site: Site, token: str) -> Browser:
    """A browser that came by somebody's session token."""
    browser = site.browser()
    browser.client.set_cookie("session", token)
    return browser


def administrator(site: Site, name: str) -> Browser:
    """An admin, signed in."""
    browser = site.browser()
    site.make_admin(browser.become(name)["id"])
    browser.sign_in(name)
    return browser


def registration_id(answer: TestResponse) -> str:
    return answer.json["registration"]["id"]


def codes(answer: TestResponse) -> list[tuple[str, str]]:
    """The pointer and code of each member that was refused."""
    return [(error["pointer"], error["code"]) for error in answer.json["errors"]]


def assert_problem(answer: TestResponse, status: int, code: str) -> None:
    """The answer is the problem with this status and code, and complete."""
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert answer.content_type == "application/problem+json"
    assert answer.json["code"] == code
    assert answer.json["status"] == status
    assert answer.json["request_id"] == answer.headers["X-Request-Id"]
    assert {"type", "title", "detail"} <= answer.json.keys()
