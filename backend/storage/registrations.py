"""Pending registrations, and the answers remembered for repeated requests.

    R#<registration id>       the registration; its id becomes the user's
    I#<idempotency key hash>  what the same request is answered again

A registration holds its username (`holds.py`) and no address.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from backend.storage import attempts
from backend.storage.conditions import Attr
from backend.storage.database import ConditionFailed, Database, Unavailable
from backend.storage.holds import Hold, hold_put
from backend.storage.items import Item, without_keys
from backend.storage.tables import EPHEMERAL
from backend.storage.users import UsernameTaken
from backend.storage.writes import Key, Put, Update

CODE_TRIES: Final = 5


@dataclass(frozen=True)
class Registration:
    """A registration as stored. Times are seconds since 1970.

    `password_hash` is empty where there is no password; `passkey` is one to be added to the user.
    """

    id: str
    username: str
    name_key: str
    email: str
    email_key: str
    password_hash: str
    expires_at: int
    passkey: Item | None = None
    display_name: str | None = None
    locale: str | None = None
    code_hash: bytes = b""
    code_expires_at: int = 0
    resend_after: int = 0
    attempts: int = 0
    last_attempt: str = ""


@dataclass(frozen=True)
class Remembered:
    """The answer to a request with an idempotency key; no `pending`: the username was taken."""

    key: str
    fingerprint: str
    expires_at: int
    pending: Item | None = None


class AlreadyAnswered(Exception):
    """The same idempotency key was used a moment before."""

    def __init__(self, remembered: Remembered) -> None:
        super().__init__("already answered")
        self.remembered = remembered


class PasskeySpent(Exception):
    """The passkey was made for a ceremony that is over."""


def registration_key(registration_id: str) -> Key:
    return Key(EPHEMERAL, f"R#{registration_id}")


def remembered_key(key: str) -> Key:
    return Key(EPHEMERAL, f"I#{key}")


def read(item: Item) -> Registration:
    return Registration(**item)


def read_remembered(item: Item) -> Remembered:
    return Remembered(**item)


def find(database: Database, registration_id: str) -> Registration | None:
    """The registration, which may have expired; costs 1 read unit."""
    [item] = database.get(registration_key(registration_id))
    return read(item) if item else None


def create(
    database: Database,
    registration: Registration,
    now: int,
    remembered: Remembered | None = None,
    spent: Put | None = None,
) -> None:
    """Writes the registration and holds its username; costs 4 write units.

    For 2 more each it remembers the answer, and marks a passkey's ceremony as `spent`. A call that
    is repeated after a lost answer is a success. Raises UsernameTaken, AlreadyAnswered or
    PasskeySpent.
    """
    hold = Hold(registration.name_key, registration.id, registration.expires_at)
    writes = {
        "hold": hold_put(hold, now),
        "own": Put(registration_key(registration.id), vars(registration), Attr("pk").not_exists()),
        "answer": remember(remembered, now) if remembered else None,
        "ceremony": spent,
    }
    made = {name: write for name, write in writes.items() if write}
    try:
        database.transact(*made.values())
    except ConditionFailed as failure:
        found = dict(zip(made, failure.found, strict=True))
        if (own := found["own"]) and read(without_keys(own)) == registration:
            return
        if answered := found.get("answer"):
            raise AlreadyAnswered(read_remembered(without_keys(answered))) from failure
        if own or found.get("ceremony"):
            raise PasskeySpent from failure
        raise UsernameTaken from failure
    except Unavailable:
        if find(database, registration.id) != registration:
            raise


def remember(remembered: Remembered, now: int) -> Put:
    """A write that fails where an answer is remembered already."""
    free = Attr("pk").not_exists() | Attr("expires_at").lte(now)
    return Put(remembered_key(remembered.key), vars(remembered), free)


def correct(database: Database, remembered: Remembered) -> None:
    """Replaces a remembered answer by what became of it; costs 1 write unit."""
    database.put(Put(remembered_key(remembered.key), vars(remembered)))


def renew(database: Database, renewed: Registration, seen: Registration) -> bool:
    """Replaces address and code of a registration that is as it was `seen`; costs 1 write unit.

    False where another call was first.
    """
    changes = {name: value for name, value in vars(renewed).items() if value != getattr(seen, name)}
    same = Attr("code_hash").eq(seen.code_hash) & Attr("pk").exists()
    try:
        database.update(Update(registration_key(seen.id), set=changes, condition=same))
    except (ConditionFailed, Unavailable) as failure:
        if find(database, seen.id) == renewed:
            return True
        if isinstance(failure, Unavailable):
            raise
        return False
    return True


def allow_resend(database: Database, registration: Registration, now: int) -> None:
    """Lets the code be sent again at once, unless it was replaced meanwhile; costs 1 write unit."""
    same = Attr("code_hash").eq(registration.code_hash)
    try:
        database.update(
            Update(registration_key(registration.id), set={"resend_after": now}, condition=same)
        )
    except ConditionFailed:
        return


def count_attempt(
    database: Database, registration_id: str, attempt_id: str, now: int
) -> Registration:
    """One of `CODE_TRIES`. Raises ConditionFailed where no try or no registration is left."""
    key = registration_key(registration_id)
    return read(attempts.count_attempt(database, key, attempt_id, now, CODE_TRIES))
