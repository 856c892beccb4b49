"""Whether a password is known from a breach, asked without giving it away.

Only the first five digits of its SHA-1 leave the machine (k-anonymity, as the range API of Have I
Been Pwned has it); the answer lists all known endings.
"""

from __future__ import annotations

import hashlib
import logging
import urllib.request
from collections.abc import Callable
from typing import Final

logger = logging.getLogger(__name__)

PREFIX: Final = 5
TIMEOUT_SECONDS: Final = 1.5


def breach_check(url: str) -> Callable[[str], bool]:
    """A check against the service at `url`; where there is none, every password passes."""
    if not url:
        return lambda _password: False
    return lambda password: _is_listed(url, password)


def _is_listed(url: str, password: str) -> bool:
    digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
    request = urllib.request.Request(  # noqa: S310 - the settings allow http and https only
        f"{url}/{digest[:PREFIX]}", headers={"Add-Padding": "true", "User-Agent": "latchstring"}
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
            lines = answer.read().decode("ascii").split()
    except (OSError, ValueError) as error:
        # Fails open: that somebody can register matters more than this check beyond our own list.
        logger.warning("breach check not answered", extra={"reason": type(error).__name__})
        return False
    known = dict(line.split(":") for line in lines if line.count(":") == 1)
    return int(known.get(digest[PREFIX:], "0")) > 0
