"""What is answered about one's own account."""

from __future__ import annotations

from typing import Annotated

from pydantic import WithJsonSchema
from typing_extensions import TypedDict

from backend.web.factor_schemas import PasskeyAnswer
from backend.web.schemas import Id, SessionAnswer, Time, UserAnswer

Actor = Annotated[str, WithJsonSchema({"type": "string", "enum": ["self", "admin", "operator"]})]


class EventAnswer(TypedDict):
    """`actor` did it: oneself, an admin, or the operator at the command line."""

    id: Id
    at: Time
    action: str
    actor: Actor
    ip_prefix: str | None
    user_agent: str | None
    details: dict[str, str]


class EventList(TypedDict):
    items: list[EventAnswer]
    next_cursor: str | None


class PendingEmailChange(TypedDict):
    email: str
    expires_at: Time


class FormerAddress(TypedDict):
    """An address that is kept, so that the change can be undone."""

    email: str
    kept_until: Time


class TotpExport(TypedDict):
    created_at: Time
    confirmed: bool


class RecoveryCodesExport(TypedDict):
    made_at: Time
    left: int


class ExportAnswer(TypedDict):
    """All that is stored about the user, without secrets.

    `events` are the newest 5,000; with `events_cursor` as its cursor, GET /users/me/events goes on.
    """

    user: UserAnswer
    sessions: list[SessionAnswer]
    passkeys: list[PasskeyAnswer]
    totp: TotpExport | None
    recovery_codes: RecoveryCodesExport | None
    email_change: PendingEmailChange | None
    former_addresses: list[FormerAddress]
    events: list[EventAnswer]
    events_cursor: str | None
