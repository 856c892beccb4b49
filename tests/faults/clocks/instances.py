"""Instances of one installation whose clocks are apart, and people whom several of them serve."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from itertools import permutations

import pytest

from backend.storage.tables import EPHEMERAL
from tests.support import Browser, Clock, Site

# Minutes by which a clock is off.
BEHIND, RIGHT, AHEAD = -10, 0, 10
NAMES = {BEHIND: "behind", RIGHT: "right", AHEAD: "ahead"}


@dataclass(frozen=True)
class Off:
    """A clock that is so many minutes off."""

    right: Clock
    minutes: int

    def __call__(self) -> int:
        return self.right() + 60 * self.minutes


@dataclass(frozen=True)
class Two:
    """Somebody begins `here` and goes on `there`; `site` is the one whose clock is right."""

    site: Site
    off: tuple[int, int]
    here: Site
    there: Site

    @property
    def apart(self) -> int:
        """The minutes by which `there` is later."""
        return self.off[1] - self.off[0]

    def pass_time(self, *, minutes: int) -> None:
        """So many since it was begun, by the clock that goes on with it."""
        self.site.clock.advance(minutes=minutes - self.apart)


def off_by(site: Site, minutes: int) -> Site:
    """An instance whose clock is so many minutes off."""
    other = site.instance()
    other.clock = Off(site.clock, minutes)
    other.rewire(now=other.clock)
    return other


def served_by(site: Site, browser: Browser) -> Browser:
    """The same browser, with the same cookies, when another instance answers."""
    moved = copy(browser)
    moved.site, moved.client = site, copy(browser.client)
    moved.client.application = site.app
    return moved


def pairs(suitable: Callable[[int], bool] = lambda _: True) -> pytest.MarkDecorator:
    """For each two of the three clocks that are so many minutes apart; `make test` takes the two
    that are furthest apart.
    """
    found = [pair for pair in permutations(NAMES, 2) if suitable(pair[1] - pair[0])]
    furthest = max(abs(there - here) for here, there in found)
    cases = [
        pytest.param(
            (here, there),
            id=f"{NAMES[here]}-{NAMES[there]}",
            marks=[pytest.mark.torture] if abs(there - here) < furthest else [],
        )
        for here, there in found
    ]
    return pytest.mark.parametrize("two", cases, indirect=True)


def good_for(minutes: int) -> pytest.MarkDecorator:
    """Those of them between which something lasts that is good for so long."""
    return pairs(lambda apart: apart < minutes)


def over_at_once(minutes: int) -> pytest.MarkDecorator:
    """The others."""
    return pairs(lambda apart: apart >= minutes)


def forget_expired(site: Site) -> None:
    """As DynamoDB does, sooner or later, with what is over by its clock."""
    table = site.prefix + EPHEMERAL.name
    for item in site.client.scan(TableName=table)["Items"]:
        if int(item.get("expires_at", {}).get("N", site.clock() + 1)) <= site.clock():
            site.client.delete_item(TableName=table, Key={"pk": item["pk"], "sk": item["sk"]})
