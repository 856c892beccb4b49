"""Lists in pages: `?limit=` and `?cursor=`, answered as `{items, next_cursor}`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from flask import request

from backend.accounts import cursors
from backend.accounts.errors import LimitInvalid
from backend.web.operation import context

LIMIT: Final = 25
MAX_LIMIT: Final = 100


@dataclass(frozen=True)
class Asked:
    """Which page is asked for; `position` is None for the first."""

    limit: int
    position: dict[str, Any] | None


def asked(scope: str) -> Asked:
    """What the query says; `scope` is the list and its filter.

    Raises LimitInvalid or CursorInvalid.
    """
    cursor = request.args.get("cursor")
    keys = context().settings.signing_keys
    return Asked(_limit(), cursors.decode(keys, scope, cursor) if cursor is not None else None)


def paged(scope: str, items: list[Any], position: dict[str, Any] | None) -> dict[str, Any]:
    """The answer's body; `position` is where the next page begins (None: there is none)."""
    return {"items": items, "next_cursor": next_cursor(scope, position)}


def next_cursor(scope: str, position: dict[str, Any] | None) -> str | None:
    """What a page of the list is asked for by, from the position on."""
    return cursors.encode(context().settings.signing_key, scope, position)


def _limit() -> int:
    text = request.args.get("limit", str(LIMIT))
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(MAX_LIMIT))):
        raise LimitInvalid
    limit = int(text)
    if not 1 <= limit <= MAX_LIMIT:
        raise LimitInvalid
    return limit
