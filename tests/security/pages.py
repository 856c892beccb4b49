"""The pages of `docs/`, as tests read them: sections, tables, links."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"


def text(page: str) -> str:
    return (DOCS / page).read_text(encoding="utf-8")


def section(page: str, title: str) -> str:
    """What stands under a heading, up to the next one of its rank or above."""
    after = re.split(rf"^(#+) {re.escape(title)}$", text(page), maxsplit=1, flags=re.M)
    assert len(after) == 3, f"{page} has no section {title}"
    return re.split(rf"^#{{1,{len(after[1])}}} ", after[2], maxsplit=1, flags=re.M)[0]


def rows(part: str) -> list[list[str]]:
    """The cells of each row of the tables in a part, without their heads."""
    lines = [line for line in part.splitlines() if line.startswith("|")]
    heads = {place for place, line in enumerate(lines[1:]) if set(line) <= set("|- ")}
    kept = (line for place, line in enumerate(lines) if place not in heads | {h + 1 for h in heads})
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in kept]


def quoted(part: str) -> list[str]:
    """What stands between backquotes."""
    return re.findall(r"`([^`]+)`", part)


def anchors(page: str) -> set[str]:
    """Where the links within a page may lead, as GitHub names them."""
    headings = re.findall(r"^#+ (.+)$", text(page), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
