"""The audit log as admins read it: of one user, or of all by time."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile
from typing import Any, Final

from backend.accounts.administration import Administrator
from backend.accounts.audit import OPERATOR
from backend.accounts.context import Context
from backend.accounts.ids import parse_id
from backend.storage.audit import Event, days_back, moment, of_day, of_user

# So many days are looked through for one page of events.
DAYS: Final = 31
DAY_SECONDS: Final = 86400
# No events are older: 1 January 2026.
BEGINNING: Final = 1767225600
PAGE: Final = 100

Position = dict[str, Any]
Page = tuple[list[Event], Position | None]


def of_one(
    context: Context, by: Administrator, subject: str, position: Position | None, limit: int
) -> Page:
    """Events of a user, who may be deleted, or of the operator, newest first.

    With them comes where the next page begins (None: there is none).
    """
    if not _is_subject(subject):
        return [], None
    found = of_user(context.database, subject, limit=limit, start=position)
    by.record(context, "admin.events_read", subject)
    return found


def of_all(context: Context, by: Administrator, position: Position | None, limit: int) -> Page:
    """Events of all users, newest first, and where the next page begins.

    A page looks at most a month back, so that it may be short or empty with others after it.
    """
    found = _walk_back(context, position, limit)
    by.record(context, "admin.events_read", by.id)
    return found


def since(
    context: Context, by: Administrator, subject: str | None, earliest: int
) -> Iterator[Event]:
    """Events of one or of all (None), newest first, from a time on (seconds since 1970)."""
    by.record(context, "admin.events_read", subject or by.id)
    return takewhile(lambda event: event.at >= earliest, _all(context, subject, earliest))


def _all(context: Context, subject: str | None, earliest: int) -> Iterator[Event]:
    position: Position | None = None
    while True:
        if subject:
            found, position = of_user(context.database, subject, limit=PAGE, start=position)
        else:
            found, position = _walk_back(context, position, PAGE)
        yield from found
        if position is None or ("before" in position and position["before"] < _text(earliest)):
            return


def _walk_back(context: Context, position: Position | None, limit: int) -> Page:
    """`before` is the moment that the page goes back from."""
    before = position["before"] if position else _text(context.now() + DAY_SECONDS)
    begun = int(before.partition("#")[0])
    found: list[Event] = []
    for day in days_back(begun, DAYS):
        found += of_day(context.database, day, limit=limit - len(found), before=before)
        if len(found) == limit:
            return found, {"before": moment(found[-1])}
    earliest = begun // DAY_SECONDS * DAY_SECONDS - (DAYS - 1) * DAY_SECONDS
    return found, {"before": _text(earliest)} if earliest > BEGINNING else None


def _text(at: int) -> str:
    """A time as moments begin."""
    return f"{at:012}"


def _is_subject(text: str) -> bool:
    return text == OPERATOR or parse_id(text) is not None
