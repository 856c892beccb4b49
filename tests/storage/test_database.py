"""The database: strong reads, conditional writes, transactions that are whole or nothing."""

from typing import Any

import pytest

from backend.storage.conditions import Attr
from backend.storage.database import ConditionFailed, Database
from backend.storage.items import Item
from backend.storage.tables import ACCOUNTS, EPHEMERAL
from backend.storage.writes import Delete, Key, Put, Update, Write
from tests.storage.single import carry_out

ANN, BEN, CAT = (Key(ACCOUNTS, name) for name in ("ann", "ben", "cat"))
ABSENT, PRESENT = Attr("pk").not_exists(), Attr("pk").exists()


def read(database: Database, key: Key) -> Item | None:
    [item] = database.get(key)
    return item


def test_items_come_in_the_order_of_the_keys_and_none_where_there_is_none(
    database: Database,
) -> None:
    elsewhere = Key(EPHEMERAL, "ann")
    database.put(Put(CAT, {"number": 3}))
    database.put(Put(ANN, {"number": 1}))
    database.put(Put(elsewhere, {"number": 4}))
    found = database.get(CAT, BEN, elsewhere, ANN)
    assert found == [{"number": 3}, None, {"number": 4}, {"number": 1}]


@pytest.mark.parametrize("key", [BEN, Key(EPHEMERAL, "ann"), Key(ACCOUNTS, "ann", "other")])
def test_an_item_is_found_under_its_table_and_both_its_keys_only(
    database: Database, key: Key
) -> None:
    database.put(Put(ANN, {"number": 1}))
    assert read(database, key) is None


@pytest.mark.parametrize(
    "value",
    [
        *("", "text", "ünïcödé 🚜", 0, -1, 10**30, True, False, b"", b"\x00\xff"),
        *([], ["a", 1, True, [b"x"]], {}, {"a": {"b": [1, "two"]}}, [None]),
    ],
)
def test_a_value_comes_back_as_it_was(database: Database, value: object) -> None:
    database.put(Put(ANN, {"value": value}))
    item = read(database, ANN)
    assert item == {"value": value}
    assert type(item["value"]) is type(value)


def test_what_is_none_is_not_stored(database: Database) -> None:
    database.put(Put(ANN, {"name": "Ann", "nickname": None}))
    assert read(database, ANN) == {"name": "Ann"}


def test_a_put_replaces_the_whole_item(database: Database) -> None:
    database.put(Put(ANN, {"one": 1}))
    database.put(Put(ANN, {"two": 2}))
    assert read(database, ANN) == {"two": 2}


def test_an_update_sets_adds_removes_and_returns_the_whole_item(database: Database) -> None:
    database.put(Put(ANN, {"kept": "as it is", "name": "Ann", "nickname": "An", "tries": 2}))
    update = Update(
        ANN, set={"name": "Anna", "nickname": None, "new": b"x"}, add={"tries": 3, "first": 1}
    )
    wanted = {"kept": "as it is", "name": "Anna", "new": b"x", "tries": 5, "first": 1}
    assert database.update(update) == wanted
    assert read(database, ANN) == wanted


def test_an_update_makes_an_item_that_is_not_there(database: Database) -> None:
    assert database.update(Update(ANN, add={"tries": 1})) == {"tries": 1}


@pytest.mark.parametrize("name", ["name", "status", "ttl", "a.b", "a b", "#a", ":a", "1"])
def test_an_attribute_may_have_any_name(database: Database, name: str) -> None:
    updated = database.update(Update(ANN, set={name: "x"}, condition=Attr("name").not_exists()))
    assert updated == {name: "x"}


