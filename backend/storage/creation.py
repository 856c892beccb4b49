"""Making the tables of `tables.py` in a local engine; on AWS, CloudFormation does."""

from __future__ import annotations

import time
from typing import Any, Final

from backend.aws.service import Refused
from backend.storage.client import Client
from backend.storage.tables import TABLES, Table

READY_SECONDS: Final = 30


def create_missing(client: Client, prefix: str) -> None:
    """Makes the tables that do not stand yet, and returns when all can be used."""
    for table in TABLES:
        _create(client, prefix, table)
    deadline = time.monotonic() + READY_SECONDS
    for table in TABLES:
        while not _active(client, prefix, table):
            if time.monotonic() > deadline:
                raise TimeoutError(f"The table {prefix}{table.name} did not become active.")
            time.sleep(0.1)


def _create(client: Client, prefix: str, table: Table) -> None:
    indexes: Any = {}
    if table.indexes:
        indexes["GlobalSecondaryIndexes"] = [
            {
                "IndexName": index.name,
                "KeySchema": _schema(index.partition, index.sort),
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
            for index in table.indexes
        ]
    try:
        client.call(
            "CreateTable",
            {
                "TableName": prefix + table.name,
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [
                    {"AttributeName": name, "AttributeType": "S"} for name in table.attributes
                ],
                "KeySchema": _schema("pk", "sk"),
                **indexes,
            },
        )
    except Refused as refused:
        if refused.code != "ResourceInUseException":
            raise
        return
    if table.expiring:
        lives = {"Enabled": True, "AttributeName": table.expiring}
        asked = {"TableName": prefix + table.name, "TimeToLiveSpecification": lives}
        client.call("UpdateTimeToLive", asked)


def _schema(partition: str, sort: str) -> Any:
    return [
        {"AttributeName": partition, "KeyType": "HASH"},
        {"AttributeName": sort, "KeyType": "RANGE"},
    ]


def _active(client: Client, prefix: str, table: Table) -> bool:
    described = client.call("DescribeTable", {"TableName": prefix + table.name})["Table"]
    return bool(described.get("TableStatus") == "ACTIVE")
