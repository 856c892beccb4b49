"""Identifiers: UUIDv7 (RFC 9562 5.7), made before the write that uses them."""

from __future__ import annotations

import secrets
import time
import uuid


def new_id() -> str:
    """48 bits of milliseconds, then 74 random ones around version and variant."""
    value = time.time_ns() // 1_000_000 << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 7 << 76
    value = value & ~(0x3 << 62) | 2 << 62
    return str(uuid.UUID(int=value))


def parse_id(text: str) -> str | None:
    """The id in its one spelling, or None for what is no id."""
    try:
        parsed = uuid.UUID(text)
    except ValueError:
        return None
    return text if str(parsed) == text else None
