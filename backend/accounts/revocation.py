"""What goes with an address that its owner takes back: whatever somebody else may sign in by.

Whoever changed the address had a password, a passkey or an app of the account, or added one first.
So what came since, or within a day before, goes. A password of before stays, for whoever undoes by
mistake; the mail that follows leads to another.
"""

from __future__ import annotations

from typing import Final

from backend.accounts.context import Context
from backend.accounts.recovery_codes import RECOVERY_CODE
from backend.storage import passkeys, recovery_codes, totp
from backend.storage.addresses import Revoked
from backend.storage.users import User

BEFORE_SECONDS: Final = 24 * 3600


def since(context: Context, user: User, left_at: int) -> Revoked:
    """What goes from a user who left the address then, in seconds since 1970."""
    added_at = left_at - BEFORE_SECONDS
    parts = (
        _password(user, left_at),
        _passkeys(context, user, added_at),
        _second_factors(context, user, added_at),
    )
    return Revoked(
        changes={name: value for part in parts for name, value in part.changes.items()},
        removed=tuple(delete for part in parts for delete in part.removed),
    )


def _password(user: User, left_at: int) -> Revoked:
    changed = user.password_changed_at >= left_at
    return Revoked({"password_hash": ""} if changed else {})


def _passkeys(context: Context, user: User, added_at: int) -> Revoked:
    """One that the account was made with is as old as the account, and stays."""
    later = [
        passkey
        for passkey in passkeys.of_user(context.database, user.id)
        if passkey.created_at >= added_at and passkey.created_at > user.created_at
    ]
    removed = tuple(delete for passkey in later for delete in passkeys.removed(passkey))
    return Revoked({"passkeys": user.passkeys - len(later)}, removed)


def _second_factors(context: Context, user: User, added_at: int) -> Revoked:
    """Recovery codes go with their app, or alone where they took the place of the owner's."""
    app = totp.find(context.database, user.id)
    codes = recovery_codes.find(context.database, user.id)
    if app and app.created_at >= added_at:
        removed = (totp.removed(user.id), recovery_codes.removed(user.id))
        return Revoked({"second_factors": ()}, removed)
    if codes and codes.made_at >= added_at:
        left = tuple(one for one in user.second_factors if one != RECOVERY_CODE)
        return Revoked({"second_factors": left}, (recovery_codes.removed(user.id),))
    return Revoked({})
