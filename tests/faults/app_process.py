"""The app as a process that can be killed: over the database, the mailbox and the clock of a site.

It needs nothing of the tests, so that a process from which it is forked is ready soon.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from socket import socket
from unittest import mock

from werkzeug.serving import WSGIRequestHandler, make_server

from backend.accounts import verifiers
from backend.accounts.context import Context
from backend.app import assemble
from backend.mail.mailbox import Mailbox
from backend.settings import Settings
from backend.storage.client import connect
from backend.storage.database import Database
from tests.hashing import CHEAP


@dataclass(frozen=True)
class Installation:
    """What the process serves. The file `clock` has the time, in seconds since 1970."""

    settings: Settings
    table_prefix: str
    clock: Path

    def now(self) -> int:
        return int(self.clock.read_text(encoding="ascii"))


def serve(listening: socket, installation: Installation) -> None:
    """Answers at the socket until it is killed; as in other tests of faults, nobody waits."""
    server = make_server(
        "127.0.0.1",
        0,
        assemble(installation.settings, _context(installation)),
        threaded=True,
        request_handler=_Quiet,
        fd=listening.fileno(),
    )
    with (
        mock.patch.object(time, "sleep"),
        mock.patch.object(verifiers, "_hasher", CHEAP),
    ):
        server.serve_forever()


def _context(installation: Installation) -> Context:
    settings = installation.settings
    client = connect(settings.dynamodb_endpoint_url, local=True)
    return Context(
        settings=settings,
        database=Database(client, installation.table_prefix),
        mailer=Mailbox(settings.instance_path / "mailbox"),
        now=installation.now,
        breached=lambda _password: False,
    )


class _Quiet(WSGIRequestHandler):
    def log(self, *_line: object) -> None:
        """Whoever asks sees what is answered."""
