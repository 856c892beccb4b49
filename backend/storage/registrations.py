"""Pending registrations, and the answers remembered for repeated requests.

    R#<registration id>       the registration; its id becomes the user's
    I#<idempotency key hash>  what the same request is answered again

A registration holds its username (`holds.py`) and no address.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final

from boto3.dynamodb.conditions import Attr

from backend.storage.database import ConditionFailed, Database, Unavailable
from backend.storage.holds import Hold, hold_put
from backend.storage.items import Item, without_keys
from backend.storage.tables import EPHEMERAL
from backend.storage.users import UsernameTaken
from backend.storage.writes import Key, Put, Update

CODE_TRIES: Final = 5


@dataclass(frozen=True)
class Registration:
    """A registration as stored. Times are seconds since 1970."""

    id: str
    username: str
    name_key: str
    email: str
    email_key: str
    password_hash: str
    expires_at: int
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
    database: Database, registration: Registration, remembered: Remembered | None, now: int
) -> None:
    """Writes the registration and holds its username; costs 4 write units, 6 with `remembered`.

    Raises UsernameTaken or AlreadyAnswered. A call repeated after a lost answer is a success.
    """
    hold = Hold(registration.name_key, registration.id, registration.expires_at)
    writes = [
        hold_put(hold, now),
        Put(registration_key(registration.id), asdict(registration), Attr("pk").not_exists()),
    ]
    if remembered:
        writes.append(remember(remembered, now))
    try:
        database.transact(*writes)
    except ConditionFailed as failure:
        _, ours, answered = [*failure.found, None][:3]
        if ours:
            return
        if answered:
            raise AlreadyAnswered(read_remembered(without_keys(answered))) from failure
        raise UsernameTaken from failure
    except Unavailable:
        if find(database, registration.id) is None:
            raise


def remember(remembered: Remembered, now: int) -> Put:
    """A write that fails where an answer is remembered already."""
    free = Attr("pk").not_exists() | Attr("expires_at").lte(now)
    return Put(remembered_key(remembered.key), asdict(remembered), free)


def correct(database: Database, remembered: Remembered) -> None:
    """Replaces a remembered answer by what became of it; costs 1 write unit."""
    database.put(Put(remembered_key(remembered.key), asdict(remembered)))


def renew(database: Database, renewed: Registration, seen: Registration) -> bool:
    """Replaces address and code of a registration that is as it was `seen`; costs 1 write unit.

    False where another call was first.
    """
    changes = {
        name: value for name, value in asdict(renewed).items() if value != getattr(seen, name)
    }
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
    """Counts a try before it is judged, so that many at once get no more than `CODE_TRIES`.

    The attempt's own id keeps a call that is repeated after a lost answer from counting twice.
    Raises ConditionFailed where no try or no registration is left; costs 1 write unit.
    """
    update = Update(
        registration_key(registration_id),
        set={"last_attempt": attempt_id},
        add={"attempts": 1},
        condition=Attr("attempts").lt(CODE_TRIES)
        & Attr("expires_at").gt(now)
        & Attr("last_attempt").ne(attempt_id),
    )
    try:
        return read(database.update(update))
    except ConditionFailed:
        found = find(database, registration_id)
        if found is None or found.last_attempt != attempt_id:
            raise
        return found
