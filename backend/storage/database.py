"""DynamoDB as this product uses it: strong reads, conditional writes, transactions.

Nothing above this module sees botocore: a write whose condition does not hold raises
ConditionFailed, and an engine that does not answer in time raises Unavailable, after which the
outcome of a write is unknown and the caller reads to learn it.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, TypeVar

import boto3
from boto3.dynamodb.conditions import ConditionBase, ConditionExpressionBuilder
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoRegionError

from backend.settings import SettingError
from backend.storage import deadline
from backend.storage.items import Item, read, without_keys, written
from backend.storage.tables import ACCOUNTS, Index, Table
from backend.storage.writes import Delete, Key, Put, Update, Write, key_attributes, request

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

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


def connect(endpoint_url: str, *, local: bool) -> DynamoDBClient:
    """A client with limits that fit a web request (the SDK's defaults outlive the gateway).

    A local engine takes any credentials; production's come from where the SDK finds them.
    """
    try:
        return _client(endpoint_url, local=local)
    except NoRegionError:
        raise SettingError("AWS_REGION must name the region of the tables.") from None


def _client(endpoint_url: str, *, local: bool) -> DynamoDBClient:
    placeholder = "local" if local else None
    # A proxy in the environment is for the outside, and would not find this machine.
    proxies: dict[str, str] | None = {} if local else None
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
            proxies=proxies,
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
            table["Keys"].append(key_attributes(key))
        while asked:
            answer = _call(lambda: self._client.batch_get_item(RequestItems=asked))  # noqa: B023
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
        condition: ConditionBase,
        *,
        limit: int,
        index: Index | None = None,
        newest_first: bool = False,
        start: Item | None = None,
    ) -> tuple[list[Item], Item | None]:
        """Some items of a partition, and where to start for those after them (None: no more).

        Keys are included. Of an index, whose items are keys alone, and late.
        """
        built = ConditionExpressionBuilder().build_expression(condition, is_key_condition=True)
        asked: dict[str, Any] = {"IndexName": index.name} if index else {"ConsistentRead": True}
        if start:
            asked["ExclusiveStartKey"] = written(start)
        answer = _call(
            lambda: self._client.query(
                TableName=self._prefix + table.name,
                KeyConditionExpression=built.condition_expression,
                ExpressionAttributeNames=built.attribute_name_placeholders,
                ExpressionAttributeValues=written(built.attribute_value_placeholders),
                Limit=limit,
                ScanIndexForward=not newest_first,
                **asked,
            )
        )
        last = answer.get("LastEvaluatedKey")
        return [read(raw) for raw in answer["Items"]], read(last) if last else None

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
            items += [read(raw) for raw in page["Items"]]
            if "LastEvaluatedKey" not in page:
                return items
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def scan(self, table: Table, *, keys_only: bool = False) -> Iterator[Item]:
        """Every item of a table, keys included; strongly consistent, and read to the last byte.

        For the operator's commands: the function's role may not.
        """
        start: dict[str, Any] = {}
        only: dict[str, Any] = {"ProjectionExpression": "pk, sk"} if keys_only else {}
        while True:
            page = _call(
                lambda: self._client.scan(
                    TableName=self._prefix + table.name,
                    ConsistentRead=True,
                    **only,
                    **start,  # noqa: B023
                )
            )
            yield from (read(raw) for raw in page["Items"])
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def put(self, put: Put) -> None:
        _call(lambda: self._client.put_item(**request(put, self._prefix)))

    def update(self, update: Update) -> Item:
        """Carries the update out and returns the whole item as it is then."""
        made = request(update, self._prefix)
        answer = _call(lambda: self._client.update_item(**made, ReturnValues="ALL_NEW"))
        return without_keys(read(answer["Attributes"]))

    def delete(self, delete: Delete) -> None:
        _call(lambda: self._client.delete_item(**request(delete, self._prefix)))

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
        _call(lambda: self._client.transact_write_items(TransactItems=requests))

    def transact_all(self, writes: Sequence[Write]) -> None:
        """Any number of writes, so many at a time; where one part fails, those before it stand."""
        for start in range(0, len(writes), TRANSACTION_WRITES):
            self.transact(*writes[start : start + TRANSACTION_WRITES])

    def answers(self) -> bool:
        """Whether the database can be read now."""
        try:
            self.get(Key(ACCOUNTS, "probe"))
        except (Unavailable, ClientError):
            return False
        return True


def _call(call: Callable[[], T]) -> T:
    """Makes the call within the request's time; repeats it while it conflicts with another's."""
    for attempt in range(CONFLICT_TRIES):
        if attempt:
            _pause(attempt)
        if deadline.passed():
            raise Unavailable("no time is left")
        try:
            return call()
        except ClientError as error:
            if not _conflict(error):
                raise _meaning(error) from error
        except BotoCoreError as error:
            raise Unavailable(type(error).__name__) from error
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
    return read(reason.get("Item", {}))


def _pause(attempt: int) -> None:
    time.sleep(random.uniform(0, 0.05 * 2**attempt))  # noqa: S311 - jitter, not a secret
