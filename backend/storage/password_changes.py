"""A new password, which ends what the old one began."""

from __future__ import annotations

from backend.storage import users
from backend.storage.conditions import Attr
from backend.storage.database import ConditionFailed, Database, Unavailable
from backend.storage.users import User
from backend.storage.writes import Update, Write


def change_password(
    database: Database, user: User, password_hash: str, now: int, *also: Write
) -> bool:
    """Sets the password and ends all sessions by one step of the epoch, together with `also`.

    False where the epoch has moved since it was read, the mailbox has changed, the user was
    disabled, or a condition of `also` does not hold. Costs 2 write units, and 2 for each of `also`.
    """
    as_read = (
        Attr("epoch").eq(user.epoch)
        & Attr("email_key").eq(user.email_key)
        & Attr("disabled").eq(False)
    )
    at = users.moment(user, now)
    changes = {
        "password_hash": password_hash,
        "password_changed_at": at,
        "epoch": user.epoch + 1,
        "updated_at": at,
    }
    try:
        database.transact(
            Update(users.user_key(user.id), set=changes, add={"version": 1}, condition=as_read),
            *also,
        )
    except (ConditionFailed, Unavailable) as failure:
        found = users.find(database, user.id)
        # A hash is salted, so nobody else's is the same.
        if found and found.password_hash == password_hash:
            return True
        if isinstance(failure, Unavailable):
            raise
        return False
    return True
