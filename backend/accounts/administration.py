"""What admins may do with the accounts of others, and the operator at the command line.

Each act goes into the audit log: who, what, whom, when, and in which request.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from backend.accounts import audit, deletion, mailboxes, notices, roles, second_factors, sessions
from backend.accounts.context import Caller, Context
from backend.accounts.errors import Invalid, NotAuthenticated, Rejected, UserNotFound
from backend.accounts.identifiers import EmailAddress, Username, parse_email
from backend.accounts.ids import parse_id
from backend.accounts.retries import with_fresh_user
from backend.storage import directory, users
from backend.storage.database import ConditionFailed
from backend.storage.users import User


@dataclass(frozen=True)
class Administrator:
    """Who acts: an admin by their user's id, or `audit.OPERATOR`; and the request that it is."""

    id: str
    caller: Caller

    def record(self, context: Context, action: str, subject: str, **details: str) -> None:
        audit.record(context, self.caller, action, subject, actor=self.id, **details)


@dataclass(frozen=True)
class Account:
    """A user as an admin sees them; `sessions` is how many are in force."""

    user: User
    sessions: int


def list_users(
    context: Context, by: Administrator, prefix: str, *, after: str | None, limit: int
) -> tuple[list[User], str | None]:
    """A page in the order of usernames, and the name key to go on after (None: no more)."""
    found = directory.page(context.database, prefix.lower(), after=after, limit=limit)
    by.record(context, "admin.users_listed", by.id)
    return found


def find_user(context: Context, by: Administrator, email: EmailAddress) -> Account:
    """The user with this address. Raises UserNotFound."""
    user = _with_address(context, email.text)
    by.record(
        context, "admin.user_found", user.id if user else by.id, found="yes" if user else "no"
    )
    if user is None:
        raise UserNotFound
    return account(context, user)


def read_user(context: Context, by: Administrator, user_id: str) -> Account:
    """Raises UserNotFound."""
    found = account(context, existing(context, user_id))
    by.record(context, "admin.user_read", user_id)
    return found


def disable(context: Context, by: Administrator, user_id: str) -> Account:
    """Ends all sessions; nobody signs in until the user is enabled.

    Raises UserNotFound or LastAdmin.
    """
    before, user = roles.change(context, _id(user_id), lambda _: {"disabled": True})
    by.record(context, "user.disabled", user.id)
    if not before.disabled:
        notices.tell(context, user, "account_disabled", by.caller)
    return account(context, user)


def enable(context: Context, by: Administrator, user_id: str) -> Account:
    """Raises UserNotFound, also for a user whose deletion has begun: half an account is none."""

    def enabled(user: User) -> dict[str, Any]:
        if user.leaving:
            raise UserNotFound
        return {"disabled": False}

    _, user = roles.change(context, _id(user_id), enabled)
    by.record(context, "user.enabled", user.id)
    return account(context, user)


def set_roles(context: Context, by: Administrator, user_id: str, wanted: Sequence[str]) -> Account:
    """Gives a user these roles and no others.

    All sessions end, so that none has roles that it did not begin with. Raises UserNotFound or
    LastAdmin.
    """
    return _change_roles(context, by, user_id, lambda _: wanted)


def grant(context: Context, by: Administrator, user_id: str, more: Sequence[str]) -> Account:
    """Like `set_roles`, with those that the user has."""
    return _change_roles(context, by, user_id, lambda user: {*user.roles, *more})


def revoke(context: Context, by: Administrator, user_id: str, fewer: Sequence[str]) -> Account:
    """Like `set_roles`, with those that the user has but for these."""
    return _change_roles(context, by, user_id, lambda user: {*user.roles}.difference(fewer))


def end_sessions(context: Context, by: Administrator, user_id: str) -> Account:
    """Ends all sessions of a user. Raises UserNotFound."""
    try:
        users.end_all_sessions(context.database, _id(user_id))
    except ConditionFailed:
        raise UserNotFound from None
    by.record(context, "sessions.ended", user_id)
    return account(context, existing(context, user_id))


def void_password(context: Context, by: Administrator, user_id: str) -> Account:
    """Takes a password that others may know: all sessions end, and the user is told to set another.

    Raises UserNotFound.
    """

    def attempt(user: User) -> User:
        changes = {"password_hash": "", "epoch": user.epoch + 1}
        return users.change(context.database, user, context.now(), **changes)

    try:
        user = with_fresh_user(context, existing(context, user_id), attempt)
    except NotAuthenticated:
        raise UserNotFound from None
    by.record(context, "password.voided", user.id)
    forgot = f"{context.settings.site_url}/#forgot"
    notices.tell(context, user, "password_voided", by.caller, link=forgot)
    return account(context, user)


def reset_second_factors(context: Context, by: Administrator, user_id: str) -> Account:
    """Takes the second factors from a user who lost them, and tells the user.

    Raises UserNotFound.
    """
    user = existing(context, user_id)
    try:
        user = second_factors.reset(context, by.caller, user, actor=by.id)
    except NotAuthenticated:
        raise UserNotFound from None
    return account(context, user)


def delete(context: Context, by: Administrator, user_id: str) -> None:
    """Deletes a user, who gets a receipt; may be repeated where it was cut off.

    Raises UserNotFound or LastAdmin.
    """
    deletion.delete_user(context, by.caller, existing(context, user_id), actor=by.id)


def named(context: Context, name: str) -> User | None:
    """The user with this username, address or id."""
    if "@" in name:
        return _with_address(context, name)
    known = parse_id(name)
    if known:
        return users.find(context.database, known)
    return users.find_by_sentinel(context.database, users.name_sentinel(Username(name).key))


def existing(context: Context, user_id: str) -> User:
    """Raises UserNotFound."""
    user = users.find(context.database, _id(user_id))
    if user is None:
        raise UserNotFound
    return user


def account(context: Context, user: User) -> Account:
    return Account(user, len(sessions.list_sessions(context, user)))


def masked(email: str) -> str:
    """An address as `a***@e***.com`: enough to know one's own by, too little to write to."""
    local, _, domain = email.rpartition("@")
    name, _, last = domain.rpartition(".")
    return f"{local[:1]}***@{name[:1]}***.{last}"


def _with_address(context: Context, text: str) -> User | None:
    try:
        email = parse_email(text)
    except Rejected:
        return None
    return users.find_by_sentinel(context.database, *mailboxes.sentinels(context, email.text))


def _change_roles(
    context: Context,
    by: Administrator,
    user_id: str,
    wanted: Callable[[User], Collection[str]],
) -> Account:
    def changes(user: User) -> dict[str, Any]:
        try:
            return {"roles": roles.parse_roles([*wanted(user)])}
        except Rejected as rejected:
            raise Invalid.at("/roles", rejected.code) from None

    _, user = roles.change(context, _id(user_id), changes)
    by.record(context, "roles.changed", user.id, roles=" ".join(user.roles))
    return account(context, user)


def _id(text: str) -> str:
    known = parse_id(text)
    if known is None:
        raise UserNotFound
    return known
