"""Recovery codes: one set a user.

    U#<user id> / recovery-codes    {key, hashes of the codes that are not used yet, made_at}

They are written only in a transaction that changes their user, whose version says that nobody else
did meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass

from backend.storage.database import Database
from backend.storage.items import Item
from backend.storage.tables import ACCOUNTS
from backend.storage.users import user_key
from backend.storage.writes import Delete, Key, Put, Update

PART = "recovery-codes"


@dataclass(frozen=True)
class RecoveryCodes:
    """`hashes` are under `key`, which is sealed. `made_at` is in seconds since 1970."""

    key: bytes
    hashes: list[bytes]
    made_at: int


def codes_key(user_id: str) -> Key:
    return Key(ACCOUNTS, user_key(user_id).pk, PART)


def read(item: Item) -> RecoveryCodes:
    return RecoveryCodes(**item)


def find(database: Database, user_id: str) -> RecoveryCodes | None:
    """Costs 1 read unit."""
    [item] = database.get(codes_key(user_id))
    return read(item) if item else None


def replaced(user_id: str, codes: RecoveryCodes) -> Put:
    """The write that puts a new set in the place of any other."""
    return Put(codes_key(user_id), vars(codes))


def used(user_id: str, seen: RecoveryCodes, spent: bytes, key: bytes) -> Update:
    """The write that takes one code from the set that was seen.

    `key` replaces the one that was seen, sealed anew or as it is.
    """
    left = [one for one in seen.hashes if one != spent]
    return Update(codes_key(user_id), set={"hashes": left, "key": key})


def removed(user_id: str) -> Delete:
    return Delete(codes_key(user_id))
