"""Units are counted by DynamoDB's rules."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from backend.storage.client import Client
from backend.storage.conditions import Attr
from backend.storage.database import ConditionFailed, Database
from backend.storage.tables import AUDIT, BY_TIME, EPHEMERAL
from backend.storage.writes import Delete, Key, Put, Update
from benchmarks.capacity import Meter, Units, indexed, read, size, written

KEY = Key(EPHEMERAL, "one")
ABSENT = Attr("pk").not_exists()


@pytest.fixture
def meter(client: Client, database: Database) -> Meter:
    """Over tables that are there."""
    return Meter(client)


@pytest.fixture
def metered(meter: Meter, prefix: str) -> Database:
    return Database(meter, prefix)


def of_size(count: int) -> dict[str, Any]:
    """An item of so many bytes beside its key `one`, `-`."""
    return {"text": "x" * (count - len("text") - len("pkone") - len("sk-"))}


@pytest.mark.parametrize(
    ("value", "bytes_"),
    [
        ({"S": ""}, 0),
        ({"S": "é"}, 2),
        ({"B": b64encode(b"12345").decode()}, 5),
        ({"N": "7"}, 2),
        ({"N": "1234"}, 3),
        ({"N": "-1234"}, 4),
        ({"N": "1000"}, 2),
        ({"BOOL": True}, 1),
        ({"NULL": True}, 1),
        ({"L": []}, 3),
        ({"L": [{"S": "ab"}, {"BOOL": False}]}, 3 + 3 + 2),
        ({"M": {"ab": {"S": "c"}}}, 3 + 1 + 2 + 1),
    ],
)
def test_an_item_counts_by_its_names_and_values(value: dict[str, Any], bytes_: int) -> None:
    assert size({"name": value}) == len("name") + bytes_


@pytest.mark.parametrize(("bytes_", "units"), [(0, 1), (1024, 1), (1025, 2), (2049, 3)])
def test_a_write_counts_each_kilobyte_begun_of_the_larger_item(bytes_: int, units: int) -> None:
    large = {"": {"S": "x" * bytes_}}
    assert written(large, {}, transaction=False) == units
    assert written({}, large, transaction=False) == units
    assert written({}, large, transaction=True) == 2 * units


@pytest.mark.parametrize(("bytes_", "units"), [(0, 1), (4096, 1), (4097, 2)])
def test_a_read_counts_each_four_kilobytes_begun(bytes_: int, units: int) -> None:
    assert read(bytes_, consistent=True) == units
    assert read(bytes_, consistent=False) == units / 2


def test_an_entry_of_an_index_counts_when_it_comes_goes_or_moves() -> None:
    def entry(day: str) -> dict[str, Any]:
        return {BY_TIME.partition: {"S": day}, BY_TIME.sort: {"S": "noon"}}

    assert indexed(AUDIT, {}, entry("monday")) == 1
    assert indexed(AUDIT, entry("monday"), {}) == 1
    assert indexed(AUDIT, entry("monday"), entry("tuesday")) == 2
    assert indexed(AUDIT, entry("monday"), {**entry("monday"), "text": {"S": "x"}}) == 0
    assert indexed(AUDIT, {}, {"text": {"S": "no part of it"}}) == 0


def test_single_writes_count_once(meter: Meter, metered: Database) -> None:
    assert meter.count(lambda: metered.put(Put(KEY, of_size(1025)))) == Units(2, 0, 1)
    smaller = Update(KEY, set={"text": "x"})
    assert meter.count(lambda: metered.update(smaller)) == Units(2, 0, 1)
    assert meter.count(lambda: metered.delete(Delete(KEY))) == Units(1, 0, 1)
    assert meter.count(lambda: metered.delete(Delete(KEY))) == Units(1, 0, 1)


def test_writes_of_a_transaction_count_twice(meter: Meter, metered: Database) -> None:
    other = Key(EPHEMERAL, "two")
    cost = meter.count(lambda: metered.transact(Put(KEY, {}), Put(other, of_size(1025))))
    assert cost == Units(6, 0, 1)


def test_writes_whose_condition_fails_count_by_what_is_there(
    meter: Meter, metered: Database
) -> None:
    metered.put(Put(KEY, {}))

    def again() -> None:
        with pytest.raises(ConditionFailed):
            metered.put(Put(KEY, of_size(1025), ABSENT))

    def together() -> None:
        with pytest.raises(ConditionFailed):
            metered.transact(Put(KEY, {}, ABSENT), Put(Key(EPHEMERAL, "two"), {}))

    assert meter.count(again) == Units(1, 0, 1)
    assert meter.count(together) == Units(4, 0, 1)


def test_an_event_counts_in_its_table_and_its_index(meter: Meter, metered: Database) -> None:
    event = Put(Key(AUDIT, "A#1", "1"), {BY_TIME.partition: "monday", BY_TIME.sort: "noon"})
    assert meter.count(lambda: metered.put(event)) == Units(2, 0, 1)


def test_items_that_are_read_count_by_themselves(meter: Meter, metered: Database) -> None:
    metered.put(Put(KEY, of_size(4097)))
    missing = Key(EPHEMERAL, "missing")
    assert meter.count(lambda: metered.get(KEY, missing)) == Units(0, 3, 1)


def test_items_of_a_query_count_together(meter: Meter, metered: Database) -> None:
    for sk in ("a", "b", "c"):
        metered.put(Put(Key(EPHEMERAL, "many", sk), of_size(1000)))
    assert meter.count(lambda: metered.query(EPHEMERAL, "many")) == Units(0, 1, 1)
    assert meter.count(lambda: metered.query(EPHEMERAL, "none")) == Units(0, 1, 1)


def test_an_index_is_read_at_half_the_price(meter: Meter, metered: Database) -> None:
    of_monday = Attr(BY_TIME.partition).eq("monday")
    asked = meter.count(lambda: metered.page(AUDIT, of_monday, limit=1, index=BY_TIME))
    assert asked == Units(0, 0.5, 1)
