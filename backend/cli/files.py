"""Files of users: their rows, as CSV or JSON lines."""

from __future__ import annotations

import csv
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Final

import click

from backend.accounts.imports import Row
from backend.accounts.records import PARSERS, REQUIRED, RowRefused
from backend.web.bodies import parse_object
from backend.web.problems import MalformedJson

FORMATS: Final = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}
FLAGS: Final = {"true": True, "false": False}
# What a cell cannot hold.
NESTED: Final = {"passkeys", "totp", "recovery_codes"}
COLUMNS: Final = [name for name in PARSERS if name not in NESTED]
UNREADABLE: Final = "The line is not one JSON object in UTF-8 with each member once."


def read(file: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise click.ClickException(f"{file} cannot be read: {error.strerror}.") from None


def write(file: Path, content: bytes) -> None:
    """All or nothing, to be read by its owner alone; nothing is replaced."""
    if str(file) == "-":
        sys.stdout.buffer.write(content)
        return
    try:
        with NamedTemporaryFile(dir=file.parent, prefix=f".{file.name}-") as made:
            made.write(content)
            made.flush()
            os.fsync(made.fileno())
            # A link, unlike a move, never replaces what is there.
            os.link(made.name, file)
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}.") from None


def format_of(file: Path) -> str:
    """By the end of the name, in front of that of an encrypted file."""
    suffix = Path(file.stem if file.suffix == ".age" else file.name).suffix.lower()
    if suffix not in FORMATS:
        raise click.ClickException(
            f"{file} ends in none of {', '.join(FORMATS)}. Say which it is: --format csv or jsonl."
        )
    return FORMATS[suffix]


def rows(content: bytes, form: str) -> Iterator[Row]:
    return _json_lines(content) if form == "jsonl" else _csv(content)


def first_line(file: Path) -> str:
    try:
        line = read(file).decode().splitlines()[0].strip()
    except (IndexError, UnicodeDecodeError):
        line = ""
    if not line:
        raise click.ClickException(f"The first line of {file} is empty.")
    return line


def _json_lines(content: bytes) -> Iterator[Row]:
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if line.strip():
            try:
                yield Row(number, parse_object(line))
            except MalformedJson:
                yield Row(number, RowRefused("", UNREADABLE))


def _csv(content: bytes) -> Iterator[Row]:
    # What is no UTF-8 is marked, so that it spoils its own row alone.
    text = content.decode("utf-8-sig", errors="surrogateescape")
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        head = [name.strip() for name in next(lines, [])]
    except csv.Error as error:
        raise click.ClickException(f"The first line is no header: {error}.") from None
    _check_head(head)
    begins = lines.line_num + 1
    try:
        for cells in lines:
            if cells:
                yield Row(begins, _record(head, cells))
            begins = lines.line_num + 1
    except csv.Error as error:
        yield Row(begins, RowRefused("", f"From here on the file cannot be read: {error}."))


def _check_head(head: list[str]) -> None:
    missing = [name for name in REQUIRED if name not in head]
    unknown = [name for name in head if name not in COLUMNS]
    if missing:
        raise click.ClickException(f"The first line names no column {' and '.join(missing)}.")
    if unknown or len(set(head)) != len(head):
        raise click.ClickException(
            f"The first line names {', '.join(unknown) or 'a column twice'}. "
            f"Allowed are {', '.join(COLUMNS)}, each once."
        )


def _record(head: list[str], cells: list[str]) -> dict[str, Any] | RowRefused:
    """An empty cell is a member left out."""
    if len(cells) != len(head):
        return RowRefused("", f"It has {len(cells)} cells in place of {len(head)}.")
    if any("\ud800" <= char <= "\udfff" for cell in cells for char in cell):
        return RowRefused("", "It is not in UTF-8.")
    given = zip(head, cells, strict=True)
    return {name: _value(name, cell) for name, cell in given if cell}


def _value(name: str, cell: str) -> Any:
    if name == "roles":
        return cell.replace(",", " ").split()
    return FLAGS.get(cell.lower(), cell) if name in {"disabled", "email_verified"} else cell
