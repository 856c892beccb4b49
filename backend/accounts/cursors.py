"""Cursors: where a list goes on, signed, so that a caller can neither read nor make one up."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

from backend.accounts.errors import CursorInvalid
from backend.accounts.tokens import decoded, encoded, keyed, keyed_hash

TAG_BYTES: Final = 32


def encode(key: bytes, scope: str, position: dict[str, Any] | None) -> str | None:
    """The cursor of a position in a list; `scope` says which list, and how it was filtered."""
    if position is None:
        return None
    text = json.dumps(position, separators=(",", ":"), sort_keys=True)
    return encoded(keyed_hash(key, "cursor", scope, text) + text.encode())


def decode(keys: Iterable[bytes], scope: str, cursor: str) -> dict[str, Any]:
    """The position that a cursor of this list, under one of the keys, stands for.

    Raises CursorInvalid.
    """
    raw = decoded(cursor)
    if raw is None:
        raise CursorInvalid
    tag, text = raw[:TAG_BYTES], raw[TAG_BYTES:].decode(errors="replace")
    if not keyed(keys, tag, "cursor", scope, text):
        raise CursorInvalid
    position: dict[str, Any] = json.loads(text)
    return position