@pytest.mark.parametrize(
    "write",
    [
        Put(ANN, {"name": "Ben"}, ABSENT),
        Put(BEN, {"name": "Ben"}, PRESENT),
        Put(ANN, {"name": "Ben"}, Attr("name").eq("Cat")),
        Update(ANN, set={"name": "Ben"}, condition=ABSENT),
        Update(BEN, set={"name": "Ben"}, condition=PRESENT),
        Update(ANN, set={"name": "Ben"}, add={"tries": 1}, condition=Attr("tries").lt(2)),
        Update(ANN, set={"tries": None}, condition=Attr("tries").gt(2) & PRESENT),
        Delete(ANN, ABSENT),
        Delete(BEN, PRESENT),
        Delete(ANN, Attr("name").eq("Cat") | Attr("tries").gt(2)),
    ],
)
@pytest.mark.parametrize("alone", [True, False])
def test_a_write_whose_condition_does_not_hold_changes_nothing(
    database: Database, write: Write, alone: bool
) -> None:
    database.put(Put(ANN, {"name": "Ann", "tries": 2}))
    with pytest.raises(ConditionFailed):
        carry_out(database, write) if alone else database.transact(write, Put(CAT, {"name": "Cat"}))
    assert database.get(ANN, BEN, CAT) == [{"name": "Ann", "tries": 2}, None, None]


@pytest.mark.parametrize(
    ("write", "left"),
    [
        (Put(ANN, {"name": "Ben"}, PRESENT), {"name": "Ben"}),
        (Put(ANN, {"name": "Ben"}, Attr("tries").eq(2)), {"name": "Ben"}),
        (
            Update(ANN, set={"name": "Ben"}, condition=Attr("name").eq("Ann")),
            {"name": "Ben", "tries": 2},
        ),
        (
            Update(ANN, add={"tries": 1}, condition=Attr("tries").lt(3)),
            {"name": "Ann", "tries": 3},
        ),
        (Delete(ANN, PRESENT), None),
        (Delete(ANN), None),
    ],
)
@pytest.mark.parametrize("alone", [True, False])
def test_a_write_whose_condition_holds_is_carried_out(
    database: Database, write: Write, left: Item | None, alone: bool
) -> None:
    database.put(Put(ANN, {"name": "Ann", "tries": 2}))
    carry_out(database, write) if alone else database.transact(write)
    assert read(database, ANN) == left


def test_what_is_not_there_can_be_deleted(database: Database) -> None:
    database.delete(Delete(ANN))
    assert read(database, ANN) is None


def test_a_transaction_writes_to_several_tables_at_once(database: Database) -> None:
    database.put(Put(CAT, {"tries": 1}))
    session = Key(EPHEMERAL, "session", "1")
    database.transact(
        Put(ANN, {"name": "Ann", "nickname": None}, ABSENT),
        Update(CAT, add={"tries": 1}),
        Put(session, {"user": "ann"}),
        Delete(BEN),
    )
    assert database.get(ANN, CAT, session) == [{"name": "Ann"}, {"tries": 2}, {"user": "ann"}]


def test_a_failed_transaction_tells_what_stood_in_the_way_of_each_write(
    database: Database,
) -> None:
    database.put(Put(ANN, {"name": "Ann"}))
    with pytest.raises(ConditionFailed) as failure:
        database.transact(
            Put(BEN, {"name": "Ben"}, ABSENT),
            Put(ANN, {"name": "Anna"}, ABSENT),
            Update(CAT, set={"name": "Cat"}, condition=PRESENT),
        )
    free, ann, cat = failure.value.found
    assert free is None
    assert ann == {"pk": "ann", "sk": "-", "name": "Ann"}
    assert not cat


def test_a_partition_is_listed_in_the_order_of_its_keys(database: Database) -> None:
    for sk in ("3", "1", "2"):
        database.put(Put(Key(EPHEMERAL, "ann", sk), {"number": int(sk)}))
    database.put(Put(Key(EPHEMERAL, "ben", "0"), {"number": 0}))
    assert database.query(EPHEMERAL, "ann") == [
        {"pk": "ann", "sk": sk, "number": int(sk)} for sk in ("1", "2", "3")
    ]
    assert database.query(EPHEMERAL, "cat") == []


def test_installations_in_one_engine_do_not_see_each_other(database: Database, client: Any) -> None:
    database.put(Put(ANN, {"name": "Ann"}))
    other = Database(client, "nobody-made-these-")
    assert database.answers()
    assert not other.answers()
