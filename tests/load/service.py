"""The app under a production server, two processes of many threads, over a real engine."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from backend.accounts.turns import cores
from backend.settings import listed
from backend.storage.client import connect
from backend.storage.creation import create_missing
from tests.servers import free_port, wait_for
from tests.support import KEYS

ROOT: Final = Path(__file__).parents[2]
PREFIX: Final = "latchstring-local-"
WORKERS: Final = 2
# So many threads that it is the app, and not the server before it, that has to say no.
GUNICORN: Final = (f"--workers={WORKERS}", "--threads=150", "--backlog=2048", "--no-control-socket")
STOP_LIMIT: Final = 30


@dataclass(frozen=True)
class Service:
    port: int
    engine_url: str
    letters: Path
    process: subprocess.Popen[bytes]

    def memory(self) -> int:
        """Bytes that the workers hold."""
        workers = psutil.Process(self.process.pid).children()
        return sum(int(worker.memory_info().rss) for worker in workers)

    def code(self, mailbox: str) -> str:
        return (self.letters / mailbox).read_text(encoding="utf-8")


@contextmanager
def running(engine_url: str, folder: Path) -> Iterator[Service]:
    create_missing(connect(engine_url, local=True), PREFIX)
    port, letters = free_port(), folder / "letters"
    letters.mkdir()
    # Nothing of this machine's settings reaches the app.
    environ = {name: value for name, value in os.environ.items() if name not in _names()}
    environ |= {
        **KEYS,
        "DYNAMODB_ENDPOINT_URL": engine_url,
        "LETTERS": str(letters),
        # Or glibc keeps the memory of a hash, 19 MiB, for each of many threads that once made one.
        "MALLOC_ARENA_MAX": str(cores()),
        "RATE_LIMIT_SCALE": "100000",
        "SITE_URL": f"http://127.0.0.1:{port}",
    }
    command = [sys.executable, "-m", "gunicorn", f"--bind=127.0.0.1:{port}", *GUNICORN]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "tests.load.app:app"], cwd=ROOT, env=environ, stdout=log, stderr=log
        )
    try:
        wait_for(f"http://127.0.0.1:{port}/api/v1/health")
        yield Service(port, engine_url, letters, process)
    finally:
        process.terminate()
        process.wait(STOP_LIMIT)


def _names() -> set[str]:
    return {setting.name for _, setting in listed()}
