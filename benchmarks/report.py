"""What a part of the benchmarks found, and the page that all parts make: `docs/benchmarks.md`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

# Says what is going on, on one line.
Note = Callable[[str], None]


@dataclass(frozen=True)
class Table:
    """Rows of cells as they are printed; the first column names the row."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Target:
    """One line of what is to be reached: `measured` and `at_most` are in the same `unit`.

    `measured` is None where it could not be measured; `remark` then says why. Where the target is
    missed, `remark` says what the limit is.
    """

    what: str
    at_most: float
    measured: float | None
    unit: str
    remark: str = ""

    @property
    def met(self) -> bool:
        return self.measured is not None and self.measured <= self.at_most


@dataclass(frozen=True)
class Picture:
    """An SVG file beside the page, and the words for who does not see it."""

    name: str
    about: str
    svg: str


@dataclass(frozen=True)
class Part:
    """A section of the page. `method` and `doubts` are sentences."""

    title: str
    method: str
    tables: Sequence[Table]
    targets: Sequence[Target] = ()
    pictures: Sequence[Picture] = ()
    doubts: Sequence[str] = ()
    # What a machine may want of it.
    figures: dict[str, Any] = field(default_factory=dict)


def table(one: Table) -> str:
    """In Markdown."""
    head = f"| {' | '.join(one.columns)} |\n|{' --- |' * len(one.columns)}"
    return "\n".join([f"**{one.title}**\n", head, *(f"| {' | '.join(row)} |" for row in one.rows)])


def targets(parts: Iterable[Part]) -> Table:
    """Every target of every part, met or not."""
    rows = tuple(_row(target) for part in parts for target in part.targets)
    return Table("What is to be reached", ("what", "at most", "measured", "", "remark"), rows)


def section(part: Part) -> str:
    pictures = [f"![{one.about}](benchmarks/{one.name}.svg)" for one in part.pictures]
    doubts = ["Doubts:\n\n" + "\n".join(f"- {doubt}" for doubt in part.doubts)]
    return "\n\n".join(
        [
            f"## {part.title}",
            part.method,
            *map(table, part.tables),
            *pictures,
            *(doubts if part.doubts else []),
        ]
    )


def _row(target: Target) -> tuple[str, ...]:
    measured = "not measured" if target.measured is None else f"{target.measured:.3g}"
    verdict = "met" if target.met else "**missed**"
    return (
        target.what,
        f"{target.at_most:g} {target.unit}".strip(),
        measured,
        verdict,
        target.remark,
    )
