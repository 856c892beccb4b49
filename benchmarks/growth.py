"""How the flows grow: with the users in the engine, and with the callers at once."""

from __future__ import annotations

import random
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Final
from unittest.mock import patch

from backend.accounts import verifiers
from backend.settings import load
from backend.storage import directory, users
from backend.storage.conditions import Attr
from backend.storage.database import Database
from backend.storage.tables import ACCOUNTS
from benchmarks import pictures
from benchmarks.callers import (
    ENVIRON,
    HASHERS,
    SALT,
    Caller,
    Installation,
    Sample,
    database_of,
    installed,
)
from benchmarks.filling import LETTERS, Filling
from benchmarks.peers import PASSWORD
from benchmarks.report import Note, Part, Picture, Table, Target

SIZES: Final = (1_000, 100_000, 1_000_000)
AGAIN: Final = f"{SIZES[0]:,} again"
# The smallest comes twice: what differs between the two is the machine.
NAMED: Final = {**{f"{users:,}": users for users in SIZES}, AGAIN: SIZES[0]}
FIRST, *_, LAST, _ = NAMED
FLOWS: Final = ("register", "verify", "sign in", "me", "sign out")
HASHING: Final = ("register", "sign in")
AT_MOST: Final = 1.2
# Callers at once, and how often they come; each time each caller goes through all flows once.
ROUNDS: Final = {1: 60, 8: 12, 64: 4}
HASHED_ROUNDS: Final = 16
LISTED: Final = 24
PAGE: Final = 25
# All samples, by installation and flow: a list for each round.
Samples = dict[tuple[str, str], list[list[Sample]]]


def measure(note: Note) -> Part:
    settings = load(ENVIRON)
    filling = Filling(settings, tuple(hasher.hash(PASSWORD, salt=SALT) for hasher in HASHERS))
    with ExitStack() as stack:
        installations = [
            stack.enter_context(installed(filling, name, users, note))
            for name, users in NAMED.items()
        ]
        hashed = _rounds(installations, 1, HASHED_ROUNDS, 0, note)
        alone = {
            callers: _rounds(installations, callers, rounds, 1, note)
            for callers, rounds in ROUNDS.items()
        }
        lists = _lists(installations, note)
    return _part(hashed, alone, lists)


def _rounds(
    installations: Sequence[Installation], callers: int, rounds: int, hasher: int, note: Note
) -> Samples:
    """All flows by so many callers at once, on each installation in turn."""
    samples: Samples = defaultdict(list)
    with (
        patch.object(verifiers, "_hasher", HASHERS[hasher]),
        ThreadPoolExecutor(callers) as pool,
    ):
        for turn in range(rounds + 1):
            note(f"{callers} at once: round {turn} of {rounds}")
            for one in random.sample(installations, len(installations)):
                crowd = [Caller(one, hasher) for _ in range(callers)]
                found = list(pool.map(Caller.go, crowd))
                for flow in FLOWS:
                    samples[one.name, flow].append([each[flow] for each in found])
    # The first round warms up.
    return {key: rounds[1:] for key, rounds in samples.items()}


def _lists(installations: Sequence[Installation], note: Note) -> dict[str, Sequence[float]]:
    """Milliseconds of the last page of an initial, and of a page from anywhere; medians."""
    note("pages of the list of users")
    starts: dict[str, list[list[str]]] = {}
    for one in installations:
        database = database_of(one)
        last = [_before_last_page(database, letter) for letter in LETTERS]
        some = [one.filling.person(random.randrange(one.users)).username for _ in range(LISTED)]
        starts[one.name] = [last, some]
    taken: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in starts}
    # The first kind alone, and then the second, which has the engine read far more.
    for kind in range(2):
        for turn in range(LISTED):
            for one in random.sample(installations, len(installations)):
                after = starts[one.name][kind][turn]
                taken[one.name][kind].append(_page(database_of(one), after))
    return {name: [statistics.median(times) for times in kinds] for name, kinds in taken.items()}


def _page(database: Database, after: str) -> float:
    began = time.perf_counter()
    directory.page(database, "", after=after, limit=PAGE)
    return 1000 * (time.perf_counter() - began)


def _before_last_page(database: Database, letter: str) -> str:
    """The name after which there is one more with this initial than a page has."""
    condition = Attr("pk").eq(users.names(letter))
    found, _ = database.page(ACCOUNTS, condition, limit=PAGE + 2, newest_first=True)
    return str(found[-1]["sk"])


