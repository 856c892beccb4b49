"""Counters of rate limits, shared by all instances.

    L#<scope>#<who>#<day>    {day: tries in the day, h0 to h23: tries in the hour}

One item and one write unit serve both windows. Windows begin at the full hour and at midnight UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from backend.settings import Rate
from backend.storage.conditions import Attr, Condition
from backend.storage.database import ConditionFailed, Database
from backend.storage.tables import EPHEMERAL
from backend.storage.writes import Key, Update

HOUR: Final = 3600
DAY: Final = 24 * HOUR


@dataclass(frozen=True)
class Window:
    """Where tries of one kind by one somebody are counted at one time (seconds since 1970)."""

    scope: str
    who: str
    at: int

    @property
    def key(self) -> Key:
        return Key(EPHEMERAL, f"L#{self.scope}#{self.who}#{self.at // DAY}")

    @property
    def hour(self) -> str:
        return f"h{self.at % DAY // HOUR}"


def take(database: Database, window: Window, rate: Rate) -> int | None:
    """Counts one try if the rate allows it, else returns the seconds until it may be made again."""
    end = (window.at // DAY + 1) * DAY
    count = Update(
        window.key,
        set={"expires_at": end},
        add={"day": 1, window.hour: 1},
        condition=_below("day", rate.daily) & _below(window.hour, rate.hourly),
    )
    try:
        database.update(count)
    except ConditionFailed:
        [item] = database.get(window.key)
        used_up = item is not None and item["day"] >= rate.daily
        length = DAY if used_up else HOUR
        return length - window.at % length
    return None


def give_back(database: Database, window: Window) -> None:
    """Takes a try back that turned out not to count."""
    counted = Attr("day").gte(1) & Attr(window.hour).gte(1)
    try:
        database.update(Update(window.key, add={"day": -1, window.hour: -1}, condition=counted))
    except ConditionFailed:
        return


def _below(name: str, limit: int) -> Condition:
    return Attr(name).not_exists() | Attr(name).lt(limit)
