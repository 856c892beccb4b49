"""How a user moves from one mailbox to another, and back.

    O#<user id> / <token hash>      a former address, and the link that brings it back
    U#<user id> / E#<email key>     {}: a mailbox that was the user's, so that all of them are known

A mailbox that was left is kept for its user for a while: its sentinel stays, with the time `until`
which nobody else may have it. Nobody signs in by it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from backend.storage import resets, users
from backend.storage.conditions import Attr
from backend.storage.database import ConditionFailed, Database, Unavailable
from backend.storage.items import without_keys
from backend.storage.tables import ACCOUNTS, EPHEMERAL
from backend.storage.users import ABSENT, MailboxTaken, Stale, User
from backend.storage.writes import Delete, Key, Put, Update, Write

KEPT: Final = "E#"


@dataclass(frozen=True)
class Former:
    """An address that a user had, and the hash of the token that brings it back.

    `left_at` is the user's version then, `expires_at` is in seconds since 1970, and `undone_by`
    names the one call that brought it back.
    """

    user_id: str
    token_hash: bytes
    email: str
    email_key: str
    left_at: int
    expires_at: int
    undone_by: str = ""


def partition(user_id: str) -> str:
    return f"O#{user_id}"


def former_key(user_id: str, token_hash: bytes) -> Key:
    return Key(EPHEMERAL, partition(user_id), token_hash.hex())


def kept_key(user_id: str, email_key: str) -> Key:
    return Key(ACCOUNTS, users.user_key(user_id).pk, f"{KEPT}{email_key}")


def of_user(database: Database, user_id: str) -> list[Former]:
    """The user's former addresses, those that have expired included; costs 1 read unit."""
    items = database.query(EPHEMERAL, partition(user_id))
    return [Former(**without_keys(item)) for item in items]


def left(database: Database, user_id: str) -> list[str]:
    """The keys of all mailboxes that were the user's; costs 1 read unit."""
    parts = database.query(ACCOUNTS, users.user_key(user_id).pk)
    return [part["sk"].removeprefix(KEPT) for part in parts if part["sk"].startswith(KEPT)]


def move(
    database: Database,
    user: User,
    email: tuple[str, list[str]],
    former: Former,
    now: int,
    *also: Write,
) -> None:
    """Gives the user another address, and keeps the one before; costs 12 write units.

    With the address come all keys that its mailbox may stand under, the first being written; each
    of the others costs 2 more. Raises MailboxTaken, or Stale where the user has moved, or was
    disabled, or all sessions ended meanwhile, or a condition of `also` does not hold.
    """
    text, keys = email
    claim = users.mailbox_claim(user.id, keys, now)
    unmoved = Attr("email_key").eq(user.email_key) & Attr("epoch").eq(user.epoch)
    try:
        database.transact(
            *claim,
            Update(
                users.user_key(user.id),
                set=_address(user, text, keys[0], now),
                add={"version": 1},
                condition=unmoved & Attr("disabled").eq(False),
            ),
            Put(
                users.mailbox_sentinel(user.email_key),
                {"user_id": user.id, "until": former.expires_at},
                Attr("user_id").eq(user.id),
            ),
            Put(kept_key(user.id, user.email_key), {}),
            Put(former_key(user.id, former.token_hash), vars(former)),
            *also,
        )
    except (ConditionFailed, Unavailable) as failure:
        # The token is this call's own, so its link is there only if all is.
        if _find(database, former) is None:
            raise _meaning(failure, user, slice(len(claim))) from failure


@dataclass(frozen=True)
class Revoked:
    """What goes from an account with its newer address: attributes of the user, and items."""

    changes: Mapping[str, Any]
    removed: tuple[Delete, ...] = ()


