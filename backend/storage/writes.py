"""Keys and writes as values, and the requests that they become."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from boto3.dynamodb.conditions import ConditionBase, ConditionExpressionBuilder

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


def key_attributes(key: Key) -> Any:
    return {"pk": {"S": key.pk}, "sk": {"S": key.sk}}


def request(write: Write, prefix: str) -> Any:
    """What the SDK's call takes for the write, with every name and value behind a placeholder."""
    made: dict[str, Any] = {"TableName": prefix + write.key.table.name}
    names: dict[str, str] = {}
    values: Item = {}
    if isinstance(write, Put):
        item = {name: value for name, value in write.item.items() if value is not None}
        made["Item"] = {**key_attributes(write.key), **written(item)}
    else:
        made["Key"] = key_attributes(write.key)
    if isinstance(write, Update):
        made["UpdateExpression"] = _update_expression(write, names, values)
    if write.condition is not None:
        built = ConditionExpressionBuilder().build_expression(write.condition)
        made["ConditionExpression"] = built.condition_expression
        names |= built.attribute_name_placeholders
        values |= built.attribute_value_placeholders
    if names:
        made["ExpressionAttributeNames"] = names
    if values:
        made["ExpressionAttributeValues"] = written(values)
    return made


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
