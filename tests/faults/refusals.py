"""What becomes of a call to a service of AWS, and how the service itself would refuse it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

# The real DynamoDB takes no longer partition key; the local engine takes any.
KEY_BYTES = 2048
WRITES = {"TransactWriteItems", "PutItem", "UpdateItem", "DeleteItem"}


class Fault(Enum):
    """What becomes of a call."""

    REFUSED = "not carried out; the connection is reset"
    CUT = "not carried out; the connection is cut"
    LOST = "carried out; the connection is cut before the answer"
    FAILED = "not carried out; the service answers 500"
    FAILED_LATE = "carried out; the service answers 500 all the same"
    THROTTLED = "not carried out; the service asks for patience"
    CONFLICT = "a write is not carried out, since it conflicts with another's transaction"
    REJECTED = "not carried out; the service will not have it, now or later"
    NONSENSE = "not carried out; a page of HTML comes, as if all were well"
    LATE = "carried out; the answer comes too late"
    SLOW = "carried out; the answer comes slowly, but in time"
    REPLAYED = "carried out twice, by a network that repeats; the first answer comes"


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


# The answer to an operation with this body that is not carried out; None: no answer, or it is.
Refusal = Callable[[Fault | None, str, Any], Answer | None]

NONSENSE = Answer(200, b"<!doctype html><title>It works</title>")


def of_dynamodb(fault: Fault | None, operation: str, asked: Any) -> Answer | None:
    """It is as strict as the real service where the local engine is not: about keys' length."""
    match fault:
        case Fault.FAILED | Fault.FAILED_LATE:
            return _database_error("InternalServerError", 500)
        case Fault.THROTTLED:
            return _database_error("ProvisionedThroughputExceededException")
        case Fault.CONFLICT if operation in WRITES:
            return _conflict(operation, asked)
        case Fault.NONSENSE:
            return NONSENSE
    too_long = any(len(key.encode()) > KEY_BYTES for key in _keys(asked))
    return _database_error("ValidationException") if too_long else None


def of_ses(fault: Fault | None, operation: str, asked: Any) -> Answer | None:
    match fault:
        case Fault.FAILED | Fault.FAILED_LATE:
            return _mail_error(500, "InternalServiceErrorException", "Try again.")
        case Fault.THROTTLED:
            return _mail_error(429, "TooManyRequestsException", "Maximum sending rate exceeded.")
        case Fault.REJECTED:
            return _mail_error(400, "MessageRejected", "Email address is not verified.")
        case Fault.NONSENSE:
            return NONSENSE
    return None


def _keys(part: Any) -> Iterator[str]:
    """Every partition key that a request names."""
    if isinstance(part, dict):
        if isinstance(part.get("pk"), dict):
            yield part["pk"]["S"]
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            yield from _keys(inner)


def _database_error(name: str, status: int = 400, **more: Any) -> Answer:
    body = {"__type": f"com.amazonaws.dynamodb.v20120810#{name}", **more}
    return Answer(status, json.dumps(body).encode())


def _conflict(operation: str, asked: Any) -> Answer:
    if operation != "TransactWriteItems":
        return _database_error("TransactionConflictException")
    others = len(asked["TransactItems"]) - 1
    reasons = [{"Code": "TransactionConflict"}, *[{"Code": "None"}] * others]
    return _database_error("TransactionCanceledException", CancellationReasons=reasons)


def _mail_error(status: int, name: str, message: str) -> Answer:
    return Answer(status, json.dumps({"message": message}).encode(), {"x-amzn-ErrorType": name})
