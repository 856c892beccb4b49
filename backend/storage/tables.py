"""The tables, defined once: the local engine, the tests and the CloudFormation stack use these.

All are keyed by `pk` and `sk`; what the keys hold stands beside each access pattern, in the other
modules of this package.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Index:
    """A secondary index with the keys of its items alone; an item without `partition` is not in it.

    Indexes lag behind their table: they serve lists, and never decide anything.
    """

    name: str
    partition: str
    sort: str


@dataclass(frozen=True)
class Table:
    """A table by the last part of its name.

    `durable` tables hold what must never be lost: they get point-in-time recovery and deletion
    protection. `expiring` ones name the attribute (seconds since 1970) after which an item is
    worthless; DynamoDB deletes late, so every reader checks it too.
    """

    name: str
    durable: bool = False
    expiring: str | None = None
    indexes: tuple[Index, ...] = ()

    @property
    def attributes(self) -> list[str]:
        """Every attribute that is part of a key; all are strings."""
        own = [name for index in self.indexes for name in (index.partition, index.sort)]
        return ["pk", "sk", *own]


BY_TIME = Index("by_time", "day", "moment")
ACCOUNTS = Table("accounts", durable=True)
AUDIT = Table("audit", durable=True, indexes=(BY_TIME,))
EPHEMERAL = Table("ephemeral", expiring="expires_at")
TABLES = (ACCOUNTS, AUDIT, EPHEMERAL)
