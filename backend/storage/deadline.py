"""How long a request may go on.

The SDK's own limits are per call (three tries of a second to connect and two to read); a request
makes several calls, so the whole of it has a limit too, well under API Gateway's 29 seconds.
"""

from __future__ import annotations

import math
import time
from contextvars import ContextVar
from typing import Final

REQUEST_SECONDS: Final = 8.0

_ends: ContextVar[float | None] = ContextVar("deadline", default=None)


def begin() -> None:
    """Gives what runs in this context from now on `REQUEST_SECONDS`."""
    _ends.set(time.monotonic() + REQUEST_SECONDS)


def end() -> None:
    """What comes after the request has all the time it wants."""
    _ends.set(None)


def left() -> float:
    """Seconds; without end outside of a request, and negative once its time has passed."""
    ends = _ends.get()
    return math.inf if ends is None else ends - time.monotonic()


def passed() -> bool:
    return left() < 0
