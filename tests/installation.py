"""A real installation for a browser to visit: `flask run` on a folder and a port of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backend.settings import listed
from tests.servers import free_port

ROOT = Path(__file__).parents[1]
START_LIMIT = 30.0
STOP_LIMIT = 10.0


@dataclass
class Installation:
    folder: Path
    environ: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def _environ(self) -> dict[str, str]:
        # Empty is unset: neither this machine's settings nor an .env file reach the installation.
        unset = {setting.name: "" for _, setting in listed()}
        own = {"INSTANCE_PATH": str(self.folder / "instance"), "FLASK_RUN_PORT": str(self.port)}
        return {**os.environ, **unset, **own, **self.environ}

    def start(self) -> None:
        log = self.folder / "flask.log"
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "flask", "run"],
                cwd=ROOT,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + START_LIMIT
        while not answers(f"{self.url}/api/v1/health"):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"flask run does not answer:\n{log.read_text()}")
            time.sleep(0.02)

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait(STOP_LIMIT)
            self.process = None

    def command(self, *words: str) -> None:
        """What the operator types after `flask`, beside the server that runs."""
        done = subprocess.run(
            [sys.executable, "-m", "flask", *words],
            cwd=ROOT,
            env=self._environ,
            capture_output=True,
            text=True,
            timeout=START_LIMIT,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    def mails(self, to: str) -> list[dict[str, Any]]:
        """What the local mailbox holds for the address, newest first."""
        asked = urllib.request.Request(
            f"{self.url}/dev/mailbox", headers={"Accept": "application/json"}
        )
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return [mail for mail in json.load(answer)["items"] if mail["to"] == to]

    def code(self, to: str) -> str:
        return str(self.mails(to)[0]["subject"])[:6]

    def link(self, to: str) -> str:
        """The link of the newest mail; opening it is all that somebody does with the mail."""
        words = str(self.mails(to)[0]["text"]).split()
        return next(word for word in words if word.startswith(self.url))


@contextmanager
def running(folder: Path, **environ: str) -> Iterator[Installation]:
    installation = Installation(folder, {"RATE_LIMIT_SCALE": "1000", **environ})
    installation.start()
    try:
        yield installation
    finally:
        installation.stop()


def answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=5).close()
    except OSError:
        return False
    return True
