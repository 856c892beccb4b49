"""Everything about all users, secrets open: what an operator takes to another installation."""

from __future__ import annotations

from typing import Any

from backend.accounts import factor_records, records
from backend.accounts.administration import Administrator
from backend.accounts.context import Context
from backend.storage import users as stored
from backend.storage.users import User


def users(context: Context, by: Administrator) -> list[User]:
    """All users in the order of usernames, from a scan."""
    found = sorted(stored.everyone(context.database), key=lambda user: user.name_key)
    by.record(context, "user.exported", by.id, users=str(len(found)))
    return found


def record(context: Context, user: User) -> dict[str, Any]:
    """Raises CannotUnseal where a secret was sealed under a key that is not at hand."""
    return records.written(user, factor_records.of_user(context, user))
