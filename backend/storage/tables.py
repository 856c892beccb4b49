"""The tables, defined once: the local engine, the tests and the CloudFormation stack use these.

Both tables are keyed by `pk` and `sk`; what the keys hold stands beside each access pattern,
in `users.py`, `registrations.py`, `sessions.py` and `counters.py`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

READY_SECONDS: Final = 30


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


ACCOUNTS = Table("accounts", durable=True)
EPHEMERAL = Table("ephemeral", expiring="expires_at")
TABLES = (ACCOUNTS, EPHEMERAL)


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
    try:
        client.create_table(
            TableName=prefix + table.name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
            ],
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
        )
    except client.exceptions.ResourceInUseException:
        return
    if table.expiring:
        client.update_time_to_live(
            TableName=prefix + table.name,
            TimeToLiveSpecification={"Enabled": True, "AttributeName": table.expiring},
        )


def _active(client: DynamoDBClient, prefix: str, table: Table) -> bool:
    description = client.describe_table(TableName=prefix + table.name)["Table"]
    return description.get("TableStatus") == "ACTIVE"
