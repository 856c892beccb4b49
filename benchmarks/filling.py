"""Engines that have so many users in them, each as the app itself writes them.

The tables are made by the engine; a million users are too many to be written through it, so their
items go straight into its file. What is filled is kept, and copied for each run.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from backend.accounts.identifiers import EmailAddress
from backend.settings import Settings
from backend.storage import creation, users
from backend.storage.client import connect
from backend.storage.tables import ACCOUNTS
from backend.storage.users import User
from backend.storage.writes import Write, request
from benchmarks.engines import engine
from benchmarks.environments import PLACE
from benchmarks.report import Note

LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
FIRST_AT: Final = 1_750_000_000
# As many users are written twice, the slow way and the fast one, to see that both are the same.
COMPARED: Final = 20
# Of the engine's file while it is filled; memory for the order of the keys.
PRAGMAS: Final = ("synchronous = OFF", "cache_size = -500000")

Row = tuple[bytes, bytes, str]


@dataclass(frozen=True)
class Person:
    """Somebody with an account."""

    id: str
    username: str
    email: str
    email_key: str
    password_hash: str

    def user(self) -> User:
        return User(
            id=self.id,
            username=self.username,
            name_key=self.username,
            email=self.email,
            email_key=self.email_key,
            password_hash=self.password_hash,
            created_at=FIRST_AT,
            updated_at=FIRST_AT,
            email_verified_at=FIRST_AT,
            created_in=self.id,
        )

    @property
    def texts(self) -> tuple[str, ...]:
        """What is another's in each item; the initial last, since it is part of the others."""
        own = (self.id, self.email_key, self.password_hash, self.email, self.username)
        return *own, self.username[0]


# No text of it is part of another, but for the initial, and none is in anybody's items.
PATTERN: Final = Person("⟨id⟩", "ⁿame⟩", "⟨email⟩", "⟨mailbox⟩", "⟨hash⟩")


@dataclass(frozen=True)
class Filling:
    """What users are made with; a hash serves every `len(hashes)`-th of them."""

    settings: Settings
    hashes: tuple[str, ...]

    def person(self, number: int) -> Person:
        """Names begin with any letter; ids are a millisecond apart, as those of the app are."""
        digest = hashlib.sha256(b"%d" % number).digest()
        made = 1000 * FIRST_AT + number << 80 | 7 << 76 | 2 << 62
        name = LETTERS[digest[0] % len(LETTERS)] + digest.hex()[2:12]
        email = f"{name}@example.com"
        return Person(
            id=str(uuid.UUID(int=made | int.from_bytes(digest[-7:], "big"))),
            username=name,
            email=email,
            email_key=EmailAddress(email).key(self.settings.lookup_key),
            password_hash=self.hashes[number % len(self.hashes)],
        )

    def data(self, count: int, note: Note) -> Path:
        """The engine's folder with so many users in it, to be copied."""
        place = PLACE / "growth" / f"{count}-{self._form}"
        if not place.exists():
            note(f"filling an engine with {count:,} users")
            unfinished = place.with_suffix(".unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir(parents=True)
            self._fill(unfinished, count)
            unfinished.rename(place)
        return place

    @cached_property
    def _form(self) -> str:
        """Another for each form of the items, so that none is kept that the app would not write."""
        rows = [_rows(self.person(number)) for number in range(len(self.hashes))]
        form = f"{rows}{self.settings.table_prefix}{Path(__file__).read_text()}"
        return hashlib.sha256(form.encode()).hexdigest()[:12]

    def _fill(self, folder: Path, count: int) -> None:
        prefix = self.settings.table_prefix
        with engine(folder) as started:
            creation.create_missing(connect(started.url, local=True), prefix)
        with closing(sqlite3.connect(folder / "dynamodb.db")) as file, file:
            for pragma in PRAGMAS:
                file.execute(f"PRAGMA {pragma}")
            [table_id] = file.execute(
                "SELECT table_id FROM tables WHERE name = ?", [prefix + ACCOUNTS.name]
            )
            file.execute("CREATE TEMP TABLE filling (hk, rk, item)")
            file.executemany("INSERT INTO filling VALUES (?, ?, ?)", self._all_rows(count))
            # In the order of the keys: a tree that is built from end to end takes seconds.
            file.execute(
                "INSERT INTO items SELECT ?, hk, rk, item FROM filling ORDER BY hk, rk", table_id
            )

    def _all_rows(self, count: int) -> Iterator[Row]:
        """Of a pattern, since the app's own way takes minutes for a million."""
        pattern = _rows(PATTERN)
        for number in range(count):
            person = self.person(number)
            rows = [_filled_in(row, person) for row in pattern]
            if number < COMPARED and rows != _rows(person):
                raise ValueError("the pattern does not give what the app writes")
            yield from rows


class _Noted:
    """In place of a database: keeps what is to be written."""

    def transact(self, *writes: Write) -> None:
        self.writes = writes


def _rows(person: Person) -> list[Row]:
    """The user with both sentinels, as the app writes them and the engine keeps them."""
    noted = _Noted()
    users.create(noted, person.user(), FIRST_AT)  # type: ignore[arg-type]
    return [_row(request(write, "")["Item"]) for write in noted.writes]


def _row(item: Any) -> Row:
    written = json.dumps(item, separators=(",", ":"), ensure_ascii=False)
    return item["pk"]["S"].encode(), item["sk"]["S"].encode(), written


def _filled_in(row: Row, person: Person) -> Row:
    key, sort, item = row[0].decode(), row[1].decode(), row[2]
    for blank, text in zip(PATTERN.texts, person.texts, strict=True):
        key, sort, item = (part.replace(blank, text) for part in (key, sort, item))
    return key.encode(), sort.encode(), item
