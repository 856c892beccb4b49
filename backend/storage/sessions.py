"""Sessions.

    S#<user id> / <session id>    the session

The token names user and session, so both come in one read; a user's sessions are one partition, so
that listing them needs no index. A session of an earlier epoch than its user's is over.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace

from backend.storage import users
from backend.storage.conditions import Attr
from backend.storage.database import ConditionFailed, Database, Unavailable
from backend.storage.items import Item, without_keys
from backend.storage.tables import EPHEMERAL
from backend.storage.users import User
from backend.storage.writes import Delete, Key, Put, Update


@dataclass(frozen=True)
class Session:
    """A session as stored; of its token only the SHA-256. Times are seconds since 1970.

    `proved_at` is when its holder last proved to be the user (step-up), 0 for never. `two_factors`
    says whether they have shown two.
    """

    id: str
    user_id: str
    token_hash: bytes
    created_at: int
    last_seen_at: int
    idle_at: int
    expires_at: int
    user_agent: str
    ip_prefix: str
    epoch: int
    proved_at: int = 0
    two_factors: bool = False


def partition(user_id: str) -> str:
    return f"S#{user_id}"


def session_key(user_id: str, session_id: str) -> Key:
    return Key(EPHEMERAL, partition(user_id), session_id)


def read(item: Item) -> Session:
    return Session(**without_keys(item))


def create(database: Database, session: Session) -> None:
    """Costs 1 write unit."""
    database.put(Put(session_key(session.user_id, session.id), vars(session)))


def find(database: Database, user_id: str, session_id: str) -> tuple[Session, User] | None:
    """The session with its user, whether or not it is still in force; costs 2 read units."""
    session, user = database.get(session_key(user_id, session_id), users.user_key(user_id))
    return (read(session), users.read(user)) if session and user else None


def of_user(database: Database, user_id: str) -> list[Session]:
    """Oldest first, those that are over included; costs a read unit for each 4 KB."""
    return [read(item) for item in database.query(EPHEMERAL, partition(user_id))]


def oldest(database: Database, user_id: str, limit: int) -> list[Session]:
    """Those that began first, as seen a moment ago; half a read unit for each 4 KB."""
    own = Attr("pk").eq(partition(user_id))
    items, _ = database.page(EPHEMERAL, own, limit=limit, consistent=False)
    return [read(item) for item in items]


def touch(database: Database, session: Session, now: int, idle_at: int) -> Session:
    """Notes that the session was used. One that was ended meanwhile stays ended."""
    try:
        return read(
            database.update(
                Update(
                    session_key(session.user_id, session.id),
                    set={"last_seen_at": now, "idle_at": idle_at},
                    condition=Attr("pk").exists(),
                )
            )
        )
    except ConditionFailed:
        return session


def prove(
    database: Database, session: Session, now: int, token_hash: bytes, *, two_factors: bool
) -> Session:
    """Notes a proof and replaces the token; costs 1 write unit. Raises ConditionFailed if ended."""
    shown = session.two_factors or two_factors
    made = replace(session, proved_at=now, token_hash=token_hash, two_factors=shown)
    key = session_key(session.user_id, session.id)
    same = Attr("token_hash").eq(session.token_hash)
    changes = {"proved_at": now, "token_hash": token_hash, "two_factors": shown}
    try:
        database.update(Update(key, set=changes, condition=same))
    except (ConditionFailed, Unavailable):
        found = find(database, session.user_id, session.id)
        if found is None or found[0].token_hash != token_hash:
            raise
    return made


def shown_two_factors(database: Database, session: Session) -> None:
    """Notes it, unless the session was ended meanwhile; costs 1 write unit."""
    key = session_key(session.user_id, session.id)
    with suppress(ConditionFailed):
        database.update(Update(key, set={"two_factors": True}, condition=Attr("pk").exists()))


def delete(database: Database, user_id: str, session_id: str) -> None:
    """Ends one session, as often as it is said; costs 1 write unit."""
    database.delete(Delete(session_key(user_id, session_id)))


def end_others(database: Database, session: Session, user: User) -> bool:
    """Ends every other session by one step of the user's epoch; costs 4 write units.

    False where the epoch had moved since it was read.
    """
    epoch = user.epoch + 1
    same = Attr("epoch").eq(user.epoch)
    try:
        database.transact(
            Update(users.user_key(user.id), set={"epoch": epoch}, condition=same),
            taken_along(user, session.id),
        )
    except (ConditionFailed, Unavailable) as failure:
        found = find(database, user.id, session.id)
        if found and found[0] == replace(session, epoch=epoch) and found[1].epoch == epoch:
            return True
        if isinstance(failure, Unavailable):
            raise
        return False
    return True


def taken_along(user: User, session_id: str) -> Update:
    """The write that keeps a session in force while the step of the epoch ends all others."""
    in_force = Attr("epoch").eq(user.epoch)
    return Update(
        session_key(user.id, session_id), set={"epoch": user.epoch + 1}, condition=in_force
    )


def renewed(session: Session, token_hash: bytes) -> tuple[Session, Update]:
    """The session as it goes on in the next epoch with another token, and the write for that."""
    kept = replace(session, epoch=session.epoch + 1, token_hash=token_hash)
    write = Update(
        session_key(session.user_id, session.id),
        set={"epoch": kept.epoch, "token_hash": token_hash},
        condition=Attr("token_hash").eq(session.token_hash) & Attr("epoch").eq(session.epoch),
    )
    return kept, write
