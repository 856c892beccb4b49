"""Conditions on an item, and the expression that DynamoDB takes for them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from backend.storage.items import Item


@dataclass(frozen=True)
class Condition:
    """Parts of an expression: texts as they are, `Attr` for a name, `Value` for a value."""

    parts: tuple[str | Attr | Value, ...]

    def __and__(self, other: Condition) -> Condition:
        return Condition(("(", *self.parts, " AND ", *other.parts, ")"))

    def __or__(self, other: Condition) -> Condition:
        return Condition(("(", *self.parts, " OR ", *other.parts, ")"))


@dataclass(frozen=True)
class Value:
    value: Any


@dataclass(frozen=True)
class Attr:
    """An attribute by its name; its methods make conditions."""

    name: str

    def exists(self) -> Condition:
        return Condition(("attribute_exists(", self, ")"))

    def not_exists(self) -> Condition:
        return Condition(("attribute_not_exists(", self, ")"))

    def eq(self, value: Any) -> Condition:
        return self._compared("=", value)

    def ne(self, value: Any) -> Condition:
        return self._compared("<>", value)

    def lt(self, value: Any) -> Condition:
        return self._compared("<", value)

    def lte(self, value: Any) -> Condition:
        return self._compared("<=", value)

    def gt(self, value: Any) -> Condition:
        return self._compared(">", value)

    def gte(self, value: Any) -> Condition:
        return self._compared(">=", value)

    def begins_with(self, value: str) -> Condition:
        return Condition(("begins_with(", self, ", ", Value(value), ")"))

    def between(self, low: Any, high: Any) -> Condition:
        return Condition((self, " BETWEEN ", Value(low), " AND ", Value(high)))

    def contains(self, value: Any) -> Condition:
        return Condition(("contains(", self, ", ", Value(value), ")"))

    def _compared(self, sign: str, value: Any) -> Condition:
        return Condition((self, f" {sign} ", Value(value)))


@dataclass
class Placeholders:
    """Every name and value behind a placeholder, so that none can be read as syntax."""

    names: dict[str, str] = field(default_factory=dict)
    values: Item = field(default_factory=dict)

    def name(self, name: str) -> str:
        placeholder = f"#n{len(self.names)}"
        self.names[placeholder] = name
        return placeholder

    def value(self, value: Any) -> str:
        placeholder = f":v{len(self.values)}"
        self.values[placeholder] = value
        return placeholder

    def expression(self, condition: Condition) -> str:
        return "".join(self._part(part) for part in condition.parts)

    def _part(self, part: str | Attr | Value) -> str:
        if isinstance(part, Attr):
            return self.name(part.name)
        return self.value(part.value) if isinstance(part, Value) else part
