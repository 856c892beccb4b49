"""Counters of rate limits, shared by all instances.

    L#<scope>#<who>#<day>    {day: tries in the day, h0 to h23: tries in the hour}

One item and one write unit serve both windows. Windows begin at the full hour and at midnight UTC.
An instance whose clock is behind counts in a day that is over, so that this is kept a while longer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from backend.settings import Rate
from backend.storage.clocks import OFF_SECONDS
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


@dataclass(frozen=True)
class Taken:
    """A try that was counted; `past_half`: more than half of what is allowed is used up by now."""

    window: Window
    past_half: bool


class UsedUp(Exception):
    """The rate allows no more tries for so many seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("the rate is used up")
        self.retry_after = retry_after


def take(database: Database, window: Window, rate: Rate) -> Taken:
    """Counts one try, for 1 write unit. Raises UsedUp where the rate does not allow it."""
    end = (window.at // DAY + 1) * DAY
    count = Update(
        window.key,
        set={"expires_at": end + OFF_SECONDS},
        add={"day": 1, window.hour: 1},
        condition=_below("day", rate.daily) & _below(window.hour, rate.hourly),
    )
    try:
        counted = database.update(count)
    except ConditionFailed:
        [item] = database.get(window.key)
        day_over = item is not None and item["day"] >= rate.daily
        length = DAY if day_over else HOUR
        raise UsedUp(length - window.at % length) from None
    past_half = 2 * counted["day"] > rate.daily or 2 * counted[window.hour] > rate.hourly
    return Taken(window, past_half)


def give_back(database: Database, window: Window) -> None:
    """Takes a try back that turned out not to count."""
    counted = Attr("day").gte(1) & Attr(window.hour).gte(1)
    try:
        database.update(Update(window.key, add={"day": -1, window.hour: -1}, condition=counted))
    except ConditionFailed:
        return


def _below(name: str, limit: int) -> Condition:
    return Attr(name).not_exists() | Attr(name).lt(limit)
