"""Another service, to which webhooks go: a real server that answers as it is told."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from threading import Event, Thread
from typing import Any

from backend.accounts import webhooks
from backend.accounts.context import Caller
from backend.accounts.webhooks import Delivered
from tests.support import Site

OPERATOR = Caller("", "flask", "", "")
SECRET = "whsec_" + base64.b64encode(b"a secret of 32 bytes for a test.").decode()
NEW_SECRET = "whsec_" + base64.b64encode(b"another secret for the receiver.").decode()


@dataclass(frozen=True)
class Call:
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def timestamp(self) -> int:
        return int(self.headers["webhook-timestamp"])

    def signed_with(self, secret: str) -> bool:
        """As Standard Webhooks has a receiver check it."""
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = b".".join([self.id.encode(), str(self.timestamp).encode(), self.body])
        wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        return f"v1,{wanted}" in self.headers["webhook-signature"].split(" ")


@dataclass
class Receiver:
    """`answers` are statuses for the next calls, then it is 204; while `held`, nobody is answered.

    `seeing` runs at each call, before its answer.
    """

    port: int = 0
    calls: list[Call] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    held: Event = field(default_factory=Event)
    released: Event = field(default_factory=Event)
    arrived: SimpleQueue[Call] = field(default_factory=SimpleQueue)
    seeing: Callable[[], None] = lambda: None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?for=accounts"

    @property
    def settings(self) -> dict[str, str]:
        return {"WEBHOOK_URL": self.url, "WEBHOOK_SECRET": SECRET}

    @property
    def types(self) -> list[str]:
        return [call.json["type"] for call in self.calls]

    def take(self, call: Call) -> int:
        self.calls.append(call)
        self.arrived.put(call)
        self.seeing()
        if self.held.is_set():
            self.released.wait()
        return self.answers.pop(0) if self.answers else 204

    @contextmanager
    def running(self) -> Iterator[Receiver]:
        """Listens on its port, or on a free one that is its own from then on."""
        server = ThreadingHTTPServer(("127.0.0.1", self.port), _handler(self))
        server.daemon_threads = True
        self.port = server.server_port
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield self
        finally:
            self.released.set()
            server.shutdown()
            thread.join()
            server.server_close()


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            call = Call(self.command, self.path, headers, self.rfile.read(length))
            self.send_response(receiver.take(call))
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_POST = do_GET  # noqa: N815 - the server's own name

        def log_message(self, *_arguments: Any) -> None:
            pass

    return Handler


def deliver(site: Site) -> Delivered:
    """As the schedule does each minute."""
    return webhooks.deliver(site.context, until=site.clock(), seconds=60)
