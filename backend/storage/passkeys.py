"""Passkeys, and the sentinels that keep a credential to one user.

    U#<user id> / P#<passkey id>    the passkey
    C#<credential hash>             {user_id, passkey_id}: whose passkey has the credential

Both are written in the transaction that changes the number in their user, on the condition that the
sentinel is absent.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from backend.storage import users
from backend.storage.conditions import Attr
from backend.storage.database import ConditionFailed, Database, Unavailable
from backend.storage.items import Item, without_keys
from backend.storage.tables import ACCOUNTS
from backend.storage.users import ABSENT, User, user_key
from backend.storage.writes import Delete, Key, Put, Update

PART = "P#"


@dataclass(frozen=True)
class Passkey:
    """A passkey as stored. Times are seconds since 1970, `last_used_at` 0 for never.

    `public_key` is a COSE key. `backup_eligible` and `backed_up` are what the authenticator says of
    itself. `last_use` is the id of the newest use: of two at once, it tells which it was.
    """

    id: str
    user_id: str
    credential_id: bytes
    public_key: bytes
    sign_count: int
    backup_eligible: bool
    backed_up: bool
    created_at: int
    transports: list[str] = field(default_factory=list)
    name: str | None = None
    last_used_at: int = 0
    last_use: str = ""


def passkey_key(user_id: str, passkey_id: str) -> Key:
    return Key(ACCOUNTS, user_key(user_id).pk, f"{PART}{passkey_id}")


def credential_sentinel(credential_id: bytes) -> Key:
    return Key(ACCOUNTS, f"C#{hashlib.sha256(credential_id).hexdigest()}")


def read(item: Item) -> Passkey:
    return Passkey(**without_keys(item))


def find(database: Database, user_id: str, passkey_id: str) -> Passkey | None:
    """Costs 1 read unit."""
    [item] = database.get(passkey_key(user_id, passkey_id))
    return read(item) if item else None


def of_user(database: Database, user_id: str) -> list[Passkey]:
    """Oldest first; costs a read unit for each 4 KB of the user and what belongs to it."""
    items = database.query(ACCOUNTS, user_key(user_id).pk)
    return [read(item) for item in items if item["sk"].startswith(PART)]


def find_by_credential(database: Database, credential_id: bytes) -> tuple[Passkey, User] | None:
    """The passkey with its user; costs 3 read units and two round trips."""
    [owner] = database.get(credential_sentinel(credential_id))
    if owner is None:
        return None
    keys = passkey_key(owner["user_id"], owner["passkey_id"]), user_key(owner["user_id"])
    passkey, user = database.get(*keys)
    return (read(passkey), users.read(user)) if passkey and user else None


def added(passkey: Passkey) -> tuple[Put, Put]:
    """The writes that add it: its own, then its sentinel's."""
    owner = {"user_id": passkey.user_id, "passkey_id": passkey.id}
    return (
        Put(passkey_key(passkey.user_id, passkey.id), vars(passkey), ABSENT),
        Put(credential_sentinel(passkey.credential_id), owner, ABSENT),
    )


def removed(passkey: Passkey) -> tuple[Delete, Delete]:
    return (
        Delete(passkey_key(passkey.user_id, passkey.id)),
        Delete(credential_sentinel(passkey.credential_id)),
    )


def rename(database: Database, user_id: str, passkey_id: str, name: str | None) -> Passkey | None:
    """None where there is no such passkey; costs 1 write unit."""
    key, there = passkey_key(user_id, passkey_id), Attr("pk").exists()
    try:
        return read(database.update(Update(key, set={"name": name}, condition=there)))
    except ConditionFailed:
        return None


def use(database: Database, used: Passkey) -> bool:
    """Notes a use: its counter, its backup state and its time; costs 1 write unit.

    False where the counter did not grow (of an authenticator that counts), or the passkey is gone.
    """
    grown = Attr("sign_count").lt(used.sign_count) if used.sign_count else Attr("sign_count").eq(0)
    names = ("sign_count", "backed_up", "last_used_at", "last_use")
    key = passkey_key(used.user_id, used.id)
    changes = {name: getattr(used, name) for name in names}
    try:
        database.update(Update(key, set=changes, condition=grown))
    except (ConditionFailed, Unavailable) as failure:
        found = find(database, used.user_id, used.id)
        if found and found.last_use == used.last_use:
            return True
        if isinstance(failure, Unavailable):
            raise
        return False
    return True
