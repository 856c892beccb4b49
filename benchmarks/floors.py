"""The least that a flow can cost: one hash, one read of two items with the SDK, in CPU."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import boto3

from backend.accounts import verifiers
from benchmarks.peers import PASSWORD

TABLES: Final = ("floor-sessions", "floor-users")
KEY: Final = {"pk": {"S": "U#" + "0" * 36}, "sk": {"S": "-"}}
# As large as a session or a user of ours.
ITEM: Final = {**KEY, **{f"attribute_{n}": {"S": "v" * 24} for n in range(14)}}
HASHES: Final = 15
READS: Final = 150


@dataclass
class Floors:
    """Rounds of CPU milliseconds for each floor."""

    endpoint: str
    hashes: list[float] = field(default_factory=list)
    reads: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._client = _client(self.endpoint)

    def run(self) -> None:
        self.hashes.append(_cpu(lambda: verifiers.hash_password(PASSWORD), HASHES))
        self.reads.append(_cpu(self._read, READS))

    def of(self, name: str) -> float:
        """The median over the rounds but the first, which warms up."""
        return statistics.median(getattr(self, name)[1:])

    def _read(self) -> None:
        asked = {table: {"Keys": [KEY], "ConsistentRead": True} for table in TABLES}
        self._client.batch_get_item(RequestItems=asked)


def _client(endpoint: str) -> Any:
    client = boto3.client(
        "dynamodb",
        region_name="eu-west-1",
        endpoint_url=endpoint,
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )
    for table in TABLES:
        client.create_table(
            TableName=table,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")
            ],
        )
        client.put_item(TableName=table, Item=ITEM)
    return client


def _cpu(call: Callable[[], object], times: int) -> float:
    began = time.process_time()
    for _ in range(times):
        call()
    return 1000 * (time.process_time() - began) / times
