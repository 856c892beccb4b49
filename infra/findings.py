"""What `doctor` finds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """`wrong` needs something done; a note is worth knowing."""

    wrong: bool
    text: str


def well(text: str) -> list[Finding]:
    return [Finding(False, text)]


def ill(text: str) -> list[Finding]:
    return [Finding(True, text)]
