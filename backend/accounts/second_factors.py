"""Second factors: what is asked for after a password, and how it is taken away by others."""

from __future__ import annotations

from backend.accounts import audit, limits, notices, recovery_codes, totp
from backend.accounts.context import Caller, Context
from backend.accounts.errors import InvalidCode
from backend.accounts.recovery_codes import RECOVERY_CODE
from backend.accounts.retries import with_fresh_user
from backend.accounts.totp import TOTP
from backend.storage import recovery_codes as stored_codes
from backend.storage import totp as stored_totp
from backend.storage import users
from backend.storage.users import User


def prove(
    context: Context, caller: Caller, user: User, method: str, code: str, *, device_id: str | None
) -> None:
    """Uses up a right code. Raises InvalidCode, or RateLimited after too many wrong ones.

    `device_id` is that of a device that signed in before, which has a share of tries of its own.
    """
    tries = limits.second_factor(context, user.id, device_id)
    with limits.unless_unavailable(context, tries):
        right = _use(context, caller, user, method, code)
    if not right:
        audit.record(context, caller, "second_factor.refused", user.id, method=method)
        raise InvalidCode
    limits.right_after_all(context, tries)


def reset(context: Context, caller: Caller, user: User, *, actor: str) -> User:
    """Takes all second factors from a user who lost them; passkeys stay. Returns the user after it.

    Raises NotAuthenticated where there is no such user any more.
    """

    def attempt(user: User) -> User:
        writes = (stored_totp.removed(user.id), stored_codes.removed(user.id))
        return users.change(context.database, user, context.now(), *writes, second_factors=())

    changed = with_fresh_user(context, user, attempt)
    audit.record(context, caller, "second_factors.reset", user.id, actor=actor)
    notices.tell(context, changed, "second_factors_reset", caller)
    return changed


def _use(context: Context, caller: Caller, user: User, method: str, code: str) -> bool:
    if method == TOTP:
        return totp.use(context, user, code)
    return method == RECOVERY_CODE and recovery_codes.use(context, caller, user, code)
