"""Users who come from elsewhere: each record goes in as a whole, or is refused with a reason.

What is in already is left alone, so that an import that was cut off is just begun again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import islice
from threading import Lock
from typing import Any, Final

from backend.accounts import admission, mailboxes, records, roles
from backend.accounts.administration import Administrator
from backend.accounts.context import Context
from backend.accounts.errors import AccountExists, PasskeyExists, UsernameTaken
from backend.accounts.hash_spellings import Firebase
from backend.accounts.records import Incoming, RowRefused
from backend.storage import audit, holds, passkeys, users

WORKERS: Final = 16
CHUNK: Final = 256
USERNAME: Final = "Another user has this username, or registers with it."
ADDRESS: Final = "Another user has this address."
PASSKEY: Final = "Another user has one of these passkeys."


@dataclass(frozen=True)
class Row:
    """A record with the line of its file where it begins, or why it cannot be read."""

    line: int
    record: dict[str, Any] | RowRefused


@dataclass(frozen=True)
class Outcome:
    """What became of a row: it went in, was in already (`imported` is False), or was refused."""

    line: int
    imported: bool = False
    refused: RowRefused | None = None


@dataclass(frozen=True)
class Import:
    """One run over a file. A `dry_run` looks at everything and writes nothing."""

    context: Context
    by: Administrator
    firebase: Firebase | None
    dry_run: bool
    _lines: dict[str, int] = field(default_factory=dict)
    _admins: Lock = field(default_factory=Lock)

    def run(self, rows: Iterable[Row]) -> Iterator[Outcome]:
        """In the order of the rows. May raise Unavailable; what is in by then stays."""
        judged = map(self._judged, rows)
        with ThreadPoolExecutor(WORKERS) as pool:
            while chunk := list(islice(judged, CHUNK)):
                yield from pool.map(self._outcome, chunk)

    def _judged(self, row: Row) -> tuple[int, Incoming | RowRefused]:
        """By itself, and beside the rows before it."""
        if isinstance(row.record, RowRefused):
            return row.line, row.record
        try:
            incoming = records.read(self.context, row.record, self.firebase)
            self._refuse_repeated(row.line, incoming)
        except RowRefused as refused:
            return row.line, refused
        return row.line, incoming

    def _refuse_repeated(self, line: int, incoming: Incoming) -> None:
        user = incoming.user
        own = {"id": user.id, "username": user.name_key, "email": user.email_key}
        for name, key in own.items():
            first = self._lines.setdefault(f"{name} {key}", line)
            if first != line:
                raise RowRefused(name, f"It is the same as in line {first}.")

    def _outcome(self, judged: tuple[int, Incoming | RowRefused]) -> Outcome:
        line, incoming = judged
        if isinstance(incoming, RowRefused):
            return Outcome(line, refused=incoming)
        try:
            return Outcome(line, imported=self._bring_in(incoming))
        except RowRefused as refused:
            return Outcome(line, refused=refused)

    def _bring_in(self, incoming: Incoming) -> bool:
        """False where the user is in already. Raises RowRefused."""
        owner = self._look(incoming)
        if owner is None and not self.dry_run:
            self._admit(incoming)
        if not self.dry_run:
            self._note(owner or incoming.user.id)
        return owner is None

    def _look(self, incoming: Incoming) -> str | None:
        """The id of the user if they are in already. Raises RowRefused where others stand there."""
        user, now = incoming.user, self.context.now()
        sentinels = mailboxes.sentinels(self.context, user.email)
        there, name, hold, *rest = self.context.database.get(
            users.user_key(user.id),
            users.name_sentinel(user.name_key),
            holds.hold_key(user.name_key),
            *sentinels,
            *(passkeys.credential_sentinel(one.credential_id) for one in incoming.factors.passkeys),
        )
        owners, credentials = rest[: len(sentinels)], rest[len(sentinels) :]
        if there:
            return user.id
        if name and any(one and one["user_id"] == name["user_id"] for one in owners):
            owner: str = name["user_id"]
            return owner
        if name or holds.held(hold, now):
            raise RowRefused("username", USERNAME)
        if users.mailbox_taken(owners, now):
            raise RowRefused("email", ADDRESS)
        if any(credentials):
            raise RowRefused("passkeys", PASSKEY)
        return None

    def _admit(self, incoming: Incoming) -> None:
        user = incoming.user
        writes = incoming.factors.writes(self.context, user.id)
        # Admins are written into one item: at once they would only be in one another's way.
        alone = self._admins if roles.administers(user) else nullcontext()
        try:
            with alone:
                admission.admit(self.context, user, writes)
        except UsernameTaken:
            raise RowRefused("username", USERNAME) from None
        except AccountExists:
            raise RowRefused("email", ADDRESS) from None
        except PasskeyExists:
            raise RowRefused("passkeys", PASSKEY) from None

    def _note(self, user_id: str) -> None:
        """Into the log, once: a run that was cut off may not have come to it."""
        if audit.newest(self.context.database, user_id, consistent=True).number == 0:
            self.by.record(self.context, "user.imported", user_id)
