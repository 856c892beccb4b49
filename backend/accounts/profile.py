"""One's own account: who may read it, and how it is changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from backend.accounts import audit
from backend.accounts.context import Caller, Context
from backend.accounts.errors import PreconditionFailed, UsernameTaken, UserNotFound
from backend.accounts.identifiers import Username
from backend.accounts.ids import parse_id
from backend.accounts.roles import ADMIN
from backend.storage import users
from backend.storage.users import User


@dataclass(frozen=True)
class Changes:
    """What is to change; `members` are display name and locale, where None takes them away."""

    members: dict[str, str | None]
    username: Username | None = None


def read_user(context: Context, reader: User, user_id: str) -> User:
    """Oneself, or anybody for an admin; for the rest nobody is there. Raises UserNotFound."""
    if user_id == reader.id:
        return reader
    known = parse_id(user_id)
    if ADMIN not in reader.roles or known is None:
        raise UserNotFound
    user = users.find(context.database, known)
    if user is None:
        raise UserNotFound
    return user


def change_user(context: Context, user: User, changes: Changes, caller: Caller) -> User:
    """Carries all changes out or none. Raises UsernameTaken or PreconditionFailed."""
    wanted: dict[str, Any] = dict(changes.members)
    if changes.username:
        wanted["username"] = changes.username.text
    if all(getattr(user, name) == value for name, value in wanted.items()):
        return user
    changed = _carry_out(context, user, changes, wanted)
    members = ", ".join(sorted(wanted.keys() - {"name_key"}))
    audit.record(context, caller, "user.updated", user.id, members=members)
    return changed


def _carry_out(context: Context, user: User, changes: Changes, wanted: dict[str, Any]) -> User:
    try:
        if changes.username and changes.username.key != user.name_key:
            wanted["name_key"] = changes.username.key
            return users.rename(context.database, user, context.now(), **wanted)
        return users.change(context.database, user, context.now(), **wanted)
    except users.UsernameTaken:
        raise UsernameTaken from None
    except users.Stale:
        raise PreconditionFailed from None
