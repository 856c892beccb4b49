"""What the rules work with; the app factory puts it together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from backend.mail.message import Mailer
from backend.settings import Settings
from backend.storage.database import Database
from backend.storage.token_keys import Remembered


@dataclass(frozen=True)
class Context:
    """`now` gives seconds since 1970, `breached` whether a password is known from a breach."""

    settings: Settings
    database: Database
    mailer: Mailer
    now: Callable[[], int]
    breached: Callable[[str], bool]
    token_keys: Remembered = field(default_factory=Remembered)


@dataclass(frozen=True)
class Caller:
    """Who asks, as far as it can be known without a session."""

    ip_prefix: str
    user_agent: str
    device_cookie: str
    request_id: str
