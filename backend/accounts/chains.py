"""Whether the audit log is whole: every chain, and that nobody is without one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from backend.accounts.audit import broken
from backend.accounts.context import Context
from backend.storage import audit, users

# How an account comes to be.
BEGINNINGS: Final = {"user.created", "user.imported"}


def subjects(context: Context) -> dict[str, str | None]:
    """Whom to look at, by id: all with events, and all users, with the username of each."""
    found: dict[str, str | None] = dict.fromkeys(audit.subjects(context.database))
    return found | {user.id: user.username for user in users.everyone(context.database)}


def breaks(context: Context, subject: str, *, is_user: bool) -> Iterator[str]:
    """A sentence for each event of the subject that was removed or altered.

    Of a deleted user whose events are all gone nothing is left to tell it by.
    """
    try:
        events, head = audit.whole_chain(context.database, subject)
        yield from broken(context, events, head)
    except (LookupError, TypeError, ValueError):
        yield "an event lost a part of it, or has another kind of value"
        return
    if is_user and not any(event.action in BEGINNINGS for event in events):
        yield "no event says how the account came to be"
