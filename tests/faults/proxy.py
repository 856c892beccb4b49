"""A bad connection to a service of AWS: passes calls on to its stand-in until told to break one."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from urllib.parse import urlsplit

from tests.faults.refusals import Answer, Fault, Refusal, of_dynamodb

__all__ = ["Fault", "Proxy"]

# Longer than the app waits for an answer, and less.
LATE_SECONDS = 9.0
SLOW_SECONDS = 0.1

UNHEARD = {Fault.REFUSED, Fault.CUT}


def _nothing() -> None:
    """What strikes where only the connection breaks."""


class Proxy:
    """Listens at `url`. What is answered there comes from `upstream`, or is its `refusal`."""

    def __init__(self, upstream: str, refusal: Refusal = of_dynamodb) -> None:
        self.upstream = upstream
        self.refusal = refusal
        self._lock = Lock()
        self._broken: range | None = None
        self._fault = Fault.CUT
        self._operation: str | None = None
        self._strike: Callable[[], None] = _nothing
        self._seen = 0
        self._healed = Event()
        self._server = _Server(self)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def break_from(
        self,
        call: int,
        fault: Fault,
        *,
        calls: int = 1_000,
        operation: str | None = None,
        strike: Callable[[], None] = _nothing,
    ) -> None:
        """Breaks so many calls from this one on, counted from now and from 1.

        With an operation such as `TransactWriteItems`, no other is counted or broken. Before it
        hangs up it has something else `strike` as well.
        """
        with self._lock:
            self._broken, self._fault = range(call, call + calls), fault
            self._operation, self._strike, self._seen = operation, strike, 0
            self._healed.clear()

    def heal(self) -> bool:
        """Passes everything on from now on; returns whether any call was broken."""
        with self._lock:
            broke = self._broken is not None and self._seen >= self._broken.start
            self._broken = None
            self._healed.set()
            return broke

    def fault(self, operation: str) -> Fault | None:
        """What becomes of the next call."""
        with self._lock:
            if self._broken is None or self._operation not in {None, operation}:
                return None
            self._seen += 1
            return self._fault if self._seen in self._broken else None

    def strike(self) -> None:
        self._strike()

    def wait(self, seconds: float) -> None:
        """Returns after these, or once all is healed."""
        self._healed.wait(seconds)

    @contextmanager
    def running(self) -> Iterator[Proxy]:
        thread = Thread(target=self._server.serve_forever, args=[0.01])
        thread.start()
        try:
            yield self
        finally:
            self.heal()
            self._server.shutdown()
            thread.join()
            self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, proxy: Proxy) -> None:
        self.proxy = proxy
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller that hung up needs no trace."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        operation = self.headers.get("X-Amz-Target", self.path).rpartition(".")[2]
        fault = self.server.proxy.fault(operation)
        refusal = self.server.proxy.refusal(fault, operation, json.loads(body))
        if refusal:
            if fault is Fault.FAILED_LATE:
                self._passed_on(body)
            self._answer(refusal)
        elif fault in UNHEARD:
            self._hang_up(fault)
        else:
            self._answer_after(fault, body)

    def _hang_up(self, fault: Fault | None) -> None:
        self.server.proxy.strike()
        if fault is Fault.REFUSED:
            # Nothing is left to be sent, and nobody waits for it: the other end gets a RST.
            now = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)
        self.close_connection = True

    def _answer_after(self, fault: Fault | None, body: bytes) -> None:
        """What becomes of a call that is carried out."""
        answer = self._passed_on(body)
        match fault:
            case Fault.LOST:
                self._hang_up(fault)
                return
            case Fault.LATE:
                self.server.proxy.wait(LATE_SECONDS)
            case Fault.SLOW:
                self.server.proxy.wait(SLOW_SECONDS)
            case Fault.REPLAYED:
                self._passed_on(body)
        self._answer(answer)

    def _passed_on(self, body: bytes) -> Answer:
        upstream = HTTPConnection(urlsplit(self.server.proxy.upstream).netloc, timeout=10)
        try:
            upstream.request("POST", self.path, body, dict(self.headers))
            answer = upstream.getresponse()
            return Answer(answer.status, answer.read())
        except (OSError, HTTPException):
            self.close_connection = True
            raise
        finally:
            upstream.close()

    def _answer(self, answer: Answer) -> None:
        lines = [
            f"HTTP/1.1 {answer.status} -",
            "Content-Type: application/x-amz-json-1.0",
            f"Content-Length: {len(answer.body)}",
            *(f"{name}: {value}" for name, value in answer.headers.items()),
        ]
        self.wfile.write("\r\n".join([*lines, "\r\n"]).encode() + answer.body)
