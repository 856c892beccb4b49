"""What the contract speaks of, as plain data. Times are seconds since 1970."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

MINUTE, HOUR, DAY = 60, 3600, 86400
CODE_SECONDS = 10 * MINUTE
CODE_TRIES = 5
RESEND_SECONDS = MINUTE
REGISTRATION_SECONDS = 30 * MINUTE
REMEMBERED_SECONDS = DAY
CHALLENGE_SECONDS = 10 * MINUTE
CEREMONY_SECONDS = 5 * MINUTE
STEP_UP_SECONDS = 5 * MINUTE
SEEN_SECONDS = 5 * MINUTE
IDLE_SECONDS = 7 * DAY
ABSOLUTE_SECONDS = 30 * DAY
RESET_SECONDS = HOUR
UNDO_SECONDS = 72 * HOUR
REVOKED_SECONDS = DAY
RENAMED_SECONDS = MINUTE
RECOVERY_CODES = 10
MAX_PASSKEYS = 10
ADMIN = "admin"


@dataclass(eq=False)
class Letter:
    """A mail; `secret` is the code or token that it carries, known once it has come."""

    to: str
    kind: str
    secret: str = ""


@dataclass(eq=False)
class Registration:
    """`letter` carries the code in force; None where the mailbox got a notice instead."""

    username: str
    email: str
    password: str | None
    display_name: str | None
    locale: str | None
    expires_at: int
    id: str = ""
    passkey: Passkey | None = None
    letter: Letter | None = None
    code_until: int = 0
    resend_after: int = 0
    tries: int = 0
    codes: list[Letter] = field(default_factory=list)
    account: Account | None = None
    gone: bool = False


@dataclass(eq=False)
class Totp:
    made_at: int
    secret: str = ""
    confirmed: bool = False
    last_step: int = 0


@dataclass(eq=False)
class RecoveryCodes:
    made_at: int
    codes: list[str] = field(default_factory=list)
    used: list[str] = field(default_factory=list)


@dataclass(eq=False)
class Passkey:
    """`holder` names the authenticator that has the key."""

    holder: str
    created_at: int
    id: str = ""
    name: str | None = None
    last_used_at: int | None = None
    account: Account | None = None


@dataclass(eq=False)
class Ceremony:
    """WebAuthn's challenge; `subject` is who it was made for, None for anybody."""

    purpose: str
    expires_at: int
    subject: Account | str | None = None
    spent: bool = False


@dataclass(eq=False)
class EmailChange:
    email: str
    letter: Letter
    good: bool
    generation: int
    expires_at: int
    tries: int = 0


@dataclass(eq=False)
class Former:
    """An address that was left, in which version of the account, and the letter with the link."""

    account: Account
    email: str
    letter: Letter
    left_at: int
    left_in: int
    expires_at: int
    over: bool = False


@dataclass(eq=False)
class Reset:
    account: Account
    letter: Letter
    generation: int
    expires_at: int


@dataclass(eq=False)
class Session:
    account: Account
    created_at: int
    last_seen_at: int
    idle_at: int
    expires_at: int
    generation: int
    browser: str
    prefix: str
    id: str = ""
    proved_at: int = 0
    over: bool = False

    def answer(self, current: Session) -> dict[str, Any]:
        return {
            "id": The(self, "id"),
            "created_at": rfc3339(self.created_at),
            "last_seen_at": rfc3339(self.last_seen_at),
            "expires_at": rfc3339(self.idle_at),
            "user_agent": self.browser,
            "ip_prefix": self.prefix,
            "current": self is current,
        }


@dataclass(eq=False)
class Challenge:
    account: Account
    generation: int
    expires_at: int
    id: str = ""
    tries: int = 0
    over: bool = False


@dataclass(eq=False)
class Event:
    action: str
    subject: Account
    actor: Account
    at: int
    details: dict[str, Any]


@dataclass(eq=False)
class Account:
    """`generation` grows when all sessions end: what was begun in an earlier one is over.

    `version` grows with every change that its owner can see.
    """

    registration: Registration
    username: str
    email: str
    password: str | None
    display_name: str | None
    locale: str | None
    created_at: int
    updated_at: int
    email_verified_at: int
    password_changed_at: int = 0
    roles: list[str] = field(default_factory=list)
    second_factors: list[str] = field(default_factory=list)
    totp: Totp | None = None
    recovery: RecoveryCodes | None = None
    passkeys: list[Passkey] = field(default_factory=list)
    email_change: EmailChange | None = None
    former: list[Former] = field(default_factory=list)
    disabled: bool = False
    deleted: bool = False
    generation: int = 0
    version: int = 1

    @property
    def id(self) -> str:
        return self.registration.id

    @property
    def administers(self) -> bool:
        return ADMIN in self.roles and not self.disabled and not self.deleted

    def answer(self) -> dict[str, Any]:
        return {
            "id": The(self.registration, "id"),
            "username": self.username,
            "email": self.email,
            "display_name": self.display_name,
            "locale": self.locale,
            "roles": self.roles,
            "created_at": rfc3339(self.created_at),
            "updated_at": rfc3339(self.updated_at),
            "email_verified_at": rfc3339(self.email_verified_at),
            "has_password": self.password is not None,
            "second_factors": list(self.second_factors),
        }


@dataclass(eq=False)
class Device:
    """A browser as an account knows it that it signed in to."""

    account: Account


@dataclass(eq=False)
class Browser:
    """`token` is the session's in its cookie; `device` says which account knows it."""

    name: str
    address: str
    token: str = ""
    device: Device | None = None
    etag: str | None = None
    etag_of: tuple[Account, int] | None = None

    @property
    def prefix(self) -> str:
        return f"{self.address}/32"

    def knows(self, account: Account) -> bool:
        return self.device is not None and self.device.account is account


@dataclass(frozen=True, eq=False)
class The:
    """An attribute of the model: learned from the answer where it is not known yet."""

    of: Any
    name: str

    def agrees(self, value: Any) -> bool:
        if not getattr(self.of, self.name) and isinstance(value, str):
            setattr(self.of, self.name, value)
        return bool(value == getattr(self.of, self.name))


def rfc3339(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def as_mailed(address: str) -> str:
    """The address as mail goes to it: as typed, but for the domain."""
    local, _, domain = address.strip().rpartition("@")
    return f"{local}@{domain.lower()}"


def mailbox(address: str) -> str:
    return as_mailed(address).lower()
