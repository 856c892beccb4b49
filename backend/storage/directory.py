"""All users in the order of their usernames, a page at a time.

The index `by_name` has the names that begin with one character in one partition; a listing walks
from one to the next. It lags, so what it names is read from the table itself.
"""

from __future__ import annotations

import string
from typing import Final

from backend.storage import users
from backend.storage.conditions import Attr, Condition
from backend.storage.database import Database
from backend.storage.items import Item
from backend.storage.tables import ACCOUNTS, BY_NAME
from backend.storage.users import User
from backend.storage.writes import Key

# Every first character of a username, in the order of the index.
INITIALS: Final = string.digits + string.ascii_lowercase


def page(
    database: Database, prefix: str, *, after: str | None, limit: int
) -> tuple[list[User], str | None]:
    """Users whose name key begins with the prefix, and the key to go on after (None: no more).

    Costs a read unit for each name and each user, and a query for each initial that is passed.
    """
    names: list[str] = []
    for initial in _initials(prefix, after):
        start = after if after and after[0] == initial else None
        names += _names(database, initial, prefix, after=start, limit=limit + 1 - len(names))
        if len(names) > limit:
            return _users(database, names[:limit]), names[limit - 1]
    return _users(database, names), None


def _initials(prefix: str, after: str | None) -> str:
    """Those that are still to be looked at."""
    wanted = prefix[:1] or INITIALS
    return "".join(initial for initial in wanted if not after or initial >= after[0])


def _names(
    database: Database, initial: str, prefix: str, *, after: str | None, limit: int
) -> list[str]:
    condition: Condition = Attr(BY_NAME.partition).eq(initial)
    if prefix:
        condition &= Attr(BY_NAME.sort).begins_with(prefix)
    start = _place(after) if after else None
    found, _ = database.page(ACCOUNTS, condition, limit=limit, index=BY_NAME, start=start)
    return [item[BY_NAME.sort] for item in found]


def _place(name_key: str) -> Item:
    sentinel = users.name_sentinel(name_key)
    place = {BY_NAME.partition: name_key[0], BY_NAME.sort: name_key}
    return {"pk": sentinel.pk, "sk": sentinel.sk, **place}


def _users(database: Database, names: list[str]) -> list[User]:
    """Of a name that nobody has any more, nobody."""
    sentinels = _found(database, [users.name_sentinel(name) for name in names])
    found = _found(database, [users.user_key(sentinel["user_id"]) for sentinel in sentinels])
    return [users.read(item) for item in found]


def _found(database: Database, keys: list[Key]) -> list[Item]:
    return [item for item in database.get(*keys) if item] if keys else []
