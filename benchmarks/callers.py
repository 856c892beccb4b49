"""An installation over an engine with users in it, and callers who go through all flows."""

from __future__ import annotations

import random
import secrets
import shutil
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from argon2 import PasswordHasher
from flask import Flask
from werkzeug.test import TestResponse

from backend.accounts.context import Context
from backend.app import assemble
from backend.aws.service import Service
from backend.mail.message import Message
from backend.settings import Settings
from backend.storage.client import LOCAL, Client
from backend.storage.database import Database
from benchmarks.engines import engine
from benchmarks.filling import LETTERS, Filling
from benchmarks.peers import PASSWORD
from benchmarks.report import Note

# Of all that is filled, so that what is filled is the same each time.
SALT: Final = bytes(16)
OURS: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
SMALLEST: Final = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
HASHERS: Final = (OURS, SMALLEST)
ENVIRON: Final = {
    "SITE_URL": "http://localhost",
    "RATE_LIMIT_SCALE": "100000",
    "SIGNING_KEY": "5" * 64,
    "LOOKUP_KEY": "1" * 64,
}


@dataclass(frozen=True)
class Sample:
    """One request: milliseconds until its answer, and those of them that the database took."""

    answer: float
    database: float


class TimedClient(Client):
    """A connection that knows how long its calls have taken, for each thread by itself."""

    def __init__(self, service: Service) -> None:
        super().__init__(service)
        self._local = threading.local()

    @property
    def taken(self) -> Counter[str]:
        """Seconds by operation."""
        self._local.__dict__.setdefault("taken", Counter())
        return self._local.taken

    def call(self, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        began = time.perf_counter()
        try:
            return super().call(operation, asked)
        finally:
            self.taken[operation] += time.perf_counter() - began


class Letters:
    """A mail service that is as fast as one can be; holds the newest code for each mailbox."""

    def __init__(self) -> None:
        self.codes: dict[str, str] = {}

    def send(self, message: Message) -> None:
        self.codes[message.to] = message.subject[:6]


@dataclass(frozen=True)
class Installation:
    """The app over an engine with so many users in it."""

    name: str
    users: int
    filling: Filling
    app: Flask
    url: str
    client: TimedClient
    letters: Letters


class Caller:
    """Somebody with a browser and an address of their own, who goes through all flows once."""

    def __init__(self, installation: Installation, hasher: int) -> None:
        self._at, self._hasher = installation, hasher
        self._client = installation.app.test_client()
        self._address = ".".join(["10", *(str(random.randrange(256)) for _ in range(3))])
        self.samples: dict[str, Sample] = {}

    def go(self) -> dict[str, Sample]:
        """Registers as somebody new; then signs in as somebody who was there."""
        name = f"{random.choice(LETTERS)}{secrets.token_hex(8)}"
        body = {"username": name, "email": f"{name}@example.com", "password": PASSWORD}
        begun = self._timed("register", 202, "POST", "users", body)
        path = f"registrations/{begun.json['registration']['id']}/verify"
        code = {"code": self._at.letters.codes.pop(body["email"])}
        self._timed("verify", 201, "POST", path, code)
        self._client = self._at.app.test_client()
        who = {"identifier": self._anybody(), "password": PASSWORD}
        self._timed("sign in", 201, "POST", "sessions", who)
        self._timed("me", 200, "GET", "users/me")
        self._timed("sign out", 204, "DELETE", "sessions/current")
        return self.samples

    def _anybody(self) -> str:
        """Any of those who were filled in, by a password of the hasher in use."""
        some = random.randrange(self._at.users // len(HASHERS))
        return self._at.filling.person(some * len(HASHERS) + self._hasher).email

    def _timed(
        self, flow: str, status: int, method: str, path: str, body: dict[str, str] | None = None
    ) -> Any:
        self._at.client.taken.clear()
        began = time.perf_counter()
        answer: TestResponse = self._client.open(
            f"/api/v1/{path}",
            method=method,
            json=body,
            environ_base={"REMOTE_ADDR": self._address},
        )
        ended = time.perf_counter()
        if answer.status_code != status:
            raise RuntimeError(f"{flow} answers {answer.status_code}: {answer.get_data(True)}")
        database = self._at.client.taken.total()
        self.samples[flow] = Sample(1000 * (ended - began), 1000 * database)
        return answer


@contextmanager
def installed(filling: Filling, name: str, users: int, note: Note) -> Iterator[Installation]:
    filled = filling.data(users, note)
    note(f"starting an engine with {users:,} users")
    with tempfile.TemporaryDirectory() as folder:
        data = shutil.copytree(filled, Path(folder) / "db")
        with engine(data) as started:
            client, letters = _client(started.url), Letters()
            app = assemble(filling.settings, _context(filling.settings, client, letters))
            yield Installation(name, users, filling, app, started.url, client, letters)


def _client(url: str) -> TimedClient:
    service = Service(url, service="dynamodb", region="us-east-1", credentials=lambda: LOCAL)
    return TimedClient(service)


def _context(settings: Settings, client: Client, letters: Letters) -> Context:
    return Context(
        settings=settings,
        database=Database(client, settings.table_prefix),
        mailer=letters,
        now=lambda: int(time.time()),
        breached=lambda _password: False,
    )


def database_of(one: Installation) -> Database:
    return Database(one.client, one.filling.settings.table_prefix)
