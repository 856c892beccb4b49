"""Challenges: a password was right, and a second factor is asked for.

F#<challenge id>    the challenge
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from backend.storage import attempts
from backend.storage.database import ConditionFailed, Database
from backend.storage.items import Item
from backend.storage.tables import EPHEMERAL
from backend.storage.writes import Delete, Key, Put

TRIES: Final = 5


@dataclass(frozen=True)
class Challenge:
    """A challenge as stored; `expires_at` is in seconds since 1970.

    It is over with the user's `epoch` that it was made in.
    """

    id: str
    user_id: str
    epoch: int
    expires_at: int
    attempts: int = 0
    last_attempt: str = ""


def challenge_key(challenge_id: str) -> Key:
    return Key(EPHEMERAL, f"F#{challenge_id}")


def read(item: Item) -> Challenge:
    return Challenge(**item)


def create(database: Database, challenge: Challenge) -> None:
    """Costs 1 write unit."""
    database.put(Put(challenge_key(challenge.id), vars(challenge)))


def count_attempt(
    database: Database, challenge_id: str, attempt_id: str, now: int
) -> Challenge | None:
    """One of `TRIES`. None where no try or no challenge is left."""
    key = challenge_key(challenge_id)
    try:
        return read(attempts.count_attempt(database, key, attempt_id, now, TRIES))
    except ConditionFailed:
        return None


def end(database: Database, challenge_id: str) -> None:
    """As often as it is said; costs 1 write unit."""
    database.delete(Delete(challenge_key(challenge_id)))
