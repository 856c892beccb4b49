"""Challenges: a password was right, and a second factor is asked for.

F#<challenge id>    the challenge
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final

from backend.storage.conditions import Attr
from backend.storage.database import ConditionFailed, Database
from backend.storage.items import Item
from backend.storage.tables import EPHEMERAL
from backend.storage.writes import Delete, Key, Put, Update

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
    database.put(Put(challenge_key(challenge.id), asdict(challenge)))


def count_attempt(
    database: Database, challenge_id: str, attempt_id: str, now: int
) -> Challenge | None:
    """Counts a try before it is judged, so that many at once get no more than `TRIES`.

    The attempt's own id keeps a call that is repeated after a lost answer from counting twice.
    None where no try or no challenge is left; costs 1 write unit.
    """
    update = Update(
        challenge_key(challenge_id),
        set={"last_attempt": attempt_id},
        add={"attempts": 1},
        condition=Attr("attempts").lt(TRIES)
        & Attr("expires_at").gt(now)
        & Attr("last_attempt").ne(attempt_id),
    )
    try:
        return read(database.update(update))
    except ConditionFailed:
        [item] = database.get(challenge_key(challenge_id))
        found = read(item) if item else None
        return found if found and found.last_attempt == attempt_id else None


def end(database: Database, challenge_id: str) -> None:
    """As often as it is said; costs 1 write unit."""
    database.delete(Delete(challenge_key(challenge_id)))
