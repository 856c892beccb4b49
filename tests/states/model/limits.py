"""How often a password or a code may be tried: by the full hour, and by the day in UTC.

A right one does not bring anybody to the limit: past half of it, it is not counted.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from tests.states.model.expected import Refused
from tests.states.model.state import DAY, HOUR, Account, Browser, Session
from tests.states.model.world import World


@dataclass(frozen=True)
class Rate:
    hourly: int
    daily: int

    def __str__(self) -> str:
        return f"{self.hourly}/hour {self.daily}/day"


IDENTIFIER, DEVICE, SECOND_FACTOR = Rate(8, 12), Rate(6, 10), Rate(6, 10)
OUT_OF_THE_WAY = Rate(100_000, 100_000)
# Low enough for a story to come to them.
SETTINGS = {
    "RATE_LIMIT_SCALE": "1",
    "LIMIT_IDENTIFIER": str(IDENTIFIER),
    "LIMIT_DEVICE": str(DEVICE),
    "LIMIT_SECOND_FACTOR": str(SECOND_FACTOR),
    "LIMIT_SIGN_INS": str(OUT_OF_THE_WAY),
    "LIMIT_REGISTRATIONS": str(OUT_OF_THE_WAY),
    "LIMIT_MAILBOX": str(OUT_OF_THE_WAY),
    "LIMIT_MAIL": str(OUT_OF_THE_WAY),
}


@dataclass(frozen=True)
class Taken:
    """A try that was counted in these windows."""

    world: World
    windows: tuple[Hashable, Hashable]
    past_half: bool

    def was_right(self) -> None:
        if self.past_half:
            self.world.tries.subtract(self.windows)


def sign_in(world: World, by: Browser, account: Account | None, identifier: str) -> Taken:
    """A device that signed in to the account before has a share of its own."""
    if account and by.knows(account):
        return _take(world, (by.device, "sign-in"), DEVICE)
    return _take(world, (identifier, "sign-in"), IDENTIFIER)


def password(world: World, session: Session) -> Taken:
    return _take(world, (session, "password"), DEVICE)


def second_factor(world: World, account: Account, by: Browser | Session) -> Taken:
    own = by if isinstance(by, Session) else by.device if by.knows(account) else account
    return _take(world, (own, "second factor"), SECOND_FACTOR)


def recovery_codes(world: World, account: Account) -> None:
    _take(world, (account, "recovery codes"), SECOND_FACTOR)


def _take(world: World, who: Hashable, rate: Rate) -> Taken:
    tries, day, hour = world.tries, (who, world.now // DAY), (who, "hour", world.now // HOUR)
    if tries[day] >= rate.daily or tries[hour] >= rate.hourly:
        raise Refused(429, "rate_limited")
    tries.update([day, hour])
    past_half = 2 * tries[day] > rate.daily or 2 * tries[hour] > rate.hourly
    return Taken(world, (day, hour), past_half)
