"""Writes that meet: each is carried out once, or said not to be."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from backend.storage import database as storage
from backend.storage.client import connect
from backend.storage.conditions import Attr
from backend.storage.creation import create_missing
from backend.storage.database import ConditionFailed, Database, Unavailable
from backend.storage.tables import ACCOUNTS
from backend.storage.writes import Delete, Key, Put, Update
from tests.faults.proxy import Fault, Proxy
from tests.storage.single import carry_out

ONE, TWO = Key(ACCOUNTS, "one"), Key(ACCOUNTS, "two")
ROUNDS = 20

SINGLE = {
    "PutItem": Put(ONE, {"tries": 1}),
    "UpdateItem": Update(ONE, add={"tries": 1}),
    "DeleteItem": Delete(TWO),
}


@pytest.fixture
def proxy(engine_url: str) -> Iterator[Proxy]:
    with Proxy(engine_url).running() as proxy:
        yield proxy


@pytest.fixture
def meeting(proxy: Proxy, prefix: str, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A database where others write to the same items whenever the proxy is told so."""
    monkeypatch.setattr(storage.time, "sleep", lambda _seconds: None)
    client = connect(proxy.url, local=True)
    create_missing(client, prefix)
    return Database(client, prefix)


@pytest.mark.parametrize("conflicts", [1, 2, 3])
def test_a_transaction_that_conflicts_is_carried_out_in_the_end(
    meeting: Database, proxy: Proxy, conflicts: int
) -> None:
    proxy.break_from(1, Fault.CONFLICT, calls=conflicts, operation="TransactWriteItems")
    meeting.transact(Update(ONE, add={"tries": 1}), Update(TWO, add={"tries": 1}))
    assert proxy.heal()
    assert meeting.get(ONE, TWO) == [{"tries": 1}, {"tries": 1}]


def test_a_transaction_that_only_conflicts_is_given_up_and_writes_nothing(
    meeting: Database, proxy: Proxy
) -> None:
    proxy.break_from(1, Fault.CONFLICT, calls=4, operation="TransactWriteItems")
    with pytest.raises(Unavailable, match="conflicts"):
        meeting.transact(Update(ONE, add={"tries": 1}), Update(TWO, add={"tries": 1}))
    assert proxy.heal()
    assert meeting.get(ONE, TWO) == [None, None]


@pytest.mark.parametrize("operation", SINGLE)
def test_a_single_write_that_conflicts_with_a_transaction_is_carried_out_in_the_end(
    meeting: Database, proxy: Proxy, operation: str
) -> None:
    meeting.put(Put(TWO, {"tries": 1}))
    proxy.break_from(1, Fault.CONFLICT, calls=3, operation=operation)
    carry_out(meeting, SINGLE[operation])
    assert proxy.heal()
    one, two = meeting.get(ONE, TWO)
    assert two is None if operation == "DeleteItem" else one == {"tries": 1}


def test_a_condition_that_does_not_hold_is_final(meeting: Database, proxy: Proxy) -> None:
    taken = Put(ONE, {"owner": "ann"}, Attr("pk").not_exists())
    meeting.put(taken)
    proxy.break_from(2, Fault.CONFLICT, operation="TransactWriteItems")
    with pytest.raises(ConditionFailed):
        meeting.transact(taken)
    assert not proxy.heal()


def test_transactions_over_the_same_items_at_once_are_each_carried_out_once(
    database: Database,
) -> None:
    start = Barrier(2)

    def write(keys: tuple[Key, Key]) -> None:
        start.wait()
        for _ in range(ROUNDS):
            database.transact(*(Update(key, add={"writes": 1}) for key in keys))

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(write, [(ONE, TWO), (TWO, ONE)]))
    assert database.get(ONE, TWO) == [{"writes": 2 * ROUNDS}, {"writes": 2 * ROUNDS}]


def test_of_those_who_want_the_same_key_at_once_exactly_one_gets_it(database: Database) -> None:
    start = Barrier(8)

    def claim(number: int) -> Any:
        start.wait()
        try:
            database.transact(
                Put(ONE, {"owner": number}, Attr("pk").not_exists()),
                Put(Key(ACCOUNTS, f"owner {number}"), {"number": number}),
            )
        except ConditionFailed as failure:
            return failure.found[0]
        return None

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(claim, range(8)))
    [winner] = [number for number, found in enumerate(outcomes) if found is None]
    assert all(found["owner"] == winner for found in outcomes if found)
    owners = database.get(*(Key(ACCOUNTS, f"owner {number}") for number in range(8)))
    assert [number for number, item in enumerate(owners) if item] == [winner]
