"""The keys that sign tokens for other services.

    KEYS    {keys, version}: the current key, then the one before it

One item, so that there is one current key however many ask for the first.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from backend.storage.conditions import Attr
from backend.storage.database import ConditionFailed, Database, Unavailable
from backend.storage.tables import ACCOUNTS
from backend.storage.writes import Key, Put

KEY = Key(ACCOUNTS, "KEYS")


@dataclass(frozen=True)
class TokenKey:
    """A pair of keys: `jwk` is the public one as it is published, `sealed` the private one.

    `id` is the thumbprint of the public one (RFC 7638). Times are seconds since 1970; it signs
    from `signs_from` on, until the next one does.
    """

    id: str
    jwk: dict[str, str]
    sealed: bytes
    made_at: int
    signs_from: int


@dataclass(frozen=True)
class Keyring:
    """All keys that are published, the newest first."""

    keys: tuple[TokenKey, ...] = ()
    version: int = 0

    def signing(self, now: int) -> TokenKey:
        """The newest that may sign by then; the oldest always may. There has to be one."""
        may = (key for key in self.keys if key.signs_from <= now)
        return next(may, self.keys[-1])


@dataclass
class Remembered:
    """What an instance has read, and until when it goes by it (seconds since 1970)."""

    keyring: Keyring = field(default_factory=Keyring)
    until: int = 0


class Overtaken(Exception):
    """The keyring has changed since it was read; nothing was written."""


def find(database: Database) -> Keyring:
    """Costs 1 read unit."""
    [item] = database.get(KEY)
    if item is None:
        return Keyring()
    return Keyring(tuple(TokenKey(**key) for key in item["keys"]), item["version"])


def replace(database: Database, seen: Keyring, keys: tuple[TokenKey, ...]) -> Keyring:
    """The keyring with other keys; costs 2 write units. Raises Overtaken."""
    wanted = Keyring(keys, seen.version + 1)
    same = Attr("version").eq(seen.version) if seen.version else Attr("pk").not_exists()
    item = {"keys": [vars(key) for key in keys], "version": wanted.version}
    try:
        database.put(Put(KEY, item, same))
    except (ConditionFailed, Unavailable) as failure:
        if find(database) == wanted:
            return wanted
        if isinstance(failure, Unavailable):
            raise
        raise Overtaken from None
    return wanted
