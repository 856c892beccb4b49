"""Keys and writes as values, and the requests that they become."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from backend.storage.conditions import Condition, Placeholders
from backend.storage.items import Item, written
from backend.storage.tables import Table


@dataclass(frozen=True)
class Key:
    table: Table
    pk: str
    sk: str = "-"


@dataclass(frozen=True)
class Put:
    key: Key
    item: Item
    condition: Condition | None = None


@dataclass(frozen=True)
class Update:
    key: Key
    set: Item = field(default_factory=dict)
    add: dict[str, int] = field(default_factory=dict)
    condition: Condition | None = None


@dataclass(frozen=True)
class Delete:
    key: Key
    condition: Condition | None = None


Write = Put | Update | Delete


def key_attributes(key: Key) -> Any:
    return {"pk": {"S": key.pk}, "sk": {"S": key.sk}}


def request(write: Write, prefix: str) -> Any:
    """What DynamoDB takes for the write, with every name and value behind a placeholder."""
    made: dict[str, Any] = {"TableName": prefix + write.key.table.name}
    held = Placeholders()
    if isinstance(write, Put):
        item = {name: value for name, value in write.item.items() if value is not None}
        made["Item"] = {**key_attributes(write.key), **written(item)}
    else:
        made["Key"] = key_attributes(write.key)
    if isinstance(write, Update):
        made["UpdateExpression"] = _update_expression(write, held)
    if write.condition is not None:
        made["ConditionExpression"] = held.expression(write.condition)
    return made | placed(held)


def placed(held: Placeholders) -> dict[str, Any]:
    """What the placeholders of a request stand for."""
    found: dict[str, Any] = {}
    if held.names:
        found["ExpressionAttributeNames"] = held.names
    if held.values:
        found["ExpressionAttributeValues"] = written(held.values)
    return found


def _update_expression(update: Update, held: Placeholders) -> str:
    """SET, REMOVE (what is set to None) and ADD."""
    clauses: dict[str, list[str]] = {"SET": [], "REMOVE": [], "ADD": []}
    for name, value in update.set.items():
        if value is None:
            clauses["REMOVE"].append(held.name(name))
        else:
            clauses["SET"].append(f"{held.name(name)} = {held.value(value)}")
    for name, number in update.add.items():
        clauses["ADD"].append(f"{held.name(name)} {held.value(number)}")
    return " ".join(f"{verb} {', '.join(parts)}" for verb, parts in clauses.items() if parts)
