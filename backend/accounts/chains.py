"""Whether the audit log is whole: every chain, and that no user or session is without an event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from backend.accounts.audit import broken, witnessed
from backend.accounts.context import Context
from backend.storage import audit, sessions, users
from backend.storage.audit import Event
from backend.storage.sessions import Session

# How an account comes to be.
BEGINNINGS: Final = {"user.created", "user.imported"}
# A session is older than its event, by far less.
EVENT_SECONDS: Final = 60


def subjects(context: Context) -> dict[str, str | None]:
    """Whom to look at, by id: all with events, and all users, with the username of each."""
    found: dict[str, str | None] = dict.fromkeys(audit.subjects(context.database))
    return found | {user.id: user.username for user in users.everyone(context.database)}


def breaks(context: Context, subject: str, *, is_user: bool) -> Iterator[str]:
    """A sentence for each event of the subject that was removed or altered.

    Where there is none the head is advanced, so that what was looked at needs no other witness. Of
    a deleted user whose events are all gone nothing is left to tell it by.
    """
    # Before the events, so that each has its own by then.
    there = sessions.of_user(context.database, subject)
    try:
        events, head = audit.whole_chain(context.database, subject)
        found = [*broken(context, events, head), *_without_event(context, there, events)]
    except (LookupError, TypeError, ValueError):
        yield "an event lost a part of it, or has another kind of value"
        return
    if is_user and not any(event.action in BEGINNINGS for event in events):
        found.append("no event says how the account came to be")
    if not found and events and events[-1].number > head.number:
        audit.advance(context.database, events[-1])
    yield from found


def _without_event(
    context: Context, there: Iterable[Session], events: Iterable[Event]
) -> Iterator[str]:
    now = context.now()
    told = {event.details["session"] for event in events if witnessed(event)}
    for session in there:
        live = session.created_at + EVENT_SECONDS < now < session.expires_at
        if live and session.id not in told:
            yield (
                f"session {session.id} has no event: "
                "it was removed, or could not be written (see the log)"
            )
