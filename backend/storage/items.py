"""Items as Python has them and as DynamoDB does.

Items are plain dictionaries of str, int, bool, bytes, None, lists and dictionaries.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import Binary, TypeDeserializer, TypeSerializer

Item = dict[str, Any]


def without_keys(item: Item) -> Item:
    return {name: value for name, value in item.items() if name not in {"pk", "sk"}}


_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize


def written(item: Item) -> Any:
    return {name: _serialize(value) for name, value in item.items()}


def read(raw: Any) -> Item:
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
