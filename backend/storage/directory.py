"""All users in the order of their usernames, a page at a time.

The sentinels of usernames that begin with one character are one partition; a listing walks from one
to the next.
"""

from __future__ import annotations

import string
from typing import Final

from backend.storage import users
from backend.storage.conditions import Attr, Condition
from backend.storage.database import Database
from backend.storage.items import Item
from backend.storage.tables import ACCOUNTS
from backend.storage.users import User

# Every first character of a username, in the order of the listing.
INITIALS: Final = string.digits + string.ascii_lowercase


def page(
    database: Database, prefix: str, *, after: str | None, limit: int
) -> tuple[list[User], str | None]:
    """Users whose name key begins with the prefix, and the key to go on after (None: no more).

    Costs a read unit for each user, and a query for each initial that is passed.
    """
    found: list[Item] = []
    for initial in _initials(prefix, after):
        start = after if after and after[0] == initial else None
        found += _sentinels(database, initial, prefix, after=start, limit=limit + 1 - len(found))
        if len(found) > limit:
            return _users(database, found[:limit]), found[limit - 1]["sk"]
    return _users(database, found), None


def _initials(prefix: str, after: str | None) -> str:
    """Those that are still to be looked at."""
    wanted = prefix[:1] or INITIALS
    return "".join(initial for initial in wanted if not after or initial >= after[0])


def _sentinels(
    database: Database, initial: str, prefix: str, *, after: str | None, limit: int
) -> list[Item]:
    condition: Condition = Attr("pk").eq(users.names(initial))
    if prefix:
        condition &= Attr("sk").begins_with(prefix)
    start = {"pk": users.names(initial), "sk": after} if after else None
    found, _ = database.page(ACCOUNTS, condition, limit=limit, start=start)
    return found


def _users(database: Database, sentinels: list[Item]) -> list[User]:
    """Of a name that nobody has any more, nobody."""
    keys = [users.user_key(sentinel["user_id"]) for sentinel in sentinels]
    return [users.read(item) for item in database.get(*keys) if item] if keys else []
