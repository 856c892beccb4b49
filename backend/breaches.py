"""Whether a password is known from a breach, asked without giving it away.

Only the first five digits of its SHA-1 leave the machine (k-anonymity, as the range API of Have I
Been Pwned has it); the answer lists all known endings.
"""

from __future__ import annotations

import hashlib
import logging
import time
import urllib.request
from collections.abc import Callable
from http.client import HTTPException, IncompleteRead
from typing import Any, Final

logger = logging.getLogger(__name__)

PREFIX: Final = 5
TIMEOUT_SECONDS: Final = 1.5
MAX_BYTES: Final = 1024 * 1024


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Only the service that the operator named is asked."""

    def redirect_request(self, *_asked: Any) -> None:
        return None


_opener: Final = urllib.request.build_opener(_NoRedirect)


def breach_check(url: str) -> Callable[[str], bool]:
    """A check against the service at `url`; where there is none, every password passes."""
    if not url:
        return lambda _password: False
    return lambda password: _is_listed(url, password)


def _is_listed(url: str, password: str) -> bool:
    digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
    try:
        counts = _counts(f"{url}/{digest[:PREFIX]}")
    except (OSError, HTTPException, ValueError) as error:
        # Fails open: that somebody can register matters more than this check beyond our own list.
        logger.warning("breach check not answered", extra={"reason": type(error).__name__})
        return False
    return counts.get(digest[PREFIX:], 0) > 0


def _counts(url: str) -> dict[str, int]:
    """How often each ending was seen; padding has 0. Raises as `_is_listed` catches."""
    request = urllib.request.Request(  # noqa: S310 - the settings allow http and https only
        url, headers={"Add-Padding": "true", "User-Agent": "latchstring"}
    )
    deadline = time.monotonic() + TIMEOUT_SECONDS
    with _opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
        raw = b""
        while part := answer.read1():
            raw += part
            if time.monotonic() > deadline or len(raw) > MAX_BYTES:
                raise TimeoutError
        if answer.length:
            raise IncompleteRead(raw)
    lines = (line.split(":") for line in raw.decode("ascii").split())
    return {ending: int(count) for ending, count in lines}
