"""What the lock files name: every component that runs, builds or tests, with version and hashes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
FOLDERS: Final = ("backend", "infra", "sitegen", "tests", "benchmarks")
# As pip has it, each on a line of its own once continued lines are joined.
PINNED: Final = re.compile(
    r"(?P<name>[a-z0-9]+(?:[._-][a-z0-9]+)*)==(?P<version>[\w.!+]+)"
    r"(?: ; (?P<marker>[^#@]+?))?(?P<hashes>(?: --hash=sha256:[0-9a-f]{64})+)"
)


@dataclass(frozen=True, order=True)
class Locked:
    name: str
    version: str


class NotLocked(Exception):
    """The line of a lock file that is no name with one version and hashes."""


def lock_files() -> list[Path]:
    return _under("*requirements*.txt")


def npm_lock_files() -> list[Path]:
    """Those of what measures and judges; nothing that is shipped comes by npm."""
    return _under("package-lock.json")


def locked(path: Path) -> list[Locked]:
    """Raises NotLocked."""
    lines = path.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    return [_read(" ".join(line.split())) for line in lines if line.strip()]


def npm_locked(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Each package by its folder, with what the lock file says of it."""
    packages = json.loads(path.read_text(encoding="utf-8"))["packages"]
    yield from ((folder, said) for folder, said in packages.items() if folder)


def _read(line: str) -> Locked:
    found = PINNED.fullmatch(line)
    if not found:
        raise NotLocked(line)
    return Locked(found["name"], found["version"])


def _under(pattern: str) -> list[Path]:
    found = (path for folder in FOLDERS for path in (ROOT / folder).rglob(pattern))
    return sorted(path for path in found if "node_modules" not in path.parts)
