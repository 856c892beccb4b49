"""Turns at hashing: no more at once than there are cores, however many requests ask.

A hash takes a core and 19 MiB while it is made, and some from other systems 128 MiB. More at once
would make all of them slower, and take memory without bound.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Semaphore
from typing import Final

from backend.storage import deadline
from backend.storage.database import Unavailable

# Whoever would wait longer is better told to come again.
PATIENCE_SECONDS: Final = 2.0


def cores() -> int:
    """How many this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


_turns: Final = Semaphore(cores())


@contextmanager
def turn() -> Iterator[None]:
    """Raises Unavailable where no turn comes in time, or the request has none left."""
    patience = min(PATIENCE_SECONDS, deadline.left())
    if patience <= 0 or not _turns.acquire(timeout=patience):
        raise Unavailable("no turn at hashing")
    try:
        yield
    finally:
        _turns.release()