def _part(
    hashed: Samples,
    alone: dict[int, Samples],
    lists: dict[str, Sequence[float]],
) -> Part:
    rows = [_row(flow, f"{n}", samples) for n, samples in alone.items() for flow in FLOWS]
    ratios, twice = (
        {flow: _over_callers(alone, flow, name) for flow in FLOWS} for name in (LAST, AGAIN)
    )
    worst = max(ratios, key=lambda flow: ratios[flow])
    return Part(
        title="How it grows",
        method=METHOD,
        tables=[
            Table("With the smallest hash, so that it hides nothing", COLUMNS, tuple(rows)),
            Table(
                "With our hash",
                COLUMNS,
                tuple(_row(flow, "1", hashed) for flow in HASHING),
            ),
            Table(
                "A page of the list of users, in ms",
                ("", *NAMED),
                tuple(
                    (kind, *(f"{lists[name][number]:,.1f}" for name in NAMED))
                    for number, kind in enumerate(("the last of an initial", "any"))
                ),
            ),
        ],
        targets=[
            Target(
                "from 10^3 to 10^6 users, the worst flow",
                AT_MOST,
                ratios[worst],
                "times",
                f"{worst}; two engines with {FIRST} users differ by up to "
                f"{max(twice.values()):.2f} times",
            ),
            Target(
                "from 10^3 to 10^6 users, a page of the list",
                AT_MOST,
                lists[LAST][0] / lists[FIRST][0],
                "times",
                f"the last page of an initial; two engines with {FIRST} users differ by "
                f"{lists[AGAIN][0] / lists[FIRST][0]:.2f} times",
            ),
        ],
        pictures=[
            Picture(
                "growth",
                "The median answer of each flow by the number of users: the lines are level.",
                pictures.lines(
                    "Answers by the number of users, one caller",
                    "users",
                    "ms",
                    {
                        flow: [(users, _median(alone[1], f"{users:,}", flow)) for users in SIZES]
                        for flow in FLOWS
                    },
                ),
            ),
            Picture(
                "callers",
                "The median answer of each flow by the number of callers at once.",
                pictures.lines(
                    f"Answers by callers at once, with {SIZES[-1]:,} users",
                    "callers",
                    "ms",
                    {
                        flow: [(n, _median(samples, LAST, flow)) for n, samples in alone.items()]
                        for flow in FLOWS
                    },
                ),
            ),
        ],
        doubts=DOUBTS,
        figures={
            "ratios": ratios,
            "two of one size": twice,
        },
    )


COLUMNS: Final = (
    "flow",
    "at once",
    *(f"{name}, median ms" for name in list(NAMED)[:-1]),
    f"{FIRST}, p99",
    f"{LAST}, p99",
    "ratio",
    f"{FIRST}, database",
    f"{LAST}, database",
    "ratio",
    "same size twice",
)
METHOD: Final = (
    f"Engines with {', '.join(f'{users:,}' for users in SIZES)} users, each user as the app "
    "writes them, with both sentinels. Every caller registers, verifies, signs in as any of the "
    "users that are there, from a new device, asks `me` and signs out; 1, 8 and 64 callers at "
    "once are threads before the app in one process, on each engine in turn, in any order. The "
    "ratio compares the most users with the fewest, round by round, once the whole answer and "
    "once what the database's calls in it took; the target takes the geometric mean over the "
    "numbers of callers. The fewest come twice, as engines of their own: how these two differ is "
    "what the machine adds."
)
DOUBTS: Final = (
    "The engine is not DynamoDB: its file is a tree, with a level or two more for a million.",
    (
        "To answer a query the engine reads all that is left of a partition; DynamoDB stops at the "
        "limit. So any page but the last of an initial takes longer here the more users there are."
    ),
    "With 64 callers in one process both cores are full, and most of the time is waiting.",
)


def _row(flow: str, callers: str, samples: Samples) -> tuple[str, ...]:
    return (
        flow,
        callers,
        *(f"{_median(samples, name, flow):.1f}" for name in list(NAMED)[:-1]),
        *(f"{_p99(samples, name, flow):.1f}" for name in (FIRST, LAST)),
        f"{_ratio(samples, flow, LAST):.2f}",
        *(f"{_median(samples, name, flow, _database):.1f}" for name in (FIRST, LAST)),
        f"{_ratio(samples, flow, LAST, _database):.2f}",
        f"{_ratio(samples, flow, AGAIN):.2f}",
    )


def _answer(sample: Sample) -> float:
    return sample.answer


def _database(sample: Sample) -> float:
    return sample.database


Figure = Callable[[Sample], float]


def _all(samples: Samples, name: str, flow: str, part: Figure = _answer) -> list[float]:
    return [part(sample) for one in samples[name, flow] for sample in one]


def _median(samples: Samples, name: str, flow: str, part: Figure = _answer) -> float:
    return statistics.median(_all(samples, name, flow, part))


def _p99(samples: Samples, name: str, flow: str) -> float:
    return statistics.quantiles(_all(samples, name, flow), n=100)[98]


def _ratio(samples: Samples, flow: str, name: str, part: Figure = _answer) -> float:
    """To the fewest users, round by round, so that a slow moment hits both; the median."""
    rounds = zip(samples[name, flow], samples[FIRST, flow], strict=True)
    return statistics.median(
        statistics.median(map(part, these)) / statistics.median(map(part, those))
        for these, those in rounds
    )


def _over_callers(alone: dict[int, Samples], flow: str, name: str) -> float:
    """The ratio of a flow over all numbers of callers."""
    return statistics.geometric_mean(_ratio(samples, flow, name) for samples in alone.values())
