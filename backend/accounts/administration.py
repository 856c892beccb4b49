"""What admins may do with the accounts of others, and the operator at the command line.

Each act goes into the audit log: who, what, whom, when, and in which request.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from backend.accounts import audit, notices, roles, sessions
from backend.accounts.context import Caller, Context
from backend.accounts.errors import UserNotFound
from backend.accounts.identifiers import EmailAddress
from backend.accounts.ids import parse_id
from backend.storage import directory, users
from backend.storage.audit import Event, days_back, moment, of_day, of_user
from backend.storage.database import ConditionFailed
from backend.storage.users import User

# So many days are looked through for one page of events.
DAYS: Final = 31
DAY_SECONDS: Final = 86400
# Events are kept since then at the earliest: 1 January 2026.
BEGINNING: Final = 1767225600

Position = dict[str, Any]


@dataclass(frozen=True)
class Administrator:
    """Who acts: an admin by their user's id, or `audit.OPERATOR`; and the request that it is."""

    id: str
    caller: Caller

    def record(self, context: Context, action: str, subject: str, **details: str) -> None:
        audit.record(context, self.caller, action, subject, actor=self.id, **details)


@dataclass(frozen=True)
class Account:
    """A user as an admin sees them; `sessions` is how many are in force."""

    user: User
    sessions: int


def list_users(
    context: Context, by: Administrator, prefix: str, *, after: str | None, limit: int
) -> tuple[list[User], str | None]:
    """A page in the order of usernames, and the name key to go on after (None: no more)."""
    found = directory.page(context.database, prefix.lower(), after=after, limit=limit)
    by.record(context, "admin.users_listed", by.id)
    return found


def find_user(context: Context, by: Administrator, email: EmailAddress) -> Account:
    """The user with this address. Raises UserNotFound."""
    sentinel = users.mailbox_sentinel(email.key(context.settings.lookup_key))
    user = users.find_by_sentinel(context.database, sentinel)
    by.record(
        context, "admin.user_found", user.id if user else by.id, found="yes" if user else "no"
    )
    if user is None:
        raise UserNotFound
    return account(context, user)


def read_user(context: Context, by: Administrator, user_id: str) -> Account:
    """Raises UserNotFound."""
    found = account(context, existing(context, user_id))
    by.record(context, "admin.user_read", user_id)
    return found


def disable(context: Context, by: Administrator, user_id: str) -> Account:
    """Ends all sessions; nobody signs in until the user is enabled.

    Raises UserNotFound or LastAdmin.
    """
    before, user = roles.change(context, _id(user_id), disabled=True)
    by.record(context, "user.disabled", user.id)
    if not before.disabled:
        notices.tell(context, user, "account_disabled", by.caller)
    return account(context, user)


def enable(context: Context, by: Administrator, user_id: str) -> Account:
    """Raises UserNotFound."""
    _, user = roles.change(context, _id(user_id), disabled=False)
    by.record(context, "user.enabled", user.id)
    return account(context, user)


def set_roles(context: Context, by: Administrator, user_id: str, wanted: Sequence[str]) -> Account:
    """Ends all sessions, so that none has roles that it did not begin with.

    Raises UserNotFound or LastAdmin.
    """
    _, user = roles.change(context, _id(user_id), roles=tuple(wanted))
    by.record(context, "roles.changed", user.id, roles=" ".join(user.roles))
    return account(context, user)


def end_sessions(context: Context, by: Administrator, user_id: str) -> Account:
    """Ends all sessions of a user. Raises UserNotFound."""
    try:
        users.end_all_sessions(context.database, _id(user_id))
    except ConditionFailed:
        raise UserNotFound from None
    by.record(context, "sessions.ended", user_id)
    return account(context, existing(context, user_id))


def events_of_user(
    context: Context, by: Administrator, user_id: str, position: Position | None, limit: int
) -> tuple[list[Event], Position | None]:
    """Events of a user, who may be deleted, newest first; and where the next page begins."""
    known = parse_id(user_id)
    if known is None:
        return [], None
    found = of_user(context.database, known, limit=limit, start=position)
    by.record(context, "admin.events_read", known)
    return found


def events(
    context: Context, by: Administrator, position: Position | None, limit: int
) -> tuple[list[Event], Position | None]:
    """Events of all users, newest first; and where the next page begins.

    A page looks at most a month back, so that it may be short or empty with others after it.
    """
    before = position["before"] if position else f"{context.now() + DAY_SECONDS:012}"
    found, rest = _walk_back(context, before, limit)
    by.record(context, "admin.events_read", by.id)
    return found, rest


def existing(context: Context, user_id: str) -> User:
    """Raises UserNotFound."""
    user = users.find(context.database, _id(user_id))
    if user is None:
        raise UserNotFound
    return user


def account(context: Context, user: User) -> Account:
    return Account(user, len(sessions.list_sessions(context, user)))


def masked(email: str) -> str:
    """An address as `a***@e***.com`: enough to know one's own by, too little to write to."""
    local, _, domain = email.rpartition("@")
    name, _, last = domain.rpartition(".")
    return f"{local[:1]}***@{name[:1]}***.{last}"


def _walk_back(context: Context, before: str, limit: int) -> tuple[list[Event], Position | None]:
    found: list[Event] = []
    begun = int(before[:12])
    for day in days_back(begun, DAYS):
        found += of_day(context.database, day, limit=limit - len(found), before=before)
        if len(found) == limit:
            return found, {"before": moment(found[-1])}
    earliest = begun // DAY_SECONDS * DAY_SECONDS - (DAYS - 1) * DAY_SECONDS
    return found, {"before": f"{earliest:012}"} if earliest > BEGINNING else None


def _id(text: str) -> str:
    known = parse_id(text)
    if known is None:
        raise UserNotFound
    return known
