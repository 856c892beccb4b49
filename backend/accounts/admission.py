"""Accounts that do not come by registration: their mailboxes were proved elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from backend.accounts import mailboxes, password_change, roles
from backend.accounts.administration import Administrator
from backend.accounts.context import Context
from backend.accounts.errors import AccountExists, PasskeyExists, UsernameTaken
from backend.accounts.identifiers import EmailAddress, Username
from backend.accounts.ids import new_id
from backend.storage import users
from backend.storage.database import Unavailable
from backend.storage.holds import Hold, hold_put
from backend.storage.users import HOLD_SECONDS, User
from backend.storage.writes import Write

TRIES: Final = 60


@dataclass(frozen=True)
class NewAccount:
    """Each part already judged by itself."""

    username: Username
    email: EmailAddress
    display_name: str | None = None
    locale: str | None = None
    roles: tuple[str, ...] = ()


def create(context: Context, by: Administrator, new: NewAccount, password: str | None) -> User:
    """Makes an account; without a password there is no way in but a reset link.

    Raises UsernameTaken or AccountExists, or Invalid for a password that names the user or is known
    from a breach.
    """
    now = context.now()
    user = User(
        id=new_id(),
        username=new.username.text,
        name_key=new.username.key,
        email=new.email.text,
        email_key=new.email.key(context.settings.lookup_key),
        password_hash="",
        created_at=now,
        updated_at=now,
        email_verified_at=now,
        created_in=new_id(),
        display_name=new.display_name,
        locale=new.locale,
        roles=new.roles,
    )
    if password is not None:
        user = replace(user, password_hash=password_change.judged(context, user, password))
    admit(context, user)
    by.record(context, "user.created", user.id)
    return user


def admit(context: Context, user: User, also: Sequence[Write] = ()) -> None:
    """Writes a user with what belongs to them: all or nothing.

    Raises UsernameTaken or AccountExists, and PasskeyExists where a condition of `also` fails.
    """
    now, email_keys = context.now(), mailboxes.keys(context, user.email)
    hold = hold_put(Hold(user.name_key, user.id, now + HOLD_SECONDS), now)
    for _ in range(TRIES):
        try:
            kept = roles.kept(context, None, user)
            writes = (hold, *also, *kept)
            users.create(context.database, user, now, *writes, email_keys=email_keys)
        except users.UsernameTaken:
            raise UsernameTaken from None
        except users.MailboxTaken:
            raise AccountExists from None
        except users.Stale as stale:
            holder, *others = stale.found
            if holder:
                raise UsernameTaken from None
            if any(others[: len(also)]):
                raise PasskeyExists from None
            continue
        return
    raise Unavailable("the admins are changed all the time")