def move_back(
    database: Database,
    user: User,
    former: Former,
    now: int,
    *,
    attempt_id: str,
    email_key: str,
    also: Revoked,
) -> bool:
    """Gives the user a former address back, and ends all sessions.

    Its mailbox stands under `email_key` from now on. False where the user has changed since it was
    read, or the address is kept no longer. Costs 8 write units, 2 more where the mailbox was kept
    under another key, and 2 for each item that is removed. Raises MailboxTaken.
    """
    address = _address(user, former.email, email_key, now)
    as_read = Attr("version").eq(user.version) & Attr("epoch").eq(user.epoch)
    own = Attr("user_id").eq(user.id)
    unspent = Attr("undone_by").eq("")
    try:
        database.transact(
            Update(
                users.user_key(user.id),
                set={**address, **also.changes, "epoch": user.epoch + 1},
                add={"version": 1},
                condition=as_read,
            ),
            *_taken_back(former, now, email_key),
            Delete(users.mailbox_sentinel(user.email_key), own),
            Update(
                former_key(user.id, former.token_hash),
                set={"undone_by": attempt_id},
                condition=unspent,
            ),
            *also.removed,
        )
    except (ConditionFailed, Unavailable) as failure:
        found = _find(database, former)
        if found and found.undone_by == attempt_id:
            return True
        meaning = _meaning(failure, user, slice(1, 2))
        if not isinstance(meaning, Stale):
            raise meaning from failure
        return False
    return True


def rekey(database: Database, user: User, email_keys: Sequence[str], now: int) -> bool:
    """Puts the user's mailbox, and a link that was asked for to it, under the first of its keys.

    Costs 6 write units, 10 with a link. False where the user has changed since it was read, or was
    deleted.
    """
    key, links = email_keys[0], resets.find(database, [user.email_key])
    own = ABSENT | Attr("user_id").eq(user.id)
    unmoved = Attr("email_key").eq(user.email_key) & Attr("email").eq(user.email)
    writes: list[Write] = [
        *users.mailbox_claim(user.id, [key], now),
        Delete(users.mailbox_sentinel(user.email_key), own),
        Update(users.user_key(user.id), set={"email_key": key}, condition=unmoved),
    ]
    for link in links.values():
        writes += [resets.put(key, link), resets.spend(user.email_key, link)]
    try:
        database.transact(*writes)
    except (ConditionFailed, Unavailable) as failure:
        found = users.find(database, user.id)
        if found and found.email_key == key:
            return True
        if isinstance(failure, Unavailable):
            raise
        return False
    return True


def release(database: Database, former: Former, *, keep_mailbox: bool) -> None:
    """Ends the link to a former address, and keeps its mailbox no longer unless told; repeatable.

    Costs 1 write unit, and 1 for the mailbox.
    """
    database.delete(Delete(former_key(former.user_id, former.token_hash)))
    if not keep_mailbox:
        let_go(database, former.user_id, former.email_key)


def let_go(database: Database, user_id: str, email_key: str) -> None:
    """Keeps a mailbox no longer that was the user's; repeatable; costs 1 write unit."""
    kept = Attr("user_id").eq(user_id) & Attr("until").exists()
    try:
        database.delete(Delete(users.mailbox_sentinel(email_key), kept))
    except ConditionFailed:
        return


def _find(database: Database, former: Former) -> Former | None:
    [item] = database.get(former_key(former.user_id, former.token_hash))
    return Former(**item) if item else None


def _address(user: User, text: str, key: str, now: int) -> dict[str, str | int]:
    at = users.moment(user, now)
    return {"email": text, "email_key": key, "email_verified_at": at, "updated_at": at}


def _taken_back(former: Former, now: int, email_key: str) -> list[Write]:
    kept = Attr("user_id").eq(former.user_id) & Attr("until").gt(now)
    if email_key == former.email_key:
        return [Put(users.mailbox_sentinel(email_key), {"user_id": former.user_id}, kept)]
    claim = users.mailbox_claim(former.user_id, [email_key], now)
    return [*claim, Delete(users.mailbox_sentinel(former.email_key), kept)]


def _meaning(failure: ConditionFailed | Unavailable, user: User, claim: slice) -> Exception:
    if isinstance(failure, Unavailable):
        return failure
    mailboxes = filter(None, failure.found[claim])
    return MailboxTaken() if any(one["user_id"] != user.id for one in mailboxes) else Stale()
