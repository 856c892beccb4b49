"""Counters of limits: an hour and a day, each from its beginning by the clock."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from backend.settings import Rate
from backend.storage.counters import UsedUp, Window, give_back, take
from backend.storage.database import Database

MIDNIGHT = 1_800_057_600
MINUTE, HOUR = 60, 3600
DAY = 24 * HOUR
NOON = MIDNIGHT + 12 * HOUR


def window(at: int, who: str = "ann", scope: str = "sign-ins") -> Window:
    return Window(scope, who, at)


def tried(database: Database, window: Window, rate: Rate) -> int | None:
    """How long to wait before the next try; None: it was allowed."""
    try:
        take(database, window, rate)
    except UsedUp as used_up:
        return used_up.retry_after
    return None


def tries(database: Database, at: int, rate: Rate, number: int) -> list[int | None]:
    return [tried(database, window(at), rate) for _ in range(number)]


def test_so_many_tries_an_hour_are_allowed(database: Database) -> None:
    assert tries(database, NOON, Rate(3, 100), 5) == [None, None, None, HOUR, HOUR]


def test_so_many_tries_a_day_are_allowed(database: Database) -> None:
    rate = Rate(100, 3)
    assert tries(database, NOON, rate, 2) == [None, None]
    assert tries(database, NOON + HOUR, rate, 3) == [None, 11 * HOUR, 11 * HOUR]


@pytest.mark.parametrize(
    ("at", "wait"),
    [
        (NOON, HOUR),
        (NOON + 1, HOUR - 1),
        (NOON + 59 * MINUTE, MINUTE),
        (NOON + HOUR - 1, 1),
    ],
)
def test_an_hour_that_is_used_up_ends_with_the_hour_of_the_clock(
    database: Database, at: int, wait: int
) -> None:
    rate = Rate(1, 100)
    assert tries(database, at, rate, 2) == [None, wait]
    assert tries(database, at + wait - 1, rate, 1) == [1]
    assert tries(database, at + wait, rate, 1) == [None]


@pytest.mark.parametrize(
    ("at", "wait"), [(MIDNIGHT, DAY), (NOON, 12 * HOUR), (MIDNIGHT + DAY - 1, 1)]
)
def test_a_day_that_is_used_up_ends_at_midnight_utc(database: Database, at: int, wait: int) -> None:
    rate = Rate(100, 1)
    assert tries(database, at, rate, 2) == [None, wait]
    assert tries(database, at + wait - 1, rate, 1) == [1]
    assert tries(database, at + wait, rate, 1) == [None]


def test_where_both_are_used_up_the_day_says_how_long_to_wait(database: Database) -> None:
    assert tries(database, NOON, Rate(2, 2), 3) == [None, None, 12 * HOUR]


def test_a_try_that_is_refused_does_not_count(database: Database) -> None:
    rate = Rate(1, 2)
    assert tries(database, NOON, rate, 9) == [None, *[HOUR] * 8]
    assert tries(database, NOON + HOUR, rate, 1) == [None]


def test_each_hour_of_a_day_counts_by_itself_and_all_count_for_the_day(
    database: Database,
) -> None:
    rate = Rate(1, 20)
    outcomes = [tried(database, window(MIDNIGHT + hour * HOUR), rate) for hour in range(24)]
    assert outcomes[:20] == [None] * 20
    assert outcomes[20:] == [4 * HOUR, 3 * HOUR, 2 * HOUR, HOUR]


def test_everybody_and_everything_counts_by_itself(database: Database) -> None:
    rate = Rate(1, 1)
    assert tried(database, window(NOON), rate) is None
    assert tried(database, window(NOON, who="ben"), rate) is None
    assert tried(database, window(NOON, scope="mails"), rate) is None
    assert tried(database, window(NOON), rate) == 12 * HOUR


def test_a_try_that_is_given_back_can_be_made_again(database: Database) -> None:
    rate = Rate(2, 2)
    assert tries(database, NOON, rate, 2) == [None, None]
    give_back(database, window(NOON))
    assert tries(database, NOON, rate, 2) == [None, 12 * HOUR]


def test_nothing_can_be_given_back_that_was_not_taken(database: Database) -> None:
    give_back(database, window(NOON))
    assert tries(database, NOON, Rate(1, 1), 1) == [None]
    for _ in range(3):
        give_back(database, window(NOON))
    assert tries(database, NOON, Rate(1, 1), 2) == [None, 12 * HOUR]


def test_a_try_is_given_back_to_its_own_hour(database: Database) -> None:
    assert tries(database, NOON, Rate(5, 5), 1) == [None]
    give_back(database, window(NOON + HOUR))
    assert tries(database, NOON, Rate(1, 5), 1) == [HOUR]
    assert tries(database, NOON + HOUR, Rate(1, 5), 2) == [None, HOUR]


def test_a_counter_may_be_forgotten_once_its_day_is_over_by_any_clock(database: Database) -> None:
    take(database, window(NOON), Rate(1, 1))
    [item] = database.get(window(NOON).key)
    assert item
    assert item["expires_at"] == MIDNIGHT + DAY + 10 * 60


def test_of_many_tries_at_once_no_more_pass_than_are_allowed(database: Database) -> None:
    with ThreadPoolExecutor(8) as threads:
        outcomes = list(
            threads.map(lambda _: tried(database, window(NOON), Rate(5, 50)), range(24))
        )
    assert outcomes.count(None) == 5
    assert outcomes.count(HOUR) == 19


@pytest.mark.parametrize("rate", [Rate(4, 100), Rate(100, 4)])
def test_a_try_tells_whether_more_than_half_is_used_up(database: Database, rate: Rate) -> None:
    taken = [take(database, window(NOON), rate).past_half for _ in range(4)]
    assert taken == [False, False, True, True]
