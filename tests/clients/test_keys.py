"""How the ready checks come by the keys: kept, fetched again, and what if the site is away."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.clients.doors import Clock, Door, each_kind
from tests.clients.fixtures import AccountSite

MINUTE, HOUR = 60, 3600
pytestmark = each_kind


@pytest.fixture
def door(kind: str, make: Callable[..., Door]) -> Door:
    return make(kind)


def test_the_keys_are_fetched_once_in_5_minutes(
    accounts: AccountSite, door: Door, clock: Clock
) -> None:
    for _ in range(3):
        assert door(accounts.token()) == "in"
    clock.advance(5 * MINUTE - 1)
    assert door(accounts.token()) == "in"
    assert accounts.fetches == 1
    clock.advance(1)
    assert door(accounts.token()) == "in"
    assert accounts.fetches == 2


def test_a_key_that_is_new_is_fetched_when_it_is_met(
    accounts: AccountSite, door: Door, clock: Clock
) -> None:
    assert door(accounts.token()) == "in"
    accounts.rotate(at_once=True)
    clock.advance(MINUTE)
    assert door(accounts.token()) == "in"
    assert accounts.fetches == 2


def test_a_rotation_is_noticed_by_nobody(accounts: AccountSite, door: Door, clock: Clock) -> None:
    assert door(accounts.token()) == "in"
    accounts.rotate()
    # As long as it takes until the new key signs, and its predecessor's last token has ended.
    for _ in range(57):
        clock.advance(MINUTE)
        accounts.site.clock.advance(seconds=MINUTE)
        now = int(time.time())
        assert door(accounts.signed(iat=now, exp=now + 5 * MINUTE)) == "in"


def test_a_key_that_was_taken_out_lets_nobody_in_after_5_minutes(
    accounts: AccountSite, door: Door, clock: Clock
) -> None:
    leaked = accounts.token()
    assert door(leaked) == "in"
    accounts.rotate(at_once=True)
    clock.advance(5 * MINUTE)
    assert door(leaked) == "refused"


def test_unknown_keys_make_nobody_fetch_more_than_once_a_minute(
    accounts: AccountSite, door: Door, clock: Clock
) -> None:
    assert door(accounts.token()) == "in"
    for number in range(5):
        assert door(accounts.signed(kid=f"unknown {number}")) == "refused"
    assert accounts.fetches == 1
    clock.advance(MINUTE)
    for number in range(5):
        assert door(accounts.signed(kid=f"unknown {number}")) == "refused"
    assert accounts.fetches == 2


def test_while_the_site_is_away_known_keys_serve_on_for_an_hour(
    accounts: AccountSite, door: Door, clock: Clock
) -> None:
    assert door(accounts.token()) == "in"
    accounts.away = True
    clock.advance(HOUR - 1)
    assert door(accounts.token()) == "in"
    clock.advance(1)
    assert door(accounts.token()) == "keys missing"
    accounts.away = False
    clock.advance(MINUTE)
    assert door(accounts.token()) == "in"


def test_a_site_that_is_away_is_asked_once_a_minute(
    accounts: AccountSite, door: Door, clock: Clock
) -> None:
    accounts.away = True
    for _ in range(5):
        assert door(accounts.token()) == "keys missing"
    assert accounts.fetches == 1
    accounts.away = False
    clock.advance(MINUTE - 1)
    assert door(accounts.token()) == "keys missing"
    clock.advance(1)
    assert door(accounts.token()) == "in"


def test_without_keys_nobody_comes_in(accounts: AccountSite, door: Door) -> None:
    accounts.away = True
    for token in (accounts.token(), accounts.signed(kid="unknown")):
        assert door(token) == "keys missing"


def test_many_at_once_fetch_once(accounts: AccountSite, door: Door) -> None:
    tokens = [accounts.token() for _ in range(16)]
    with ThreadPoolExecutor(16) as crowd:
        assert set(crowd.map(door, tokens)) == {"in"}
    assert accounts.fetches == 1
