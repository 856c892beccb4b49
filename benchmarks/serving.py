"""A peer while it serves: started, asked, watched, ended."""

from __future__ import annotations

import http.client
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from benchmarks import environments
from benchmarks.callers import ENVIRON
from benchmarks.engines import Engine, engine
from benchmarks.peers import LATCHSTRING, Answer, Peer, Request
from tests.servers import free_port

START_LIMIT: Final = 60.0
PARAMETERS: Final = b"$argon2id$v=19$m=19456,t=2,p=1"


class NotStarted(Exception):
    """The reason, in one line."""


@dataclass(frozen=True)
class Usage:
    """What a tree of processes has used: seconds of CPU, bytes of memory."""

    seconds: float
    memory: int


@dataclass(frozen=True)
class Server:
    peer: Peer
    port: int
    process: subprocess.Popen[bytes]
    folder: Path
    engine: Engine | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def placed(self, request: Request) -> Request:
        """The request with this server's port where PORT stands."""
        headers = {
            name: value.replace("PORT", str(self.port)) for name, value in request.headers.items()
        }
        return Request(request.method, request.path, headers, request.body)

    def ask(self, request: Request) -> Answer:
        request = self.placed(request)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(request.method, request.path, request.body or None, request.headers)
        got = connection.getresponse()
        answer = Answer(got.status, got.headers, got.read().decode())
        connection.close()
        return answer

    def check_hashes(self) -> None:
        """Looks at what is stored. Raises NotStarted where other parameters were used than ours."""
        stored = b"".join(file.read_bytes() for file in self.folder.rglob("*") if file.is_file())
        found = set(re.findall(rb"\$argon2id\$v=19\$m=\d+,t=\d+,p=\d+", stored))
        if found != {PARAMETERS}:
            told = b", ".join(sorted(found)).decode() or "no Argon2id"
            raise NotStarted(f"it hashes with {told}")

    def usage(self) -> Usage:
        return _usage(self.process)

    def engine_usage(self) -> Usage:
        return _usage(self.engine.process) if self.engine else Usage(0, 0)


@contextmanager
def serving(peer: Peer) -> Iterator[Server]:
    """Raises NotInstalled or NotStarted."""
    with tempfile.TemporaryDirectory() as folder:
        programs = environments.node(peer.folder) if peer.node else environments.python(peer)
        where = programs if peer.node else peer.folder
        port = free_port()
        environ = {
            **os.environ,
            "DATABASE": f"{folder}/database",
            "PORT": str(port),
            "PYTHONPATH": str(environments.ROOT),
        }
        with ExitStack() as stack:
            database = None
            if peer.database:
                database = stack.enter_context(engine(Path(folder) / "db"))
                environ |= {"DYNAMODB_ENDPOINT_URL": database.url}
            if peer is LATCHSTRING:
                environ |= {**ENVIRON, "SITE_URL": f"http://127.0.0.1:{port}"}
            _prepare(peer, programs, where, environ)
            log = Path(folder) / "log"
            command = [part.replace("PORT", str(port)) for part in peer.serve]
            with log.open("wb") as output:
                process = subprocess.Popen(
                    _command(programs, command),
                    cwd=where,
                    env=environ,
                    stdout=output,
                    stderr=output,
                )
            stack.callback(_end, process)
            _wait(process, port, log)
            yield Server(peer, port, process, Path(folder), database)


def _command(programs: Path, command: list[str]) -> list[str]:
    own = programs / command[0]
    return [str(own) if own.exists() else command[0], *command[1:]]


def _prepare(peer: Peer, programs: Path, where: Path, environ: dict[str, str]) -> None:
    if not peer.prepare:
        return
    try:
        subprocess.run(
            _command(programs, list(peer.prepare)),
            cwd=where,
            env={**environ, "PREPARE": "yes"},
            check=True,
            capture_output=True,
            text=True,
            timeout=START_LIMIT,
        )
    except subprocess.SubprocessError as failure:
        raise NotStarted(environments.last_line(failure)) from None


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Until the peer answers, whatever it says."""
    deadline = time.monotonic() + START_LIMIT
    while process.poll() is None and time.monotonic() < deadline:
        if _answers(port):
            return
        time.sleep(0.05)
    told = log.read_text(errors="replace").strip().splitlines()
    raise NotStarted(told[-1] if told else "it ended without a word")


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with suppress(OSError, http.client.HTTPException), closing(connection):
        connection.request("GET", "/")
        connection.getresponse().read()
        return True
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends the process and all that it has started."""
    with suppress(psutil.NoSuchProcess):
        tree = [psutil.Process(process.pid)]
        tree += tree[0].children(recursive=True)
        for one in tree:
            with suppress(psutil.NoSuchProcess):
                one.terminate()
        for one in psutil.wait_procs(tree, timeout=5)[1]:
            one.kill()
    process.wait()


def _usage(process: subprocess.Popen[bytes]) -> Usage:
    seconds, memory = 0.0, 0
    root = psutil.Process(process.pid)
    for one in [root, *root.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):
            times = one.cpu_times()
            seconds += times.user + times.system
            memory += one.memory_full_info().uss
    return Usage(seconds, memory)
