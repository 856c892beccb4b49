"""What is stored about oneself: the security log, and everything at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from backend.accounts import audit, sessions
from backend.accounts.context import Caller, Context
from backend.storage import addresses, email_changes, passkeys, recovery_codes, totp
from backend.storage import audit as stored
from backend.storage.addresses import Former
from backend.storage.audit import Event
from backend.storage.email_changes import EmailChange
from backend.storage.passkeys import Passkey
from backend.storage.recovery_codes import RecoveryCodes
from backend.storage.sessions import Session
from backend.storage.totp import Totp
from backend.storage.users import User

PAGE: Final = 100
# Half of what an answer of Lambda may be; the rest of the log comes in pages.
EXPORTED_EVENTS: Final = 5_000

Position = dict[str, Any]


@dataclass(frozen=True)
class Everything:
    """All that is stored about a user, secrets included: those who show it leave them out.

    `events` are the newest; `rest` is where the page after them begins (None: there is none).
    """

    user: User
    sessions: list[Session]
    passkeys: list[Passkey]
    totp: Totp | None
    recovery_codes: RecoveryCodes | None
    email_change: EmailChange | None
    former: list[Former]
    events: list[Event]
    rest: Position | None


def events(
    context: Context, user: User, position: Position | None, limit: int
) -> tuple[list[Event], Position | None]:
    """The user's events, newest first, and where the next page begins (None: there is none)."""
    return stored.of_user(context.database, user.id, limit=limit, start=position)


def everything(context: Context, user: User, caller: Caller) -> Everything:
    """Goes into the log first, and so into what is given."""
    audit.record(context, caller, "user.exported", user.id)
    change = email_changes.find(context.database, user.id)
    former = addresses.of_user(context.database, user.id)
    now = context.now()
    newest, rest = _newest_events(context, user)
    return Everything(
        user=user,
        sessions=sessions.list_sessions(context, user),
        passkeys=passkeys.of_user(context.database, user.id),
        totp=totp.find(context.database, user.id),
        recovery_codes=recovery_codes.find(context.database, user.id),
        email_change=change if change and change.expires_at > now else None,
        former=[one for one in former if one.expires_at > now and not one.undone_by],
        events=newest,
        rest=rest,
    )


def _newest_events(context: Context, user: User) -> tuple[list[Event], Position | None]:
    found, rest = events(context, user, None, PAGE)
    while rest and len(found) < EXPORTED_EVENTS:
        more, rest = events(context, user, rest, PAGE)
        found += more
    return found, rest
