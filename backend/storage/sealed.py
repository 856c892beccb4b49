"""Secrets of users that are stored sealed, wherever they stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from backend.storage import recovery_codes, totp
from backend.storage.conditions import Attr
from backend.storage.database import ConditionFailed, Database
from backend.storage.items import Item, without_keys
from backend.storage.tables import ACCOUNTS
from backend.storage.users import User, read, user_key
from backend.storage.writes import Key, Update

# The attribute that is sealed, for each part that stands beside a user.
ATTRIBUTES: Final = {totp.PART: "secret", recovery_codes.PART: "key"}


@dataclass(frozen=True)
class Sealed:
    """A sealed secret: what `part` of which user it is."""

    part: str
    user_id: str
    value: bytes

    @property
    def key(self) -> Key:
        return Key(ACCOUNTS, user_key(self.user_id).pk, self.part)


def everything(database: Database) -> Iterator[User | Sealed]:
    """All users and all that is sealed beside them, in no order, from a scan of the table."""
    return filter(None, map(_read, database.scan(ACCOUNTS)))


def replace(database: Database, seen: Sealed, value: bytes) -> bool:
    """The same secret sealed otherwise; costs 1 write unit. False where it has changed or gone."""
    attribute = ATTRIBUTES[seen.part]
    same = Attr(attribute).eq(seen.value)
    try:
        database.update(Update(seen.key, set={attribute: value}, condition=same))
    except ConditionFailed:
        return False
    return True


def _read(item: Item) -> User | Sealed | None:
    kind, _, user_id = item["pk"].partition("#")
    if kind != "U":
        return None
    if item["sk"] == user_key(user_id).sk:
        return read(without_keys(item))
    attribute = ATTRIBUTES.get(item["sk"])
    return Sealed(item["sk"], user_id, item[attribute]) if attribute else None
