"""Users, and the sentinels that keep a username and a mailbox to one user each.

    U#<user id>                 the user
    N#<initial> / <name key>    {user_id}: who has the username; listed by `directory.py`
    E#<email key>               {user_id}: who has the mailbox; the key is an HMAC of the address.
                                With `until`, who had it and may have it back (`addresses.py`)

A sentinel is written in the transaction that writes its user, on the condition that it is absent:
uniqueness is decided there and nowhere else.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from backend.storage.conditions import Attr, Condition
from backend.storage.database import ConditionFailed, Database, Unavailable
from backend.storage.holds import Hold, hold_put, release
from backend.storage.items import Item, without_keys
from backend.storage.tables import ACCOUNTS
from backend.storage.writes import Delete, Key, Put, Update, Write

ABSENT = Attr("pk").not_exists()
# A change is over in far less; see `holds.py`.
HOLD_SECONDS = 60
# Where an admin began the deletion of a user, in no session of theirs.
BY_ANOTHER = "-"
CHANGE_BYTES = 8


@dataclass(frozen=True)
class User:
    """A user as stored. Times are seconds since 1970.

    `created_in` is the session that proved the mailbox: of two calls with one code, it tells which
    made the account. `password_hash` is empty where there is no password, `passkeys` their number,
    `second_factors` what is asked for after a password. `version` grows with each change that the
    user can see; of two equal changes at once, `last_change` tells which was made. `epoch` is
    carried by sessions: those of an earlier one are over. `leaving` is the session in which the
    deletion of the user was begun, or BY_ANOTHER. `password_changed_at` is 0 for the password of
    the beginning. Of two changes the later one never has the earlier time, whatever the clocks of
    the instances that make them (`moment`).
    """

    id: str
    username: str
    name_key: str
    email: str
    email_key: str
    password_hash: str
    created_at: int
    updated_at: int
    email_verified_at: int
    created_in: str
    display_name: str | None = None
    locale: str | None = None
    roles: tuple[str, ...] = ()
    second_factors: tuple[str, ...] = ()
    passkeys: int = 0
    disabled: bool = False
    leaving: str = ""
    epoch: int = 0
    version: int = 1
    last_change: str = ""
    password_changed_at: int = 0


class UsernameTaken(Exception):
    """Another user has the username."""


class MailboxTaken(Exception):
    """Another user has the mailbox."""


class Stale(Exception):
    """The user has changed since it was read; nothing was written.

    `found` has what stood in the way of each of the other writes (None: nothing did).
    """

    def __init__(self, found: Sequence[Item | None] = ()) -> None:
        super().__init__("the user has changed")
        self.found = found


def user_key(user_id: str) -> Key:
    return Key(ACCOUNTS, f"U#{user_id}")


def names(initial: str) -> str:
    """The partition of the usernames that begin so."""
    return f"N#{initial}"


def name_sentinel(name_key: str) -> Key:
    """Of no name, one that nobody has."""
    return Key(ACCOUNTS, names(name_key[:1]), name_key or "-")


def mailbox_sentinel(email_key: str) -> Key:
    return Key(ACCOUNTS, f"E#{email_key}")


def is_found_by(user: User, sentinels: Iterable[Key]) -> bool:
    """Whether one of the sentinels leads to the user, who is as they were read."""
    own = {name_sentinel(user.name_key), mailbox_sentinel(user.email_key)}
    return not own.isdisjoint(sentinels)


def read(item: Item) -> User:
    """Lists of texts are tuples in a User."""
    values: Item = {k: tuple(v) if isinstance(v, list) else v for k, v in item.items()}
    return User(**values)


def find(database: Database, user_id: str) -> User | None:
    """Costs 1 read unit."""
    [item] = database.get(user_key(user_id))
    return read(item) if item else None


def everyone(database: Database) -> Iterator[User]:
    """All users in no order, from a scan of the table; see `directory.py` for less."""
    for item in database.scan(ACCOUNTS):
        if item["pk"].startswith("U#") and item["sk"] == user_key("").sk:
            yield read(without_keys(item))


def find_by_sentinel(database: Database, *sentinels: Key) -> User | None:
    """Costs 1 read unit, 1 for each sentinel and two round trips, whether or not there is a user.

    A mailbox that is only kept for a user is none of theirs.
    """
    owners = database.get(*sentinels)
    found = (owner["user_id"] for owner in owners if owner and "until" not in owner)
    return find(database, next(found, "nobody"))


def mailbox_taken(sentinels: Iterable[Item | None], now: int, user_id: str = "") -> bool:
    """Whether a mailbox is somebody's, or kept for somebody still, who is not this user.

    It is looked at under each of the keys that it may stand under.
    """
    others = (one for one in sentinels if one and one["user_id"] != user_id)
    return any(one.get("until", now + 1) > now for one in others)


def mailbox_claim(user_id: str, email_keys: Sequence[str], now: int) -> list[Write]:
    """Writes that give the mailbox to the user, under the first of its keys.

    They fail where it is taken by somebody else under any of them.
    """
    free = ABSENT | Attr("until").lte(now) | Attr("user_id").eq(user_id)
    key, *older = map(mailbox_sentinel, email_keys)
    return [Put(key, {"user_id": user_id}, free), *(Delete(one, free) for one in older)]


def create(
    database: Database, user: User, now: int, *also: Write, email_keys: Sequence[str] = ()
) -> None:
    """Writes the user with both sentinels; costs 6 write units, and 2 for each of `also`.

    `email_keys` are all that the mailbox may stand under, the user's first; each of the others
    costs 2 more. Raises UsernameTaken, MailboxTaken, or Stale where only a condition of `also` does
    not hold. A call repeated after a lost answer is a success.
    """
    claim = mailbox_claim(user.id, email_keys or [user.email_key], now)
    own = Put(user_key(user.id), _item(user), ABSENT)
    try:
        database.transact(own, _name_put(user), *claim, *also)
    except ConditionFailed as failure:
        found, name, *rest = failure.found
        mailbox, others = any(rest[: len(claim)]), rest[len(claim) :]
        if found and found["created_in"] == user.created_in:
            return
        if name and not found and not mailbox:
            raise UsernameTaken from failure
        if others and not (found or name or mailbox):
            raise Stale(others) from failure
        raise MailboxTaken from failure
    except Unavailable:
        found_user = find(database, user.id)
        if found_user is None or found_user.created_in != user.created_in:
            raise


def change(database: Database, user: User, now: int, *also: Write, **changes: Any) -> User:
    """Writes changed attributes to a user that is as it was read; costs 1 write unit.

    What is to be written `also` is written with it or not at all, for 2 write units each and 2 for
    the user. Raises Stale.
    """
    wanted = _changed(user, now, changes)
    try:
        if also:
            database.transact(_change(user, wanted), *also)
        else:
            database.update(_change(user, wanted))
    except (ConditionFailed, Unavailable) as failure:
        return _settle(database, wanted, failure)
    return wanted


def rename(database: Database, user: User, now: int, **changes: Any) -> User:
    """Like `change`, with another username and name key; costs 9 write units.

    Raises UsernameTaken or Stale. The old username is free at once.
    """
    wanted = _changed(user, now, changes)
    try:
        database.transact(
            _change(user, wanted),
            Delete(name_sentinel(user.name_key), Attr("user_id").eq(user.id)),
            _name_put(wanted),
            hold_put(Hold(wanted.name_key, user.id, now + HOLD_SECONDS), now),
        )
    except ConditionFailed as failure:
        _, _, owner, holder = failure.found
        if (owner and owner["user_id"] != user.id) or (holder and holder["holder"] != user.id):
            raise UsernameTaken from failure
        wanted = _settle(database, wanted, failure)
    except Unavailable as failure:
        wanted = _settle(database, wanted, failure)
    # The registration's hold may still be on the old one, or that of a change a moment before.
    release(database, user.name_key, user.id)
    return wanted


def rehash(database: Database, user: User, password_hash: str) -> None:
    """Replaces the hash of an unchanged password; does nothing where the password has changed."""
    try:
        database.update(
            Update(
                user_key(user.id),
                set={"password_hash": password_hash},
                condition=Attr("password_hash").eq(user.password_hash),
            )
        )
    except ConditionFailed:
        return


def end_all_sessions(database: Database, user_id: str) -> None:
    """One step of the epoch, as often as it is said; costs 1 write unit.

    Raises ConditionFailed where there is no such user.
    """
    there = Attr("pk").exists()
    database.update(Update(user_key(user_id), add={"epoch": 1}, condition=there))


def moment(user: User, now: int) -> int:
    """When a change is made that follows all that the user shows."""
    return max(now, user.updated_at)


def _changed(user: User, now: int, changes: Item) -> User:
    version, change, at = user.version + 1, secrets.token_hex(CHANGE_BYTES), moment(user, now)
    return replace(user, version=version, last_change=change, updated_at=at, **changes)


def _change(user: User, wanted: User) -> Update:
    before, after = vars(user), vars(wanted)
    changes = {name: value for name, value in after.items() if value != before[name]}
    same: Condition = Attr("version").eq(user.version)
    if "epoch" in changes:
        # Ending other sessions moves it without a new version.
        same &= Attr("epoch").eq(user.epoch)
    return Update(user_key(user.id), set=_storable(changes), condition=same)


def _settle(database: Database, wanted: User, failure: Exception) -> User:
    """What a failed or unanswered change came to: `wanted` if it is there after all."""
    found = find(database, wanted.id)
    if found == wanted:
        return found
    if isinstance(failure, Unavailable):
        raise failure
    others = failure.found[1:] if isinstance(failure, ConditionFailed) else ()
    raise Stale(others) from failure


def _name_put(user: User) -> Put:
    return Put(name_sentinel(user.name_key), {"user_id": user.id}, ABSENT)


def _item(user: User) -> Item:
    return _storable(vars(user))


def _storable(values: Item) -> Item:
    return {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}
