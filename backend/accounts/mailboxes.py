"""Mailboxes, looked up by keyed hashes of their addresses: under LOOKUP_KEY, and under the others.

While a key is replaced (`renewal.py`) a mailbox may stand under either; it is somebody's where it
is so under any of them, and is taken under the first.
"""

from __future__ import annotations

from backend.accounts.context import Context
from backend.accounts.identifiers import EmailAddress
from backend.storage import users
from backend.storage.writes import Key


def keys(context: Context, email: str) -> list[str]:
    """Of an address as it is stored, the one that is written first."""
    return EmailAddress(email).keys(context.settings.lookup_keys)


def sentinels(context: Context, email: str) -> list[Key]:
    return [users.mailbox_sentinel(key) for key in keys(context, email)]


def taken(context: Context, email: str, user_id: str = "") -> bool:
    """Whether it is somebody's who is not this user; costs 1 read unit for each key."""
    owners = context.database.get(*sentinels(context, email))
    return users.mailbox_taken(owners, context.now(), user_id)
