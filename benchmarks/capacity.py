"""Capacity units: what DynamoDB bills for a call, by its rules for items, indexes and transactions.

An item counts by its names and values. A write counts each KB begun of the larger of the item
before and after, twice in a transaction, and the item as it is where its condition fails; every
entry of an index that it makes or takes away counts by itself. A read counts each 4 KB
begun, half where it need not be consistent, and one where nothing is found.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import ceil
from typing import Any, Final

from backend.storage.client import Client
from backend.storage.tables import TABLES, Table
from infra import prices

# An item as the protocol has it: {"name": {"S": "value"}}.
Raw = dict[str, dict[str, Any]]

WRITTEN: Final = 1024
READ: Final = 4096
# Every list and map, and every part of one.
NESTED: Final = 3
PART: Final = 1


@dataclass(frozen=True)
class Units:
    """`calls` are round trips."""

    writes: int = 0
    reads: float = 0
    calls: int = 0

    def __add__(self, other: Units) -> Units:
        return Units(self.writes + other.writes, self.reads + other.reads, self.calls + other.calls)

    @property
    def dollars(self) -> float:
        """Of a million, on demand in us-east-1."""
        million = prices.MILLION
        return prices.WRITE.of(million * self.writes) + prices.READ.of(million * self.reads)


def size(item: Raw) -> int:
    """In bytes, as DynamoDB counts them."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def written(before: Raw, after: Raw, *, transaction: bool) -> int:
    """Units of one write to a table; empty where there is no item."""
    return max(1, ceil(max(size(before), size(after)) / WRITTEN)) * (2 if transaction else 1)


def indexed(table: Table, before: Raw, after: Raw) -> int:
    """Units of what one write does to the table's indexes, whose entries are keys alone."""
    units = 0
    for index in table.indexes:
        old, new = (
            [item.get(name) for name in (index.partition, index.sort)] for item in (before, after)
        )
        # An entry cannot be altered: it goes, and another comes.
        units += (all(old) + all(new)) if old != new else 0
    return units


def read(size: int, *, consistent: bool) -> float:
    """Units of one item, or of all items of a query together."""
    return max(1, ceil(size / READ)) * (1 if consistent else 0.5)


class Meter(Client):
    """A connection that adds up what is called over another one, for one caller at a time.

    It looks at every item before and after it is written, past what it counts.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._counted = Units()

    def call(self, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        self._counted += Units(calls=1)
        if operation in READERS:
            answer = self._client.call(operation, asked)
            self._counted += Units(reads=sum(READERS[operation](asked, answer)))
            return answer
        writes = [_Written.of(*one) for one in _writes(operation, asked)]
        before = [self._item(write) for write in writes]
        try:
            return self._client.call(operation, asked)
        finally:
            transaction = operation == TRANSACTION
            for write, old in zip(writes, before, strict=True):
                new = self._item(write)
                billed = written(old, new or write.item, transaction=transaction)
                self._counted += Units(writes=billed + indexed(write.table, old, new))

    def count(self, act: Callable[[], object]) -> Units:
        """What the act costs."""
        self._counted = Units()
        act()
        return self._counted

    def _item(self, write: _Written) -> Raw:
        asked = {"TableName": write.name, "Key": write.key, "ConsistentRead": True}
        item: Raw = self._client.call("GetItem", asked).get("Item", {})
        return item


@dataclass(frozen=True)
class _Written:
    """An item that a call writes: `item` is what a put would have there."""

    name: str
    key: Raw
    item: Raw

    @classmethod
    def of(cls, kind: str, write: dict[str, Any]) -> _Written:
        item: Raw = write.get("Item", {})
        key = write["Key"] if kind in {"Update", "Delete"} else {k: item[k] for k in ("pk", "sk")}
        return cls(write["TableName"], key, item)

    @property
    def table(self) -> Table:
        return next(table for table in TABLES if self.name.endswith(table.name))


TRANSACTION: Final = "TransactWriteItems"


def _writes(operation: str, asked: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    if operation != TRANSACTION:
        yield operation.removesuffix("Item"), asked
        return
    for one in asked["TransactItems"]:
        yield from one.items()


def _got(asked: dict[str, Any], answer: dict[str, Any]) -> Iterator[float]:
    """Each item by itself, those too that are not there."""
    for name, table in asked["RequestItems"].items():
        consistent = table.get("ConsistentRead", False)
        found = answer["Responses"].get(name, [])
        missing = len(table["Keys"]) - len(found)
        yield missing * read(0, consistent=consistent)
        yield from (read(size(item), consistent=consistent) for item in found)


def _queried(asked: dict[str, Any], answer: dict[str, Any]) -> Iterator[float]:
    """All items together."""
    total = sum(map(size, answer["Items"]))
    yield read(total, consistent=asked.get("ConsistentRead", False))


READERS: Final[dict[str, Callable[[dict[str, Any], dict[str, Any]], Iterator[float]]]] = {
    "BatchGetItem": _got,
    "Query": _queried,
}


def _value_size(typed: dict[str, Any]) -> int:
    [(kind, value)] = typed.items()
    return _SIZES.get(kind, _one)(value)


def _one(_value: object) -> int:
    return 1


def _number(text: str) -> int:
    """A byte for two digits, one for the exponent, one for the sign."""
    digits = text.lstrip("-").replace(".", "").strip("0")
    return ceil(len(digits) / 2) + 1 + text.startswith("-")


def _list(values: list[dict[str, Any]]) -> int:
    return NESTED + sum(PART + _value_size(value) for value in values)


def _map(values: Raw) -> int:
    return NESTED + PART * len(values) + size(values)


_SIZES: Final[dict[str, Callable[[Any], int]]] = {
    "S": lambda text: len(text.encode()),
    "B": lambda text: len(b64decode(text)),
    "N": _number,
    "L": _list,
    "M": _map,
}
