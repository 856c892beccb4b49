"""Password resets that were asked for.

    W#<email key>    {token_hash, epoch, expires_at}: the newest link to the mailbox

A mailbox without an account gets an item too, whose hash no token has, so that both take the same
writes. The token names its user, and the user the mailbox: a link dies with a change of address.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backend.storage.conditions import Attr
from backend.storage.database import Database
from backend.storage.items import Item
from backend.storage.tables import EPHEMERAL
from backend.storage.writes import Delete, Key, Put


@dataclass(frozen=True)
class Reset:
    """`epoch` is the user's when it was asked for: a link of an earlier one is worthless."""

    token_hash: bytes
    epoch: int
    expires_at: int


def reset_key(email_key: str) -> Key:
    return Key(EPHEMERAL, f"W#{email_key}")


def read(item: Item) -> Reset:
    return Reset(**item)


def replace(database: Database, email_key: str, reset: Reset) -> None:
    """The newest link to a mailbox is the only one; costs 1 write unit."""
    database.put(put(email_key, reset))


def put(email_key: str, reset: Reset) -> Put:
    """The write that makes it the newest link to the mailbox."""
    return Put(reset_key(email_key), vars(reset))


def find(database: Database, email_keys: Sequence[str]) -> dict[str, Reset]:
    """The newest link under each key of a mailbox, which may have expired; 1 read unit for each."""
    items = database.get(*map(reset_key, email_keys))
    return {key: read(item) for key, item in zip(email_keys, items, strict=True) if item}


def spend(email_key: str, reset: Reset) -> Delete:
    """A write that fails where the link was spent or replaced."""
    return Delete(reset_key(email_key), Attr("token_hash").eq(reset.token_hash))
