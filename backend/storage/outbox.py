"""Messages to another service, each kept until it was taken, and for a while after.

    OUTBOX#pending / <due, 12 digits>#<message id>    to be delivered
    OUTBOX#<day> / <message id>                       delivered or given up, by the day it was made

A message is in one of the two. Whoever tries to deliver one first puts it off to its next try, so
that of many who would only one does, and one who is cut off has lost nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from backend.storage.conditions import Attr
from backend.storage.database import ConditionFailed, Database
from backend.storage.items import Item
from backend.storage.tables import EPHEMERAL
from backend.storage.writes import Delete, Key, Put

KEPT_SECONDS: Final = 30 * 24 * 3600
PENDING: Final = "OUTBOX#pending"
BATCH: Final = 1000


@dataclass(frozen=True)
class Message:
    """`body` is what is sent, each time the same. Times are seconds since 1970.

    `since` is when delivering began: when it was made, or begun again. `taken_at` and `given_up_at`
    are 0 while it is pending.
    """

    id: str
    type: str
    body: str
    made_at: int
    since: int
    due_at: int
    attempts: int = 0
    taken_at: int = 0
    given_up_at: int = 0

    @property
    def pending(self) -> bool:
        return not self.taken_at and not self.given_up_at

    @property
    def expires_at(self) -> int | None:
        """What is pending never expires."""
        return None if self.pending else self.made_at + KEPT_SECONDS


class Overtaken(Exception):
    """Somebody else has the message."""


def add(database: Database, message: Message) -> None:
    """Costs 1 write unit."""
    database.put(_put(message))


def move(database: Database, message: Message, wanted: Message) -> None:
    """From where it is to where it is to be; costs 4 write units. Raises Overtaken."""
    try:
        if key(message) == key(wanted):
            database.put(_put(wanted))
        else:
            database.transact(Delete(key(message), Attr("pk").exists()), _put(wanted))
    except ConditionFailed:
        raise Overtaken from None


def pending(database: Database, until: int) -> list[Message]:
    """What is due by then, the first due first, a thousand at most; a read unit for each 4 KB."""
    condition = Attr("pk").eq(PENDING) & Attr("sk").lt(f"{until + 1:012}")
    items, _ = database.page(EPHEMERAL, condition, limit=BATCH)
    return [_read(item) for item in items]


def settled(database: Database, day: str, now: int) -> list[Message]:
    """What was made on a day (`2026-05-01`) and is pending no more, the oldest first."""
    items = database.query(EPHEMERAL, f"OUTBOX#{day}")
    return [_read(item) for item in items if item["expires_at"] > now]


def days(first: int, last: int) -> list[str]:
    """Each day from one moment to another."""
    begins, ends = (datetime.fromtimestamp(moment, UTC).date() for moment in (first, last))
    return [(begins + timedelta(days)).isoformat() for days in range((ends - begins).days + 1)]


def begun_again(message: Message, now: int) -> Message:
    return replace(message, since=now, due_at=now, attempts=0, taken_at=0, given_up_at=0)


def key(message: Message) -> Key:
    if message.pending:
        return Key(EPHEMERAL, PENDING, f"{message.due_at:012}#{message.id}")
    day = datetime.fromtimestamp(message.made_at, UTC).date().isoformat()
    return Key(EPHEMERAL, f"OUTBOX#{day}", message.id)


def _put(message: Message) -> Put:
    return Put(key(message), {**vars(message), "expires_at": message.expires_at})


def _read(item: Item) -> Message:
    return Message(**{one.name: item[one.name] for one in fields(Message)})
