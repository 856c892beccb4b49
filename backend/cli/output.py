"""How commands show things: tables for people, JSON for programs, progress where somebody looks."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import click

T = TypeVar("T")

as_json_option = click.option("--json", "as_json", is_flag=True, help="JSON in place of a table.")


def show_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Columns as wide as what is in them; what a terminal would obey is shown as `?`."""
    lines = [head, *rows]
    shown = [[_printable(cell) for cell in line] for line in lines]
    widths = [max(len(line[column]) for line in shown) for column in range(len(head))]
    for line in shown:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def show_members(members: dict[str, Any]) -> None:
    """One thing, a line for each of its members."""
    width = max(map(len, members))
    for name, value in members.items():
        click.echo(f"{name.ljust(width)}  {_printable(_text(value))}".rstrip())


def show_json(value: Any) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


@contextmanager
def progress(items: Iterable[T], label: str, length: int | None = None) -> Iterator[Iterable[T]]:
    """The items, counted on standard error where that is a terminal."""
    hidden = not sys.stderr.isatty()
    bar = click.progressbar(
        items, length=length, label=label, show_pos=True, hidden=hidden, file=sys.stderr
    )
    with bar as counted:
        yield counted


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text)
