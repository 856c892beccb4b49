"""Roles, and the rule that somebody who administers always remains."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

from backend.accounts.context import Context
from backend.accounts.errors import LastAdmin, Rejected, UserNotFound
from backend.storage import admins, users
from backend.storage.database import Unavailable
from backend.storage.users import User
from backend.storage.writes import Write

ADMIN: Final = "admin"
MAX_ROLES: Final = 16
ROLE_PATTERN: Final = r"^[a-z][a-z0-9_-]{0,31}$"
TRIES: Final = 60


def parse_roles(raw: Sequence[object]) -> tuple[str, ...]:
    """Up to 16 different names, in the order of the alphabet."""
    names = [name for name in raw if isinstance(name, str) and re.fullmatch(ROLE_PATTERN, name)]
    if len(raw) > MAX_ROLES or len(set(names)) != len(raw):
        raise Rejected("role_invalid")
    return tuple(sorted(names))


def administers(user: User | None) -> bool:
    return user is not None and ADMIN in user.roles and not user.disabled


def kept(context: Context, before: User | None, after: User) -> list[Write]:
    """What has to be written in the transaction that makes a user another, or makes one.

    Where the transaction fails on it, the admins have changed meanwhile: read again, try again.
    Raises LastAdmin.
    """
    if administers(before) == administers(after):
        return []
    seen = admins.find(context.database)
    wanted = seen.after(after.id, administers=administers(after))
    if not wanted.user_ids:
        raise LastAdmin
    return [admins.replace(seen, wanted)]


def change(
    context: Context, user_id: str, changes: Callable[[User], dict[str, Any]]
) -> tuple[User, User]:
    """Changes roles or state of a user, whose sessions end with it; returns before and after.

    `changes` says what is to be, given the user as it is; what is so already is left alone.
    Raises UserNotFound or LastAdmin.
    """
    for _ in range(TRIES):
        user = users.find(context.database, user_id)
        if user is None:
            raise UserNotFound
        wanted = replace(user, **changes(user))
        if wanted == user:
            return user, user
        also = kept(context, user, wanted)
        try:
            changed = users.change(
                context.database,
                user,
                context.now(),
                *also,
                roles=wanted.roles,
                disabled=wanted.disabled,
                epoch=user.epoch + 1,
            )
        except users.Stale:
            continue
        return user, changed
    raise Unavailable("the user is changed all the time")
