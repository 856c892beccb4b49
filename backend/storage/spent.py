"""What is good for one use: the mark that it was used.

K#<hash>    {by, expires_at}: spent by this attempt; kept for as long as it would be good by any
            clock, since the table may forget what has expired by the clock of AWS
"""

from __future__ import annotations

from backend.storage.clocks import OFF_SECONDS
from backend.storage.conditions import Attr
from backend.storage.database import ConditionFailed, Database, Unavailable
from backend.storage.tables import EPHEMERAL
from backend.storage.writes import Key, Put


def mark(hashed: str, by: str, expires_at: int) -> Put:
    """A write that fails where the mark is set already; `expires_at` is when what it marks ends."""
    item = {"by": by, "expires_at": expires_at + OFF_SECONDS}
    return Put(_key(hashed), item, Attr("pk").not_exists())


def spend(database: Database, hashed: str, by: str, expires_at: int) -> bool:
    """Sets the mark; `by` is the id of one attempt. False where another was first.

    Costs 1 write unit.
    """
    try:
        database.put(mark(hashed, by, expires_at))
    except (ConditionFailed, Unavailable) as failure:
        [found] = database.get(_key(hashed))
        if found and found["by"] == by:
            return True
        if isinstance(failure, Unavailable):
            raise
        return False
    return True


def _key(hashed: str) -> Key:
    return Key(EPHEMERAL, f"K#{hashed}")
