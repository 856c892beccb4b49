"""DynamoDB as this product uses it: strong reads, conditional writes, transactions.

Items are plain dictionaries of str, int, bool, bytes, None, lists and dictionaries. Nothing above
this module sees botocore: a write whose condition does not hold raises ConditionFailed, and an
engine that does not answer in time raises Unavailable, after which the outcome of a write is
unknown and the caller reads to learn it.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, TypeVar

import boto3
from boto3.dynamodb.conditions import ConditionBase, ConditionExpressionBuilder
from boto3.dynamodb.types import Binary, TypeDeserializer, TypeSerializer
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from backend.storage import deadline
from backend.storage.tables import ACCOUNTS, Table

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

Item = dict[str, Any]
T = TypeVar("T")

CONFLICT_TRIES: Final = 4
# Reasons of a cancelled transaction after which the same call may be made again.
REPEATABLE: Final = {
    "TransactionConflict",
    "ThrottlingError",
    "ProvisionedThroughputExceeded",
    "None",
}
# Answers below 500 that are about the moment, not about the call.
BUSY: Final = {
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
    "TransactionCanceledException",
    "TransactionConflictException",
    "TransactionInProgressException",
}


class Unavailable(Exception):
    """The database did not answer in time. Whether a write was carried out is unknown."""


class ConditionFailed(Exception):
    """A write found its condition not to hold, and nothing was written.

    `found` has the item that stood in the way of each write of a transaction (None: nothing did).
    For a single write it is empty, since not every engine tells.
    """

    def __init__(self, found: Sequence[Item | None] = ()) -> None:
        super().__init__("a condition does not hold")
        self.found = found


@dataclass(frozen=True)
class Key:
    table: Table
    pk: str
    sk: str = "-"


@dataclass(frozen=True)
class Put:
    key: Key
    item: Item
    condition: ConditionBase | None = None


@dataclass(frozen=True)
class Update:
    key: Key
    set: Item = field(default_factory=dict)
    add: dict[str, int] = field(default_factory=dict)
    condition: ConditionBase | None = None


@dataclass(frozen=True)
class Delete:
    key: Key
    condition: ConditionBase | None = None


Write = Put | Update | Delete


def without_keys(item: Item) -> Item:
    return {name: value for name, value in item.items() if name not in {"pk", "sk"}}


def connect(endpoint_url: str, *, local: bool) -> DynamoDBClient:
    """A client with limits that fit a web request (the SDK's defaults outlive the gateway).

    A local engine takes any credentials; production's come from where the SDK finds them.
    """
    placeholder = "local" if local else None
    return boto3.client(
        "dynamodb",
        endpoint_url=endpoint_url or None,
        region_name="us-east-1" if local else None,
        aws_access_key_id=placeholder,
        aws_secret_access_key=placeholder,
        config=Config(
            retries={"mode": "standard", "total_max_attempts": 3},
            connect_timeout=1,
            read_timeout=2,
            max_pool_connections=50,
            tcp_keepalive=True,
        ),
    )


class Database:
    def __init__(self, client: DynamoDBClient, prefix: str) -> None:
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
            table["Keys"].append(_key(key))
        while asked:
            answer = _call(lambda: self._client.batch_get_item(RequestItems=asked))  # noqa: B023
            for name, items in answer["Responses"].items():
                for raw in items:
                    item = _read(raw)
                    found[name, item.pop("pk"), item.pop("sk")] = item
            asked = dict(answer.get("UnprocessedKeys", {}))
            if asked:
                _pause(1)
        return [found.get((self._prefix + key.table.name, key.pk, key.sk)) for key in keys]

    def query(self, table: Table, pk: str) -> list[Item]:
        """All items of a partition in the order of `sk`, keys included; strongly consistent."""
        items: list[Item] = []
        start: dict[str, Any] = {}
        while True:
            page = _call(
                lambda: self._client.query(
                    TableName=self._prefix + table.name,
                    KeyConditionExpression="pk = :pk",
                    ExpressionAttributeValues={":pk": {"S": pk}},
                    ConsistentRead=True,
                    **start,  # noqa: B023
                )
            )
            items += [_read(raw) for raw in page["Items"]]
            if "LastEvaluatedKey" not in page:
                return items
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def put(self, put: Put) -> None:
        _call(lambda: self._client.put_item(**self._request(put)))

    def update(self, update: Update) -> Item:
        """Carries the update out and returns the whole item as it is then."""
        request = self._request(update)
        answer = _call(lambda: self._client.update_item(**request, ReturnValues="ALL_NEW"))
        return without_keys(_read(answer["Attributes"]))

    def delete(self, delete: Delete) -> None:
        _call(lambda: self._client.delete_item(**self._request(delete)))

    def transact(self, *writes: Write) -> None:
        """All writes or none. Conflicts with other transactions are tried again, with jitter.

        Costs two write units for each KB of each item, also when a condition fails.
        """
        requests: list[Any] = [
            {
                type(write).__name__: {
                    **self._request(write),
                    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                }
            }
            for write in writes
        ]
        _call(lambda: self._client.transact_write_items(TransactItems=requests))

    def answers(self) -> bool:
        """Whether the database can be read now."""
        try:
            self.get(Key(ACCOUNTS, "probe"))
        except Unavailable:
            return False
        return True

    def _request(self, write: Write) -> Any:
        request: dict[str, Any] = {"TableName": self._prefix + write.key.table.name}
        names: dict[str, str] = {}
        values: Item = {}
        if isinstance(write, Put):
            item = {name: value for name, value in write.item.items() if value is not None}
            request["Item"] = {**_key(write.key), **_write(item)}
        else:
            request["Key"] = _key(write.key)
        if isinstance(write, Update):
            request["UpdateExpression"] = _update_expression(write, names, values)
        if write.condition is not None:
            built = ConditionExpressionBuilder().build_expression(write.condition)
            request["ConditionExpression"] = built.condition_expression
            names |= built.attribute_name_placeholders
            values |= built.attribute_value_placeholders
        if names:
            request["ExpressionAttributeNames"] = names
        if values:
            request["ExpressionAttributeValues"] = _write(values)
        return request


def _update_expression(update: Update, names: dict[str, str], values: Item) -> str:
    """SET, REMOVE (what is set to None) and ADD, with every name behind a placeholder."""
    clauses: dict[str, list[str]] = {"SET": [], "REMOVE": [], "ADD": []}
    for index, (name, value) in enumerate([*update.set.items(), *update.add.items()]):
        names[f"#u{index}"] = name
        if value is None:
            clauses["REMOVE"].append(f"#u{index}")
            continue
        values[f":u{index}"] = value
        if name in update.set:
            clauses["SET"].append(f"#u{index} = :u{index}")
        else:
            clauses["ADD"].append(f"#u{index} :u{index}")
    return " ".join(f"{verb} {', '.join(parts)}" for verb, parts in clauses.items() if parts)


def _call(call: Callable[[], T]) -> T:
    """Makes the call within the request's time; repeats it while it conflicts with another's."""
    for attempt in range(1, CONFLICT_TRIES + 1):
        if deadline.passed():
            raise Unavailable("no time is left")
        try:
            return call()
        except ClientError as error:
            if not _conflict(error):
                raise _meaning(error) from error
        except BotoCoreError as error:
            raise Unavailable(type(error).__name__) from error
        _pause(attempt)
    raise Unavailable("conflicts with other transactions")


def _conflict(error: ClientError) -> bool:
    code = error.response["Error"]["Code"]
    if code == "TransactionCanceledException":
        reasons: Any = error.response.get("CancellationReasons", [])
        return {reason["Code"] for reason in reasons} <= REPEATABLE
    return code == "TransactionConflictException"


def _meaning(error: ClientError) -> Exception:
    code = error.response["Error"]["Code"]
    if code == "ConditionalCheckFailedException":
        return ConditionFailed()
    reasons: Any = error.response.get("CancellationReasons", [])
    if any(reason["Code"] == "ConditionalCheckFailed" for reason in reasons):
        return ConditionFailed([_found(reason) for reason in reasons])
    if (
        code in BUSY
        or error.response["ResponseMetadata"]["HTTPStatusCode"] >= HTTPStatus.INTERNAL_SERVER_ERROR
    ):
        return Unavailable(code)
    return error


def _found(reason: Any) -> Item | None:
    if reason["Code"] != "ConditionalCheckFailed":
        return None
    return _read(reason.get("Item", {}))


def _pause(attempt: int) -> None:
    time.sleep(random.uniform(0, 0.05 * 2**attempt))  # noqa: S311 - jitter, not a secret


def _key(key: Key) -> Any:
    return {"pk": {"S": key.pk}, "sk": {"S": key.sk}}


_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize


def _write(item: Item) -> Any:
    return {name: _serialize(value) for name, value in item.items()}


def _read(raw: Any) -> Item:
    return {name: _plain(_deserialize(value)) for name, value in raw.items()}


def _plain(value: Any) -> Any:
    """What boto3 returned, in Python's own types."""
    if isinstance(value, Decimal):
        return int(value)
    if isinstance(value, Binary):
        return bytes(value.value)  # type: ignore[attr-defined]
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value
