"""Authenticator apps: at most one a user.

    U#<user id> / totp    the secret, sealed, and the step of the newest code that was used

It stands beside its user, whose `second_factors` are written in the same transaction.
"""

from __future__ import annotations

from dataclasses import dataclass

from backend.storage.conditions import Attr
from backend.storage.database import ConditionFailed, Database, Unavailable
from backend.storage.items import Item
from backend.storage.tables import ACCOUNTS
from backend.storage.users import user_key
from backend.storage.writes import Delete, Key, Put, Update

PART = "totp"


@dataclass(frozen=True)
class Totp:
    """`secret` is sealed. `created_at` is in seconds since 1970, `last_step` in steps of 30.

    `last_use` is the id of the newest use: of two with one code, it tells which it was.
    """

    secret: bytes
    created_at: int
    confirmed: bool = False
    last_step: int = 0
    last_use: str = ""


def totp_key(user_id: str) -> Key:
    return Key(ACCOUNTS, user_key(user_id).pk, PART)


def read(item: Item) -> Totp:
    return Totp(**item)


def find(database: Database, user_id: str) -> Totp | None:
    """Costs 1 read unit."""
    [item] = database.get(totp_key(user_id))
    return read(item) if item else None


def begun(user_id: str, pending: Totp) -> Put:
    """The write of one that is still to be confirmed; it fails where there is a confirmed one."""
    unconfirmed = Attr("pk").not_exists() | Attr("confirmed").eq(False)
    return Put(totp_key(user_id), vars(pending), unconfirmed)


def placed(user_id: str, app: Totp) -> Put:
    """The write that puts one, confirmed elsewhere, beside a new user."""
    return Put(totp_key(user_id), vars(app))


def confirmed(user_id: str, pending: Totp, step: int) -> Update:
    """The write that confirms the one that was seen, by the code of a step."""
    same = Attr("secret").eq(pending.secret) & Attr("confirmed").eq(False)
    return Update(totp_key(user_id), set={"confirmed": True, "last_step": step}, condition=same)


def removed(user_id: str) -> Delete:
    return Delete(totp_key(user_id))


def use(
    database: Database, user_id: str, seen: Totp, *, step: int, secret: bytes, use_id: str
) -> bool:
    """Uses the code of a step, and so that of no earlier one again; costs 1 write unit.

    `secret` replaces the one that was seen, sealed anew or as it is. False where another was first.
    """
    unused = Attr("last_step").lt(step) & Attr("confirmed").eq(True)
    update = Update(
        totp_key(user_id),
        set={"last_step": step, "last_use": use_id, "secret": secret},
        condition=unused & Attr("secret").eq(seen.secret),
    )
    try:
        database.update(update)
    except (ConditionFailed, Unavailable) as failure:
        found = find(database, user_id)
        if found and found.last_use == use_id:
            return True
        if isinstance(failure, Unavailable):
            raise
        return False
    return True
