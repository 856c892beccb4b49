"""Whoever was deleted stays deleted: a table as it was knows them still, and is told here.

The audit log says who was deleted, and from its events what is personal was taken before the user
was. Who has an account now is left alone, since a deleted id may have been imported again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from backend.storage import audit, passkeys, users
from backend.storage.addresses import KEPT
from backend.storage.passkeys import PART
from backend.storage.writes import Key
from infra.aws import found

USER: Final = "U#"
DELETED: Final = (
    "#action = :deleted OR (attribute_exists(personal_hash) AND attribute_not_exists(salt))"
)


def erase_accounts(dynamodb: Any, prefix: str, target: str) -> int:
    """Removes from a table of accounts whoever was deleted since; returns how many there were."""
    gone = _erased(dynamodb, prefix) & {*_user_ids(dynamodb, target)}
    for user_id in gone:
        _remove(dynamodb, target, user_id)
    return len(gone)


def erase_events(dynamodb: Any, prefix: str, target: str) -> int:
    """Takes what is personal from the events of whoever was deleted since."""
    gone = _erased(dynamodb, prefix)
    for user_id in gone:
        for event in _partition(dynamodb, target, audit.partition(user_id)):
            dynamodb.update_item(
                TableName=target,
                Key={"pk": event["pk"], "sk": event["sk"]},
                UpdateExpression=f"REMOVE {', '.join(audit.PERSONAL)}",
            )
    return len(gone)


def _erased(dynamodb: Any, prefix: str) -> set[str]:
    """Whom the present audit log knows as deleted, and who has no account now."""
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=f"{prefix}audit",
        FilterExpression=DELETED,
        ProjectionExpression="subject",
        ExpressionAttributeNames={"#action": "action"},
        ExpressionAttributeValues={":deleted": {"S": audit.DELETED}},
    )
    subjects = {item["subject"]["S"] for page in pages for item in page["Items"]}
    present = f"{prefix}accounts"
    return {one for one in subjects if not _there(dynamodb, present, users.user_key(one))}


def _user_ids(dynamodb: Any, table: str) -> Iterator[str]:
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=table, ProjectionExpression="pk, sk", ConsistentRead=True
    )
    for item in (item for page in pages for item in page["Items"]):
        pk, sk = item["pk"]["S"], item["sk"]["S"]
        if pk.startswith(USER) and sk == "-":
            yield pk.removeprefix(USER)


def _remove(dynamodb: Any, table: str, user_id: str) -> None:
    """All that leads to the user and stands beside them, and the user last: it may be repeated."""
    own = users.user_key(user_id)
    parts = list(_partition(dynamodb, table, own.pk))
    for key in (key for part in parts for key in _leading_to(part)):
        found(
            lambda key=key: dynamodb.delete_item(  # type: ignore[misc]
                TableName=table,
                Key=_attributes(key),
                ConditionExpression="attribute_not_exists(pk) OR user_id = :own",
                ExpressionAttributeValues={":own": {"S": user_id}},
            ),
            "ConditionalCheckFailedException",
        )
    for part in sorted(parts, key=lambda part: part["sk"]["S"] == own.sk):
        dynamodb.delete_item(TableName=table, Key={"pk": part["pk"], "sk": part["sk"]})


def _leading_to(part: Any) -> list[Key]:
    """The sentinels by which a user, a passkey or a mailbox that was left is found."""
    sk = part["sk"]["S"]
    if sk.startswith(KEPT):
        return [users.mailbox_sentinel(sk.removeprefix(KEPT))]
    if sk.startswith(PART):
        return [passkeys.credential_sentinel(part["credential_id"]["B"])]
    if "name_key" in part:
        name, mailbox = part["name_key"]["S"], part["email_key"]["S"]
        return [users.name_sentinel(name), users.mailbox_sentinel(mailbox)]
    return []


def _partition(dynamodb: Any, table: str, pk: str) -> Iterator[Any]:
    pages = dynamodb.get_paginator("query").paginate(
        TableName=table,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": pk}},
        ConsistentRead=True,
    )
    for page in pages:
        yield from page["Items"]


def _there(dynamodb: Any, table: str, key: Key) -> bool:
    answer = dynamodb.get_item(TableName=table, Key=_attributes(key), ConsistentRead=True)
    return "Item" in answer


def _attributes(key: Key) -> dict[str, dict[str, str]]:
    return {"pk": {"S": key.pk}, "sk": {"S": key.sk}}
