"""Holds: who is about to take a username.

    H#<name key>    {holder, expires_at}

Whoever takes a username holds it first. So a username that was seen free, and then could be held,
is free, which saves a condition on another table in every registration. Where a hold ends between
the two, the username's own sentinel still has the last word.
"""

from __future__ import annotations

from dataclasses import dataclass

from backend.storage.conditions import Attr
from backend.storage.database import ConditionFailed, Database, Unavailable
from backend.storage.items import Item
from backend.storage.tables import EPHEMERAL
from backend.storage.writes import Delete, Key, Put


@dataclass(frozen=True)
class Hold:
    name_key: str
    holder: str
    expires_at: int


def hold_key(name_key: str) -> Key:
    return Key(EPHEMERAL, f"H#{name_key}")


def held(hold: Item | None, now: int) -> bool:
    """Whether the item, as it was read, is somebody's hold that is in force."""
    return hold is not None and bool(hold["expires_at"] > now)


def hold_put(hold: Hold, now: int) -> Put:
    """A write that fails while somebody else's hold is in force; its item names the holder."""
    free = Attr("pk").not_exists() | Attr("expires_at").lte(now) | Attr("holder").eq(hold.holder)
    return Put(
        hold_key(hold.name_key), {"holder": hold.holder, "expires_at": hold.expires_at}, free
    )


def release(database: Database, name_key: str, holder: str) -> None:
    """Ends somebody's own hold before its time, if it can; costs 1 write unit."""
    try:
        database.delete(Delete(hold_key(name_key), Attr("holder").eq(holder)))
    except (ConditionFailed, Unavailable):
        return
