"""The local database: `roto-server` as a child of the app, on a free port, behind a lock file."""

import atexit
import fcntl
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

HOST = "127.0.0.1"
KEEPER = Path(__file__).with_name("keeper.py")
START_LIMIT = 10.0
STOP_LIMIT = 5.0
PORTS_TRIED = 3


class EngineError(Exception):
    """The engine cannot be started; the text says what to do."""


@dataclass(frozen=True)
class Engine:
    url: str
    data: Path
    process: subprocess.Popen[bytes] = field(repr=False)
    owner: int = field(default_factory=os.getpid, repr=False)

    @property
    def pid(self) -> int:
        return self.process.pid

    def stop(self) -> None:
        """End the engine and wait for it; in a forked child of the app, do nothing."""
        if os.getpid() != self.owner:
            return
        atexit.unregister(self.stop)
        with self.process:  # closes the pipe, so that the watcher goes too
            self.process.terminate()
            try:
                self.process.wait(STOP_LIMIT)
            except subprocess.TimeoutExpired:
                self.process.kill()


def reach(data: Path) -> str:
    """The URL of the engine that runs on this folder, or else of one that ends with this process.

    Raises EngineError.
    """
    return _running(data.resolve()) or start(data).url


def start(data: Path) -> Engine:
    """Start the engine on this folder, and return once it answers; it ends with this process."""
    executable = _executable()
    data = data.resolve()
    data.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    data.mkdir(mode=0o700, exist_ok=True)
    log = data.with_name("engine.log")
    # Closed here and inherited by the engine: data stay locked for as long as they may be written.
    with data.with_name("engine.lock").open("a+") as lock:
        _claim(lock, data)
        for _ in range(PORTS_TRIED):
            engine = _launch(executable, data, lock, log)
            problem = _problem(engine, log)
            if not problem:
                return engine
            engine.stop()
            if "Address already in use" not in log.read_text(errors="replace"):
                break
    last_lines = "\n".join(log.read_text(errors="replace").splitlines()[-10:])
    raise EngineError(f"The local database {problem}. The end of its log, {log}:\n{last_lines}")


def _executable() -> str:
    beside_python = str(Path(sys.executable).parent)
    found = shutil.which("roto-server", path=beside_python) or shutil.which("roto-server")
    if not found:
        raise EngineError(
            "The local database, roto-server, is not installed. Install the local set with "
            "`make run`, or set DYNAMODB_ENDPOINT_URL to a DynamoDB that is already running."
        )
    return found


def _running(data: Path) -> str | None:
    lock = data.with_name("engine.lock")
    if not lock.exists():
        return None
    with lock.open() as held:
        try:
            fcntl.flock(held, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _written(held, data)
    return None


def _written(held: TextIO, data: Path) -> str:
    """The URL in a lock file, which its holder may be about to write."""
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline:
        held.seek(0)
        with suppress(ValueError):
            url: str = json.load(held)["url"]
            return url
        time.sleep(0.01)
    raise EngineError(f"The data in {data} are in use by a process that does not say where.")


def _claim(lock: TextIO, data: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        try:
            holder = "process {pid} (engine at {url}, process {engine})".format_map(json.load(lock))
        except ValueError:
            holder = "a process that is just starting"
        raise EngineError(
            f"The data in {data} is in use by {holder}. "
            "Stop that one, or set INSTANCE_PATH to another folder."
        ) from None
    lock.truncate(0)  # an earlier holder's number would mislead


def _launch(executable: str, data: Path, lock: TextIO, log: Path) -> Engine:
    port = _free_port()
    command = [executable, "--host", HOST, "--port", str(port), "--data-dir", str(data)]
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603  no shell, and nothing a visitor wrote
            [sys.executable, "-IS", str(KEEPER), str(lock.fileno()), *command, "--durable"],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=os.environ | {"NO_COLOR": "1", "RUST_LOG": "info"},
            pass_fds=[lock.fileno()],
            start_new_session=True,  # Ctrl-C is the app's: it may have a last request to answer
        )
    engine = Engine(f"http://{HOST}:{port}", data, process)
    atexit.register(engine.stop)
    lock.truncate(0)
    json.dump({"pid": engine.owner, "engine": engine.pid, "url": engine.url}, lock)
    lock.flush()
    return engine


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _problem(engine: Engine, log: Path) -> str:
    """What keeps the engine from answering; empty as soon as it answers."""
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline:
        if engine.process.poll() is not None:
            return f"ended at once, with exit code {engine.process.returncode}"
        # Its own log comes first: on a port that was snatched, somebody else would answer.
        if f"listening on {engine.url} " in log.read_text(errors="replace") and _answers(engine):
            return ""
        time.sleep(0.01)
    return f"did not answer at {engine.url} within {START_LIMIT:.0f} seconds"


def _answers(engine: Engine) -> bool:
    connection = http.client.HTTPConnection(engine.url.removeprefix("http://"), timeout=1)
    headers = {
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": "DynamoDB_20120810.ListTables",
        # Names the service; the engine checks no signature.
        "Authorization": "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/"
        "aws4_request, SignedHeaders=host, Signature=local",
    }
    try:
        connection.request("POST", "/", b"{}", headers)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
