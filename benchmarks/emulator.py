"""One start of a function under AWS's own runtime client and interface emulator, and its calls."""

from __future__ import annotations

import re
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final

import psutil

from tests.deploy.runtime import RIE, SECRET, Function, serve

REGION: Final = "us-east-1"
# All that production needs, so that a start asks nobody.
ENVIRON: Final = {
    "STAGE": "prod",
    "SITE_URL": "https://accounts.example.com",
    "MAIL_FROM": "accounts@example.com",
    "RATE_LIMIT_SCALE": "100000",
    "SIGNING_KEY": "5" * 64,
    "LOOKUP_KEY": "1" * 64,
    "ORIGIN_SECRET": SECRET,
    "AWS_ACCESS_KEY_ID": "nobody",
    "AWS_SECRET_ACCESS_KEY": "nothing",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
    # Nobody listens there: whatever a function calls, nothing leaves this machine.
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    # As in Lambda, where the function's folder cannot be written to.
    "PYTHONDONTWRITEBYTECODE": "1",
}
INIT: Final = re.compile(r"INIT REPORT\(durationMs: ([0-9.]+)\)")
CALL: Final = re.compile(r"INVOKE RTDONE\(status: success, .*duration: ([0-9.]+)ms\)")
PEAK: Final = re.compile(r"VmHWM:\s+([0-9]+) kB")
PATH: Final = "/api/v1/users/me"
# Of Flask and the bare handler, and of ours, which knows no session.
ANSWERS: Final = {HTTPStatus.OK, HTTPStatus.UNAUTHORIZED}
WARM: Final = 20


class NotStarted(Exception):
    """The reason, in one line."""


@dataclass(frozen=True)
class Start:
    """Milliseconds by the clock, of CPU until the first answer; and the most bytes of memory."""

    init: float
    cpu: float
    first: float
    warm: float
    memory: float


@dataclass(frozen=True)
class Running:
    """A function and the process that runs it, once it was called."""

    function: Function

    def cpu(self) -> float:
        """Seconds, so far."""
        return sum(sum(one.cpu_times()[:2]) for one in self._processes())

    def memory(self) -> float:
        """Bytes, at the most so far."""
        states = [Path(f"/proc/{one.pid}/status").read_text() for one in self._processes()]
        return sum(1024 * int(PEAK.search(state)[1]) for state in states)  # type: ignore[index]

    def durations(self) -> list[float]:
        """Milliseconds of each call, as the emulator has them."""
        return [float(found) for found in CALL.findall(self.function.log.read_text())]

    def _processes(self) -> list[psutil.Process]:
        mine = psutil.Process().children(recursive=True)
        return [one for one in mine if "awslambdaric" in " ".join(one.cmdline()[:4])]


@contextmanager
def running(folder: Path, **environ: str) -> Iterator[Running]:
    with tempfile.TemporaryDirectory() as temporary:
        log = Path(temporary) / "log"
        with serve(folder, {**ENVIRON, **environ}, log, "http") as function:
            yield Running(function)


def start(folder: Path) -> Start:
    """One start, its first call and others after it. Raises NotStarted."""
    if not RIE.exists():
        raise NotStarted("the emulator is not installed: `make .venv/rie/installed` does it")
    with running(folder) as one:
        began = _init(one.function)
        cpu = one.cpu()
        for _ in range(WARM):
            one.function.call("GET", PATH)
        first, *others = one.durations()
        return Start(began, 1000 * cpu, first, statistics.median(others), one.memory())


def _init(function: Function) -> float:
    """Milliseconds until the function could take its first call, which this makes."""
    with suppress(AssertionError):  # A function that fails has no status.
        first = function.call("GET", PATH)
        began = INIT.search(function.log.read_text())
        if began and first.status in ANSWERS:
            return float(began[1])
    lines = function.lines() or ["it said nothing"]
    raise NotStarted(lines[-1][:200])
