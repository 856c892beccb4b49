"""An installation whose app is a process of its own, which is killed and started again."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterable
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from socket import create_server
from threading import Lock
from typing import Any, Final

from flask import Response
from werkzeug import Request
from werkzeug.test import Client

from tests.faults import app_process
from tests.faults.app_process import Installation
from tests.support import Clock, Site

END_LIMIT: Final = 10.0

# Each process is forked from one that has loaded the app, and is there at once.
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload([app_process.__name__])


class CutOff(Exception):
    """Whoever asked gets no answer."""


class SharedClock(Clock):
    """Stands in a file, for other processes to read."""

    def __init__(self, file: Path) -> None:
        self.file = file
        super().__init__()

    @property
    def now(self) -> int:
        return int(self.file.read_text(encoding="ascii"))

    @now.setter
    def now(self, seconds: int) -> None:
        self.file.write_text(str(seconds), encoding="ascii")


class ServedSite(Site):
    """Whoever visits it asks the process by HTTP; what is past the API goes on in this one."""

    def __init__(self, engine_url: str, folder: Path) -> None:
        super().__init__(engine_url, folder)
        self.clock = SharedClock(folder / "clock")
        self.rewire(now=self.clock)
        self._installation = Installation(self.settings, self.prefix, self.clock.file)
        # Whoever comes between two processes waits here.
        self._listening = create_server(("127.0.0.1", 0))
        self._lock = Lock()
        self.start()

    def start(self) -> None:
        with self._lock:
            self._process = _processes.Process(
                target=app_process.serve, args=(self._listening, self._installation), daemon=True
            )
            self._process.start()

    def kill(self) -> None:
        with self._lock:
            self._process.kill()
            self._process.join(END_LIMIT)
            assert self._process.exitcode == -signal.SIGKILL

    def close(self) -> None:
        self.kill()
        self._listening.close()

    def visitor(self) -> Client:
        return Client(self._ask, Response)

    def _ask(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Passes a request on to the process. Raises CutOff."""
        request = Request(environ)
        port = self._listening.getsockname()[1]
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request(
                request.method,
                environ["REQUEST_URI"],
                request.get_data(),
                dict(request.headers),
            )
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, HTTPException) as failure:
            raise CutOff from failure
        finally:
            connection.close()
        start_response(f"{answer.status} {answer.reason}", answer.getheaders())
        return [body]
