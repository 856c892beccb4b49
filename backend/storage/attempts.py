"""Tries of what may be tried only so often: counted in `attempts` of the item that is tried."""

from __future__ import annotations

from backend.storage.conditions import Attr
from backend.storage.database import ConditionFailed, Database
from backend.storage.items import Item
from backend.storage.writes import Key, Update


def count_attempt(database: Database, key: Key, attempt_id: str, now: int, tries: int) -> Item:
    """Counts a try before it is judged, so that many at once get no more than `tries`.

    The attempt's own id keeps a call that is repeated after a lost answer from counting twice.
    Raises ConditionFailed where no try or no item is left; costs 1 write unit.
    """
    update = Update(
        key,
        set={"last_attempt": attempt_id},
        add={"attempts": 1},
        condition=Attr("attempts").lt(tries)
        & Attr("expires_at").gt(now)
        & Attr("last_attempt").ne(attempt_id),
    )
    try:
        return database.update(update)
    except ConditionFailed:
        [found] = database.get(key)
        if found is None or found["last_attempt"] != attempt_id:
            raise
        return found
