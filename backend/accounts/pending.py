"""What a person asks for when registering, and what they learn of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backend.accounts.identifiers import EmailAddress, Username
from backend.storage.registrations import Registration


@dataclass(frozen=True)
class NewUser:
    """Each part already judged by itself; the password in NFC.

    There is a password, or a `passkey` (an authenticator's answer, still to be judged), or both.
    """

    username: Username
    email: EmailAddress
    password: str | None
    display_name: str | None = None
    locale: str | None = None
    passkey: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Pending:
    """Times are seconds since 1970. Where the mail was not `sent`, it may be sent again at once."""

    id: str
    expires_at: int
    resend_after: int
    sent: bool

    @classmethod
    def of(cls, registration: Registration, *, sent: bool = True) -> Pending:
        return cls(registration.id, registration.expires_at, registration.resend_after, sent)
