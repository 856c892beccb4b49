"""Holds: who is about to take a username.

    H#<name key>    {holder, expires_at}

Whoever takes a username holds it first, and a hold outlasts its use by a minute. So a username that
was seen free, and then could be held, is free: nobody can have taken it in between without a hold.
That saves a condition on another table in every registration.
"""

from __future__ import annotations

from dataclasses import dataclass

from boto3.dynamodb.conditions import Attr

from backend.storage.tables import EPHEMERAL
from backend.storage.writes import Key, Put


@dataclass(frozen=True)
class Hold:
    name_key: str
    holder: str
    expires_at: int


def hold_key(name_key: str) -> Key:
    return Key(EPHEMERAL, f"H#{name_key}")


def hold_put(hold: Hold, now: int) -> Put:
    """A write that fails while somebody else's hold is in force; its item names the holder."""
    free = Attr("pk").not_exists() | Attr("expires_at").lte(now) | Attr("holder").eq(hold.holder)
    return Put(
        hold_key(hold.name_key), {"holder": hold.holder, "expires_at": hold.expires_at}, free
    )
