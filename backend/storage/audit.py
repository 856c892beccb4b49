"""The audit log: append-only, one chain of events for each user.

    A#<user id> / <number>    an event
    A#<user id> / head        {number, hash}: the newest event that nothing but it bears witness to,
                              so that the removal of the last ones is seen too

Events of a user are one partition, and so in order. The index `by_time` finds the events of a day,
which are spread over SHARDS partitions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from heapq import merge
from itertools import islice
from typing import Final

from backend.storage.conditions import Attr
from backend.storage.database import ConditionFailed, Database, Unavailable
from backend.storage.items import Item
from backend.storage.tables import AUDIT, BY_TIME
from backend.storage.writes import Key, Put, Update

SHARDS: Final = 4
DIGITS: Final = 10
HEAD: Final = "head"
# The last that happens to a user.
DELETED: Final = "user.deleted"
# What can be taken from an event when its user is deleted; its hash covers only a digest of it.
PERSONAL: Final = ("ip_prefix", "user_agent", "salt")


@dataclass(frozen=True)
class Event:
    """One thing that happened. `at` is in seconds since 1970.

    `subject` is the user whom it happened to, `actor` who did it: a user's id, or `operator` for
    the command line. `previous` is the hash of the event before it in the subject's chain, all
    zeros for the first. `key` is the id of the key that the hash is under; events of before there
    were ids have none.
    """

    id: str
    subject: str
    number: int
    at: int
    action: str
    actor: str
    request_id: str
    personal_hash: bytes
    previous: bytes
    hash: bytes = b""
    details: dict[str, str] = field(default_factory=dict)
    ip_prefix: str | None = None
    user_agent: str | None = None
    salt: bytes | None = None
    key: str = ""


@dataclass(frozen=True)
class Head:
    """The newest event; `swept` where its user is deleted, or is being deleted."""

    number: int = 0
    hash: bytes = bytes(32)
    swept: bool = False


class Overtaken(Exception):
    """Another event took the number."""


def partition(subject: str) -> str:
    return f"A#{subject}"


def event_key(subject: str, number: int) -> Key:
    return Key(AUDIT, partition(subject), f"{number:0{DIGITS}}")


def head_key(subject: str) -> Key:
    return Key(AUDIT, partition(subject), HEAD)


def head(database: Database, subject: str) -> Head:
    """The newest event as the head knows it; costs 1 read unit."""
    [item] = database.get(head_key(subject))
    return Head(item["number"], item["hash"]) if item else Head()


def newest(database: Database, subject: str, *, consistent: bool) -> Head:
    """The newest event, or the head where that is further: the newest is gone, or not seen yet.

    Costs 1 read unit, half of one where it need not be consistent.
    """
    # The head sorts behind the numbers, and so comes first.
    items, _ = database.page(
        AUDIT, Attr("pk").eq(partition(subject)), limit=2, newest_first=True, consistent=consistent
    )
    found = [Head(item["number"], item["hash"], _swept(item)) for item in items]
    return max(found, key=lambda one: (one.number, one.swept), default=Head())


def append(database: Database, event: Event) -> None:
    """Writes the event; costs 2 write units, one of them for the index. Raises Overtaken."""
    item = {**vars(event), "day": _shard(event), "moment": moment(event)}
    key = event_key(event.subject, event.number)
    try:
        database.put(Put(key, item, Attr("pk").not_exists()))
    except ConditionFailed:
        [found] = database.get(key)
        if not found or found["id"] != event.id:
            raise Overtaken from None


def advance(database: Database, event: Event) -> None:
    """Sets the head to the event; costs 1 write unit.

    Best effort: the next event does what this one could not.
    """
    try:
        database.update(
            Update(
                head_key(event.subject),
                set={"number": event.number, "hash": event.hash},
                condition=Attr("pk").not_exists() | Attr("number").lt(event.number),
            )
        )
    except (ConditionFailed, Unavailable):
        return


def of_user(
    database: Database, subject: str, *, limit: int, start: Item | None = None
) -> tuple[list[Event], Item | None]:
    """Newest first, and where to start for the page after (None: there is none)."""
    # Numbers sort before the head.
    condition = Attr("pk").eq(partition(subject)) & Attr("sk").lt(HEAD)
    items, last = database.page(AUDIT, condition, limit=limit, newest_first=True, start=start)
    return [_read(item) for item in items], last


def whole_chain(database: Database, subject: str) -> tuple[list[Event], Head]:
    """All events, oldest first, and the head as it was before they were read."""
    seen = head(database, subject)
    items = database.query(AUDIT, partition(subject))
    return [_read(item) for item in items if item["sk"] != HEAD], seen


def subjects(database: Database) -> list[str]:
    """Whom there are events of, from a scan of the table."""
    found = database.scan(AUDIT, keys_only=True)
    return sorted({item["pk"].removeprefix(partition("")) for item in found})


def of_day(database: Database, day: str, *, limit: int, before: str) -> list[Event]:
    """The newest events of a day (`2026-05-01`) whose moment is before the given one."""
    shards = [_moments(database, f"{day}#{shard}", limit, before) for shard in range(SHARDS)]
    newest = islice(merge(*shards, key=lambda item: item["moment"], reverse=True), limit)
    keys = [Key(AUDIT, item["pk"], item["sk"]) for item in newest]
    found = database.get(*keys) if keys else []
    return [_read(item) for item in found if item]


def days_back(now: int, count: int) -> Iterator[str]:
    """The day of `now` and those before it."""
    today = datetime.fromtimestamp(now, UTC).date()
    for back in range(count):
        yield (today - timedelta(days=back)).isoformat()


def moment(event: Event) -> str:
    """Where an event stands in time; sorts as text."""
    return f"{event.at:012}#{event.id}"


def forget_person(database: Database, subject: str) -> None:
    """Takes what is personal from all events of a user; repeatable; 2 write units for each.

    That of their deletion is about whoever deleted them, and stays.
    """
    writes = [
        Update(Key(AUDIT, item["pk"], item["sk"]), set=dict.fromkeys(PERSONAL))
        for item in database.query(AUDIT, partition(subject))
        if item.get("action") != DELETED and any(item.get(name) is not None for name in PERSONAL)
    ]
    database.transact_all(writes)


def without_person(event: Event) -> Event:
    return replace(event, ip_prefix=None, user_agent=None, salt=None)


def _swept(item: Item) -> bool:
    """Whether nothing personal may follow on the event."""
    return item["sk"] != HEAD and (item["action"] == DELETED or "salt" not in item)


def _shard(event: Event) -> str:
    day = datetime.fromtimestamp(event.at, UTC).date().isoformat()
    return f"{day}#{int(event.id[-1], 16) % SHARDS}"


def _moments(database: Database, shard: str, limit: int, before: str) -> list[Item]:
    condition = Attr(BY_TIME.partition).eq(shard) & Attr(BY_TIME.sort).lt(before)
    items, _ = database.page(AUDIT, condition, limit=limit, index=BY_TIME, newest_first=True)
    return items


def _read(item: Item) -> Event:
    names = {one.name for one in fields(Event)}
    return Event(**{name: value for name, value in item.items() if name in names})
