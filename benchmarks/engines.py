"""The database engine that the parts measure with: a real one, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.servers import free_port, wait_for

STOP_LIMIT: Final = 10.0


@dataclass(frozen=True)
class Engine:
    url: str
    process: subprocess.Popen[bytes]


@contextmanager
def engine(data: Path | None = None) -> Iterator[Engine]:
    """An engine that works on this folder, or in memory alone."""
    port = free_port()
    roto = Path(sys.executable).with_name("roto-server")
    kept = ["--data-dir", str(data)] if data else ["--ephemeral"]
    process = subprocess.Popen(
        [str(roto), "--host", "127.0.0.1", "--port", str(port), *kept],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(url)
        yield Engine(url, process)
    finally:
        process.terminate()
        process.wait(STOP_LIMIT)
