"""DynamoDB as this product uses it: strong reads, conditional writes, transactions.

Nothing above this module sees the protocol: a write whose condition does not hold raises
ConditionFailed, and an engine that does not answer in time raises Unavailable, after which the
outcome of a write is unknown and the caller reads to learn it.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from http import HTTPStatus
from typing import Any, Final, TypeVar

from backend.aws.service import THROTTLED, NoAnswer, Refused
from backend.storage import deadline
from backend.storage.client import Client
from backend.storage.conditions import Condition, Placeholders
from backend.storage.items import Item, read, without_keys, written
from backend.storage.tables import ACCOUNTS, Index, Table
from backend.storage.writes import (
    Delete,
    Key,
    Put,
    Update,
    Write,
    key_attributes,
    placed,
    request,
)

T = TypeVar("T")

CONFLICT_TRIES: Final = 4
# DynamoDB takes no more at once.
TRANSACTION_WRITES: Final = 100
# Reasons of a cancelled transaction after which the same call may be made again.
REPEATABLE: Final = {
    "TransactionConflict",
    "ThrottlingError",
    "ProvisionedThroughputExceeded",
    "None",
}
# Answers below 500 that are about the moment, not about the call.
BUSY: Final = THROTTLED | {"TransactionCanceledException", "TransactionConflictException"}


class Unavailable(Exception):
    """What a request needs was not there in time. Whether a write was carried out is unknown."""


class ConditionFailed(Exception):
    """A write found its condition not to hold, and nothing was written.

    `found` has the item that stood in the way of each write of a transaction (None: nothing did).
    For a single write it is empty, since not every engine tells.
    """

    def __init__(self, found: Sequence[Item | None] = ()) -> None:
        super().__init__("a condition does not hold")
        self.found = found


class Database:
    def __init__(self, client: Client, prefix: str) -> None:
        self._client = client
        self._prefix = prefix

    def get(self, *keys: Key) -> list[Item | None]:
        """The items at the keys, None where there is none: one round trip, strongly consistent.

        Costs a read unit for each 4 KB of each item.
        """
        found: dict[tuple[str, str, str], Item] = {}
        asked: dict[str, Any] = {}
        for key in keys:
            table = asked.setdefault(
                self._prefix + key.table.name, {"ConsistentRead": True, "Keys": []}
            )
            table["Keys"].append(key_attributes(key))
        while asked:
            answer = self._call("BatchGetItem", {"RequestItems": asked})
            for name, items in answer["Responses"].items():
                for raw in items:
                    item = read(raw)
                    found[name, item.pop("pk"), item.pop("sk")] = item
            asked = dict(answer.get("UnprocessedKeys", {}))
            if asked:
                _pause(1)
        return [found.get((self._prefix + key.table.name, key.pk, key.sk)) for key in keys]

    def page(
        self,
        table: Table,
        condition: Condition,
        *,
        limit: int,
        index: Index | None = None,
        newest_first: bool = False,
        consistent: bool = True,
        start: Item | None = None,
    ) -> tuple[list[Item], Item | None]:
        """Some items of a partition, and where to start for those after them (None: no more).

        Keys are included. Of an index, whose items are keys alone, and late.
        """
        held = Placeholders()
        asked: dict[str, Any] = {
            "TableName": self._prefix + table.name,
            "KeyConditionExpression": held.expression(condition),
            "Limit": limit,
            "ScanIndexForward": not newest_first,
            **placed(held),
            **({"IndexName": index.name} if index else {"ConsistentRead": consistent}),
        }
        if start:
            asked["ExclusiveStartKey"] = written(start)
        answer = self._call("Query", asked)
        last = answer.get("LastEvaluatedKey")
        return [read(raw) for raw in answer["Items"]], read(last) if last else None

    def query(self, table: Table, pk: str) -> list[Item]:
        """All items of a partition in the order of `sk`, keys included; strongly consistent."""
        condition = {
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": pk}},
        }
        return list(self._all("Query", table, condition))

    def scan(self, table: Table, *, keys_only: bool = False) -> Iterator[Item]:
        """Every item of a table, keys included; strongly consistent, and read to the last byte.

        For the operator's commands: the function's role may not.
        """
        return self._all("Scan", table, {"ProjectionExpression": "pk, sk"} if keys_only else {})

    def put(self, put: Put) -> None:
        self._call("PutItem", request(put, self._prefix))

    def update(self, update: Update) -> Item:
        """Carries the update out and returns the whole item as it is then."""
        made = request(update, self._prefix)
        answer = self._call("UpdateItem", {**made, "ReturnValues": "ALL_NEW"})
        return without_keys(read(answer["Attributes"]))

    def delete(self, delete: Delete) -> None:
        self._call("DeleteItem", request(delete, self._prefix))

    def transact(self, *writes: Write) -> None:
        """All writes or none. Conflicts with other transactions are tried again, with jitter.

        Costs two write units for each KB of each item, also when a condition fails.
        """
        requests: list[Any] = [
            {
                type(write).__name__: {
                    **request(write, self._prefix),
                    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                }
            }
            for write in writes
        ]
        self._call("TransactWriteItems", {"TransactItems": requests})

    def transact_all(self, writes: Sequence[Write]) -> None:
        """Any number of writes, so many at a time; where one part fails, those before it stand."""
        for start in range(0, len(writes), TRANSACTION_WRITES):
            self.transact(*writes[start : start + TRANSACTION_WRITES])

    def answers(self) -> bool:
        """Whether the database can be read now."""
        try:
            self.get(Key(ACCOUNTS, "probe"))
        except (Unavailable, Refused):
            return False
        return True

    def _all(self, operation: str, table: Table, which: dict[str, Any]) -> Iterator[Item]:
        asked = {"TableName": self._prefix + table.name, "ConsistentRead": True, **which}
        while True:
            page = self._call(operation, asked)
            yield from (read(raw) for raw in page["Items"])
            if "LastEvaluatedKey" not in page:
                return
            asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _call(self, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        return _repeated(lambda: self._client.call(operation, asked))


def _repeated(call: Callable[[], T]) -> T:
    """Makes the call within the request's time; repeats it while it conflicts with another's."""
    for attempt in range(CONFLICT_TRIES):
        if attempt:
            _pause(attempt)
        if deadline.passed():
            raise Unavailable("no time is left")
        try:
            return call()
        except Refused as refused:
            if not _conflict(refused):
                raise _meaning(refused) from refused
        except NoAnswer as failure:
            raise Unavailable(str(failure)) from failure
    raise Unavailable("conflicts with other transactions")


def _conflict(refused: Refused) -> bool:
    if refused.code == "TransactionCanceledException":
        reasons: Any = refused.body.get("CancellationReasons", [])
        return {reason["Code"] for reason in reasons} <= REPEATABLE
    return refused.code == "TransactionConflictException"


def _meaning(refused: Refused) -> Exception:
    if refused.code == "ConditionalCheckFailedException":
        return ConditionFailed()
    reasons: Any = refused.body.get("CancellationReasons", [])
    if any(reason["Code"] == "ConditionalCheckFailed" for reason in reasons):
        return ConditionFailed([_found(reason) for reason in reasons])
    if refused.code in BUSY or refused.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unavailable(refused.code)
    return refused


def _found(reason: Any) -> Item | None:
    if reason["Code"] != "ConditionalCheckFailed":
        return None
    return read(reason.get("Item", {}))


def _pause(attempt: int) -> None:
    time.sleep(random.uniform(0, 0.05 * 2**attempt))  # noqa: S311 - jitter, not a secret
