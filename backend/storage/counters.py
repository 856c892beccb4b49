"""Counters of rate limits, shared by all instances.

    L#<scope>#<who>#<day>    {day: tries in the day, h0 to h23: tries in the hour}

One item and one write unit serve both windows. Windows begin at the full hour and at midnight UTC.
"""

from __future__ import annotations

from typing import Final

from boto3.dynamodb.conditions import Attr, ConditionBase

from backend.settings import Rate
from backend.storage.database import ConditionFailed, Database, Key, Update
from backend.storage.tables import EPHEMERAL

HOUR: Final = 3600
DAY: Final = 24 * HOUR


def take(database: Database, scope: str, who: str, rate: Rate, now: int) -> int | None:
    """Counts one try if the rate allows it, else returns the seconds until it may be made again."""
    day, hour = now // DAY, f"h{now % DAY // HOUR}"
    key = Key(EPHEMERAL, f"L#{scope}#{who}#{day}")
    allowed = _below("day", rate.daily) & _below(hour, rate.hourly)
    count = Update(
        key, set={"expires_at": (day + 1) * DAY}, add={"day": 1, hour: 1}, condition=allowed
    )
    try:
        database.update(count)
    except ConditionFailed:
        [item] = database.get(key)
        used_up = item is not None and item["day"] >= rate.daily
        window = DAY if used_up else HOUR
        return window - now % window
    return None


def _below(name: str, limit: int) -> ConditionBase:
    return Attr(name).not_exists() | Attr(name).lt(limit)
