"""`flask` as somebody types it, in a process of its own and without this machine's settings."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from backend.settings import listed
from tests.servers import free_port

ROOT = Path(__file__).parents[2]
LIMIT = 30.0
GIVEN_BY_AWS = {"AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE"}


def flask(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """A command that ends by itself."""
    command = [sys.executable, "-m", "flask", *arguments]
    return subprocess.run(
        command,
        cwd=ROOT,
        env=environment(environ),
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )


def assert_refused(ended: subprocess.CompletedProcess[str], *parts: str) -> None:
    """The command failed and said so in one sentence for people."""
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert ended.stderr.startswith("Error: ")
    assert "Traceback" not in ended.stderr
    for part in parts:
        assert part in ended.stderr


@dataclass(frozen=True)
class Server:
    """`flask run`, as it runs on a folder and a port."""

    process: subprocess.Popen[bytes]
    port: int
    instance: Path
    log: Path

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def output(self) -> str:
        return self.log.read_text()

    def call(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, dict[str, str], str]:
        """Status, headers and body of an answer."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            content = {} if body is None else {"Content-Type": "application/json"}
            sent = None if body is None else json.dumps(body)
            connection.request(method, path, sent, {**content, **headers})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read().decode()
        finally:
            connection.close()

    def mails(self) -> list[dict[str, Any]]:
        _, _, text = self.call("GET", "/dev/mailbox", Accept="application/json")
        items: list[dict[str, Any]] = json.loads(text)["items"]
        return items

    def answers(self) -> bool:
        try:
            return self.call("GET", "/api/v1/health")[0] == 200
        except OSError:
            return False

    def engine(self) -> dict[str, Any]:
        """Who holds the data: the engine's process and address."""
        held: dict[str, Any] = json.loads((self.instance / "engine.lock").read_text())
        return held

    def interrupt(self) -> int:
        """Ctrl-C: a terminal sends it to the whole group. Returns the exit code."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(LIMIT)

    def terminate(self) -> int:
        self.process.terminate()
        return self.process.wait(LIMIT)


@contextmanager
def serving(
    instance: Path, *options: str, port: int | None = None, **environ: str
) -> Iterator[Server]:
    """`flask run`, answering; ended in the end if it is not yet."""
    port = port or free_port()
    own = {"INSTANCE_PATH": str(instance), "FLASK_RUN_PORT": str(port)}
    log = instance.with_name(f"{instance.name}-{port}.log")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "flask", "run", *options],
            cwd=ROOT,
            env=environment({**own, **environ}),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = Server(process, port, instance, log)
    try:
        wait_until(lambda: server.answers() or process.poll() is not None)
        assert process.poll() is None, server.output
        yield server
    finally:
        if process.poll() is None:
            server.interrupt()


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LIMIT
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def group_runs(group: int) -> bool:
    """Whether a process of this group still runs, be it only the watcher of an engine."""
    command = ["ps", "-A", "-o", "pgid=", "-o", "stat="]
    table = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    processes = [line.split() for line in table.splitlines()]
    return any(int(number) == group and state[0] != "Z" for number, state in processes)


def environment(own: dict[str, str]) -> dict[str, str]:
    unset = {entry.name for _, entry in listed()} | GIVEN_BY_AWS
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in unset and not name.startswith("FLASK_")
    }
    return {**kept, **own}
