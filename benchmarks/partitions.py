"""Which keys are hot: the load of each partition key at a million registrations an hour.

What the app asks of the database for some people is noted key by key, and scaled up.
"""

from __future__ import annotations

import random
import re
import secrets
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from backend.accounts import verifiers
from backend.settings import listed
from backend.storage.client import Client
from backend.storage.database import Database
from backend.storage.tables import TABLES, Table
from benchmarks import capacity, pictures, report
from benchmarks.callers import SMALLEST, Letters
from benchmarks.capacity import Raw
from benchmarks.engines import engine
from benchmarks.filling import LETTERS
from benchmarks.report import Note, Part, Picture, Target
from tests.support import Browser, Site

REGISTRATIONS: Final = 1_000_000
HOUR: Final = 3600
PEOPLE: Final = 150
SHOWN: Final = 10
PARTITION: Final = re.compile(r"[^:]*= *(:\w+)")
ROOM: Final = 24
# Of one partition, in units a second.
WRITES: Final = 1000
READS: Final = 3000
# What such a site would set: two mails for each registration, and no limit that refuses any.
ENOUGH: Final = "2000000/hour 48000000/day"
LIMITS: Final = {
    setting.name: ENOUGH for _, setting in listed() if setting.name.startswith("LIMIT_")
}


@dataclass
class Load:
    """Units that a partition key was asked for, and the numbers of the people it was for."""

    writes: float = 0
    reads: float = 0
    people: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class Hot:
    """A key at full load, in units a second. `share` is of what one partition can do."""

    case: str
    key: str
    writes: float
    reads: float

    @property
    def share(self) -> float:
        return max(self.writes / WRITES, self.reads / READS)


class Ledger(Client):
    """A connection that notes the load of each key, for one person at a time."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.loads: dict[str, Load] = {}
        self.person = 0

    def call(self, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        if operation in {"BatchGetItem", "Query"}:
            answer = self._client.call(operation, asked)
            note = self._note_reads if operation == "BatchGetItem" else self._note_query
            note(asked, answer)
            return answer
        writes = list(_writes(operation, asked))
        before = [self._item(name, key) for name, key in writes]
        try:
            return self._client.call(operation, asked)
        finally:
            for (name, key), old in zip(writes, before, strict=True):
                self._note_write(operation, name, key, old)

    def _note_reads(self, asked: dict[str, Any], answer: dict[str, Any]) -> None:
        for name, keys in asked["RequestItems"].items():
            found = {(item["pk"]["S"], item["sk"]["S"]): item for item in answer["Responses"][name]}
            for key in keys["Keys"]:
                item = found.get((key["pk"]["S"], key["sk"]["S"]), {})
                load = self._load(_table(name).name, key["pk"]["S"])
                load.reads += capacity.read(capacity.size(item), consistent=True)

    def _note_query(self, asked: dict[str, Any], answer: dict[str, Any]) -> None:
        """The partition is what the first condition asks for."""
        [value] = PARTITION.match(asked["KeyConditionExpression"]).groups()  # type: ignore[union-attr]
        key = asked["ExpressionAttributeValues"][value]["S"]
        load = self._load(asked.get("IndexName") or _table(asked["TableName"]).name, key)
        found = sum(map(capacity.size, answer["Items"]))
        load.reads += capacity.read(found, consistent=asked.get("ConsistentRead", False))

    def _note_write(self, operation: str, name: str, key: Raw, old: Raw) -> None:
        new, table = self._item(name, key), _table(name)
        transaction = operation == capacity.TRANSACTION
        load = self._load(table.name, key["pk"]["S"])
        load.writes += capacity.written(old, new, transaction=transaction)
        for index in table.indexes:
            entries = [
                (item[index.partition]["S"], item[index.sort]["S"])
                for item in (old, new)
                if index.partition in item
            ]
            # An entry that stays is not written again.
            for partition, _ in set(entries) if len(set(entries)) == len(entries) else set():
                self._load(index.name, partition).writes += 1

    def _load(self, place: str, key: str) -> Load:
        load = self.loads.setdefault(f"{place}: {key}", Load())
        load.people.add(self.person)
        return load

    def _item(self, name: str, key: Raw) -> Raw:
        asked = {"TableName": name, "Key": key, "ConsistentRead": True}
        item: Raw = self._client.call("GetItem", asked).get("Item", {})
        return item


@dataclass(frozen=True)
class Case:
    """Who comes: usernames and addresses by number."""

    name: str
    username: Callable[[int], str]
    address: Callable[[int], str]


CASES: Final = (
    Case(
        "people",
        lambda _n: f"{random.choice(LETTERS)}{secrets.token_hex(6)}",
        lambda n: f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}",
    ),
    Case("one address, names counted up", lambda n: f"user{n:06}", lambda _n: "10.0.0.1"),
)


def measure(note: Note) -> Part:
    found: list[Hot] = []
    totals: list[tuple[str, ...]] = []
    with tempfile.TemporaryDirectory() as folder, engine() as started:
        for case in CASES:
            loads = _loads(case, started.url, Path(folder), note)
            found += _scaled(case, loads)
            totals += _totals(case, loads)
    hottest = sorted(found, key=lambda hot: -hot.share)[:SHOWN]
    return Part(
        title="Hot keys",
        method=METHOD,
        tables=[
            report.Table("The hottest keys", COLUMNS, tuple(map(_row, hottest))),
            report.Table(
                "All keys of a table together",
                ("case", "table or index", "writes/s", "reads/s"),
                tuple(totals),
            ),
        ],
        targets=[
            Target(
                f"hottest key at 10^6 registrations an hour: {case.name}",
                WRITES,
                max(hot.writes for hot in found if hot.case == case.name),
                "writes a second",
                max((hot for hot in found if hot.case == case.name), key=lambda h: h.writes).key,
            )
            for case in CASES
        ],
        pictures=[
            Picture(
                "partitions",
                "The hottest keys, as in the table, by their share of what one partition can do.",
                pictures.bars(
                    "The hottest keys at 1,000,000 registrations an hour",
                    "%",
                    {
                        f"{number}. {_short(hot.key)}": 100 * hot.share
                        for number, hot in enumerate(hottest, 1)
                    },
                ),
            )
        ],
        doubts=DOUBTS,
        figures={f"{hot.case}: {hot.key}": hot.share for hot in hottest},
    )


def _loads(case: Case, url: str, folder: Path, note: Note) -> dict[str, Load]:
    letters = Letters()
    site = Site(url, folder, {"RATE_LIMIT_SCALE": "1", **LIMITS}, mailer=letters)
    ledger = Ledger(site.calls)
    site.rewire(database=Database(ledger, site.prefix))
    with patch.object(verifiers, "_hasher", SMALLEST):
        for number in range(PEOPLE):
            note(f"hot keys, {case.name}: {number + 1} of {PEOPLE}")
            ledger.person = number
            _come(site, letters, case.username(number), case.address(number))
    return ledger.loads


def _come(site: Site, letters: Letters, username: str, address: str) -> None:
    """Registers, verifies, signs out, signs in again, and once more from another device."""
    browser, other = site.browser(address), site.browser(address)
    begun = browser.register(username)
    _right(browser.verify(begun, letters.codes[f"{username}@example.com"]), 201)
    _right(browser.get("users/me"), 200)
    _right(browser.delete("sessions/current"), 204)
    for one in (browser, other):
        _sign_in(one, username)


def _sign_in(browser: Browser, username: str) -> None:
    _right(browser.sign_in(username), 201)
    _right(browser.get("users/me"), 200)


def _right(answer: Any, status: int) -> None:
    if answer.status_code != status:
        raise RuntimeError(f"{answer.status_code}: {answer.get_data(as_text=True)}")


def _scaled(case: Case, loads: dict[str, Load]) -> Iterator[Hot]:
    """What many use grows with them; what is one person's own does not."""
    for key, load in loads.items():
        times = REGISTRATIONS / PEOPLE if len(load.people) > 1 else 1
        yield Hot(case.name, key, load.writes * times / HOUR, load.reads * times / HOUR)


