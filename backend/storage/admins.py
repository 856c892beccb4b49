"""Who administers: all admins who are not disabled, in one item.

    ADMINS    {user_ids, version}

It is written in the transaction that changes one of them, on the condition that it is as it was
read: of two who take each other's role at once, one stays.
"""

from __future__ import annotations

from dataclasses import dataclass

from backend.storage.conditions import Attr
from backend.storage.database import Database
from backend.storage.tables import ACCOUNTS
from backend.storage.writes import Key, Put

KEY = Key(ACCOUNTS, "ADMINS")


@dataclass(frozen=True)
class Admins:
    user_ids: tuple[str, ...] = ()
    version: int = 0

    def after(self, user_id: str, *, administers: bool) -> Admins:
        """With this user, or without."""
        others = tuple(one for one in self.user_ids if one != user_id)
        return Admins((*others, user_id) if administers else others, self.version + 1)


def find(database: Database) -> Admins:
    """Costs 1 read unit."""
    [item] = database.get(KEY)
    return Admins(tuple(item["user_ids"]), item["version"]) if item else Admins()


def replace(seen: Admins, wanted: Admins) -> Put:
    """A write that fails where the admins are no longer those that were seen."""
    same = Attr("version").eq(seen.version) if seen.version else Attr("pk").not_exists()
    return Put(KEY, {"user_ids": list(wanted.user_ids), "version": wanted.version}, same)
