"""Servers for tests: a free port, waiting for one that starts, and one that answers as told."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import socket
from threading import Thread
from urllib.error import HTTPError
from urllib.request import urlopen

Handler = BaseHTTPRequestHandler

START_LIMIT = 20.0


def free_port() -> int:
    """A port at which nobody listens."""
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str) -> None:
    """Returns with the first answer, whatever it is."""
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline:
        try:
            urlopen(url, timeout=1).close()
        except HTTPError:
            return
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise TimeoutError(url)


@contextmanager
def serving(answer: Callable[[Handler], None]) -> Iterator[str]:
    """The address of a server that answers every call so."""

    class Server(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def do_POST(self) -> None:
            answer(self)

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    thread = Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