def _totals(case: Case, loads: dict[str, Load]) -> Iterator[tuple[str, ...]]:
    times = REGISTRATIONS / PEOPLE / HOUR
    for place in dict.fromkeys(key.partition(": ")[0] for key in sorted(loads)):
        of_it = [load for key, load in loads.items() if key.startswith(f"{place}: ")]
        writes, reads = (sum(getattr(one, kind) for one in of_it) for kind in ("writes", "reads"))
        yield case.name, place, f"{times * writes:,.0f}", f"{times * reads:,.0f}"


def _row(hot: Hot) -> tuple[str, ...]:
    units = f"{hot.writes:,.1f}", f"{hot.reads:,.1f}"
    return hot.case, f"`{hot.key}`", *units, f"{100 * hot.share:.1f} %"


def _short(key: str) -> str:
    """So much of a key as there is room for in the picture."""
    own = key.partition(": ")[2]
    return own if len(own) <= ROOM else f"{own[: ROOM - 1]}…"


COLUMNS: Final = ("case", "table or index, and key", "writes/s", "reads/s", "of a partition")
METHOD: Final = (
    f"{PEOPLE} people register, verify, ask `me`, sign out, sign in again from the same device "
    "and once more from another, and ask `me` each time, with limits that refuse none of them. "
    "The units of each call are noted by partition key, of tables and indexes, and scaled to "
    f"{REGISTRATIONS:,} people in an hour: keys that several used grow with them, the others are "
    f"one person's own. A partition does {WRITES:,} write and {READS:,} read units a second."
)
DOUBTS: Final = (
    "A simulation by DynamoDB's documented rules; no table on AWS was put under load.",
    (
        "An hour is taken to be even. In the first case names begin with each letter alike, which "
        "people's do not; in the second, all with one."
    ),
    (
        "DynamoDB can split a partition key over partitions by its sort key, and would with the "
        "indexes; that is not counted on."
    ),
)


def _writes(operation: str, asked: dict[str, Any]) -> Iterator[tuple[str, Raw]]:
    """The table and key of each item that a call writes. Raises KeyError for what writes none."""
    if operation == capacity.TRANSACTION:
        for one in asked["TransactItems"]:
            for kind, write in one.items():
                yield from _writes(f"{kind}Item", write)
        return
    item = asked["Item"] if operation == "PutItem" else asked["Key"]
    yield asked["TableName"], {name: item[name] for name in ("pk", "sk")}


def _table(name: str) -> Table:
    return next(table for table in TABLES if name.endswith(table.name))
