"""The tables, defined once: the local engine, the tests and the CloudFormation stack use these.

All are keyed by `pk` and `sk`; what the keys hold stands beside each access pattern, in the other
modules of this package.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

READY_SECONDS: Final = 30


@dataclass(frozen=True)
class Index:
    """A secondary index with the keys of its items alone; an item without `partition` is not in it.

    Indexes lag behind their table: they serve lists, and never decide anything.
    """

    name: str
    partition: str
    sort: str


@dataclass(frozen=True)
class Table:
    """A table by the last part of its name.

    `durable` tables hold what must never be lost: they get point-in-time recovery and deletion
    protection. `expiring` ones name the attribute (seconds since 1970) after which an item is
    worthless; DynamoDB deletes late, so every reader checks it too.
    """

    name: str
    durable: bool = False
    expiring: str | None = None
    indexes: tuple[Index, ...] = ()

    @property
    def attributes(self) -> list[str]:
        """Every attribute that is part of a key; all are strings."""
        own = [name for index in self.indexes for name in (index.partition, index.sort)]
        return ["pk", "sk", *own]


BY_NAME = Index("by_name", "initial", "name_key")
BY_TIME = Index("by_time", "day", "moment")
ACCOUNTS = Table("accounts", durable=True, indexes=(BY_NAME,))
AUDIT = Table("audit", durable=True, indexes=(BY_TIME,))
EPHEMERAL = Table("ephemeral", expiring="expires_at")
TABLES = (ACCOUNTS, AUDIT, EPHEMERAL)


def create_missing(client: DynamoDBClient, prefix: str) -> None:
    """Makes the tables that do not stand yet, and returns when all can be used."""
    for table in TABLES:
        _create(client, prefix, table)
    deadline = time.monotonic() + READY_SECONDS
    for table in TABLES:
        while not _active(client, prefix, table):
            if time.monotonic() > deadline:
                raise TimeoutError(f"The table {prefix}{table.name} did not become active.")
            time.sleep(0.1)


def _create(client: DynamoDBClient, prefix: str, table: Table) -> None:
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
        client.create_table(
            TableName=prefix + table.name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"} for name in table.attributes
            ],
            KeySchema=_schema("pk", "sk"),
            **indexes,
        )
    except client.exceptions.ResourceInUseException:
        return
    if table.expiring:
        client.update_time_to_live(
            TableName=prefix + table.name,
            TimeToLiveSpecification={"Enabled": True, "AttributeName": table.expiring},
        )


def _schema(partition: str, sort: str) -> Any:
    return [
        {"AttributeName": partition, "KeyType": "HASH"},
        {"AttributeName": sort, "KeyType": "RANGE"},
    ]


def _active(client: DynamoDBClient, prefix: str, table: Table) -> bool:
    description = client.describe_table(TableName=prefix + table.name)["Table"]
    return description.get("TableStatus") == "ACTIVE"
