"""The tables: made where they are missing, and left alone where they stand."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from backend.storage.client import Client, connect
from backend.storage.creation import create_missing
from backend.storage.database import Database
from backend.storage.tables import ACCOUNTS, EPHEMERAL, TABLES
from backend.storage.writes import Key, Put


def names(client: Any, prefix: str) -> list[str]:
    pages = client.get_paginator("list_tables").paginate()
    return sorted(name for page in pages for name in page["TableNames"] if name.startswith(prefix))


def test_the_missing_tables_are_made_and_can_be_used_at_once(
    client: Client, engine: Any, prefix: str
) -> None:
    create_missing(client, prefix)
    assert names(engine, prefix) == sorted(prefix + table.name for table in TABLES)
    database = Database(client, prefix)
    keys = [Key(table, "one") for table in TABLES]
    for key in keys:
        database.put(Put(key, {"number": 1}))
    assert database.get(*keys) == [{"number": 1}] * len(TABLES)


def test_tables_that_stand_keep_what_they_hold(client: Client, engine: Any, prefix: str) -> None:
    create_missing(client, prefix)
    database = Database(client, prefix)
    database.put(Put(Key(ACCOUNTS, "one"), {"number": 1}))
    create_missing(client, prefix)
    assert database.get(Key(ACCOUNTS, "one")) == [{"number": 1}]


def test_a_table_that_is_missing_beside_others_is_made(
    client: Client, engine: Any, prefix: str
) -> None:
    create_missing(client, prefix)
    engine.delete_table(TableName=prefix + EPHEMERAL.name)
    create_missing(client, prefix)
    assert names(engine, prefix) == sorted(prefix + table.name for table in TABLES)


def test_many_who_make_them_at_once_all_find_them_usable(engine_url: str, prefix: str) -> None:
    clients = [connect(engine_url, local=True) for _ in range(8)]

    def make(number: int) -> bool:
        create_missing(clients[number], prefix)
        return Database(clients[number], prefix).answers()

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(make, range(8))) == [True] * 8


def test_only_what_expires_has_a_time_to_live(client: Client, engine: Any, prefix: str) -> None:
    create_missing(client, prefix)
    lives = {}
    for table in TABLES:
        answer = engine.describe_time_to_live(TableName=prefix + table.name)
        lives[table.name] = answer["TimeToLiveDescription"].get("AttributeName")
    assert lives == {"accounts": None, "audit": None, "ephemeral": "expires_at"}


def test_only_what_must_never_be_lost_is_durable() -> None:
    assert [table.name for table in TABLES if table.durable] == ["accounts", "audit"]
