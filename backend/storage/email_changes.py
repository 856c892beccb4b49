"""Changes of address that wait for the new mailbox to be proved.

    M#<user id>    the change; a user has one at most, and a new one replaces it

Until it is proved, the change holds no mailbox, and the old address is in force.
"""

from __future__ import annotations

from dataclasses import dataclass

from backend.storage import attempts
from backend.storage.conditions import Attr
from backend.storage.database import Database
from backend.storage.items import Item
from backend.storage.registrations import CODE_TRIES
from backend.storage.tables import EPHEMERAL
from backend.storage.writes import Delete, Key, Put


@dataclass(frozen=True)
class EmailChange:
    """A change as stored. `epoch` is the user's when it was begun: with another, it is over."""

    user_id: str
    email: str
    email_key: str
    code_hash: bytes
    epoch: int
    expires_at: int
    attempts: int = 0
    last_attempt: str = ""


def change_key(user_id: str) -> Key:
    return Key(EPHEMERAL, f"M#{user_id}")


def read(item: Item) -> EmailChange:
    return EmailChange(**item)


def replace(database: Database, change: EmailChange) -> None:
    """Costs 1 write unit."""
    database.put(Put(change_key(change.user_id), vars(change)))


def find(database: Database, user_id: str) -> EmailChange | None:
    """The change, which may have expired; costs 1 read unit."""
    [item] = database.get(change_key(user_id))
    return read(item) if item else None


def count_attempt(database: Database, user_id: str, attempt_id: str, now: int) -> EmailChange:
    """One of `CODE_TRIES`. Raises ConditionFailed where no try or no change is left."""
    return read(attempts.count_attempt(database, change_key(user_id), attempt_id, now, CODE_TRIES))


def spend(change: EmailChange) -> Delete:
    """A write that fails where the change was made or replaced meanwhile."""
    return Delete(change_key(change.user_id), Attr("code_hash").eq(change.code_hash))
