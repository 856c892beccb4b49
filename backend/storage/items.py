"""Items as Python has them and as DynamoDB's JSON does.

Items are plain dictionaries of str, int, bool, bytes, None, lists and dictionaries.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Any, Final

Item = dict[str, Any]


def without_keys(item: Item) -> Item:
    return {name: value for name, value in item.items() if name not in {"pk", "sk"}}


def written(item: Item) -> Any:
    return {name: _typed(value) for name, value in item.items()}


def read(raw: Any) -> Item:
    return {name: _plain(value) for name, value in raw.items()}


def _typed(value: Any) -> dict[str, Any]:
    if value is None:
        return {"NULL": True}
    return {_KINDS[type(value)]: _WRITERS.get(type(value), _same)(value)}


def _plain(typed: dict[str, Any]) -> Any:
    [(kind, value)] = typed.items()
    return _READERS.get(kind, _same)(value)


def _same(value: Any) -> Any:
    return value


_KINDS: Final[dict[type, str]] = {
    str: "S",
    int: "N",
    bool: "BOOL",
    bytes: "B",
    list: "L",
    tuple: "L",
    dict: "M",
}
_WRITERS: Final[dict[type, Callable[[Any], Any]]] = {
    int: str,
    bytes: lambda value: b64encode(value).decode(),
    list: lambda value: [_typed(part) for part in value],
    tuple: lambda value: [_typed(part) for part in value],
    dict: written,
}
_READERS: Final[dict[str, Callable[[Any], Any]]] = {
    "N": int,
    "B": b64decode,
    "NULL": lambda _: None,
    "L": lambda value: [_plain(part) for part in value],
    "M": read,
}
