"""What has to go with a user: every item of theirs, in every table but the audit log.

The user and its two sentinels go last, in one transaction with the session that asks: until then
all can be done again.
"""

from __future__ import annotations

from collections.abc import Iterator

from backend.storage import (
    addresses,
    email_changes,
    passkeys,
    registrations,
    resets,
    sessions,
    users,
)
from backend.storage.conditions import Attr
from backend.storage.database import ConditionFailed, Database, Unavailable
from backend.storage.holds import release
from backend.storage.tables import ACCOUNTS, EPHEMERAL
from backend.storage.users import User
from backend.storage.writes import Delete, Key


def delete_belongings(database: Database, user: User) -> None:
    """All but what `delete` deletes; repeatable. Costs 2 write units for each item."""
    for email_key in addresses.left(database, user.id):
        addresses.let_go(database, user.id, email_key)
    keys = [*_credentials(database, user), *_parts(database, user), *_ephemeral(database, user)]
    database.transact_all([Delete(key) for key in keys])
    release(database, user.name_key, user.id)


def delete(database: Database, user: User) -> bool:
    """The user, its sentinels and the session that asks; costs 8 write units.

    False where the user has changed.
    """
    own = Attr("user_id").eq(user.id)
    disabled = Attr("version").eq(user.version) & Attr("disabled").eq(True)
    writes = [
        Delete(users.user_key(user.id), disabled),
        Delete(users.name_sentinel(user.name_key), own),
        Delete(users.mailbox_sentinel(user.email_key), own),
    ]
    if user.leaving not in {"", users.BY_ANOTHER}:
        writes.append(Delete(sessions.session_key(user.id, user.leaving)))
    try:
        database.transact(*writes)
    except (ConditionFailed, Unavailable) as failure:
        if users.find(database, user.id) is None:
            return True
        if isinstance(failure, Unavailable):
            raise
        return False
    return True


def _credentials(database: Database, user: User) -> Iterator[Key]:
    """Before the passkeys, by which they are found."""
    for passkey in passkeys.of_user(database, user.id):
        yield passkeys.credential_sentinel(passkey.credential_id)


def _parts(database: Database, user: User) -> Iterator[Key]:
    own = users.user_key(user.id)
    for item in database.query(ACCOUNTS, own.pk):
        key = Key(ACCOUNTS, item["pk"], item["sk"])
        if key != own:
            yield key


def _ephemeral(database: Database, user: User) -> Iterator[Key]:
    for partition in (sessions.partition(user.id), addresses.partition(user.id)):
        for item in database.query(EPHEMERAL, partition):
            if item["sk"] != user.leaving:
                yield Key(EPHEMERAL, item["pk"], item["sk"])
    yield registrations.registration_key(user.id)
    yield email_changes.change_key(user.id)
    yield resets.reset_key(user.email_key)
