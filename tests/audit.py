"""`python -m tests.audit`: which of the locked components have known holes.

Arguments are pip-audit's, such as `--vulnerability-service osv`. Whatever was not looked up, for
whatever reason, is no good news: it is said, and the command fails.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.locked import ROOT, Locked, lock_files, locked

PIP_AUDIT: Final = Path(os.environ.get("AUDIT", ROOT / ".venv/audit/bin")) / "pip-audit"
PLAIN: Final = ("--no-deps", "--disable-pip", "--format", "json", "--progress-spinner", "off")
NO_HOLES, HOLES, NOT_ASKED = 0, 1, 2


@dataclass(frozen=True)
class Hole:
    """`fixed_in` are the versions without it; there may be none."""

    component: Locked
    id: str
    fixed_in: tuple[str, ...]

    def __str__(self) -> str:
        fixed = f"fixed in {', '.join(self.fixed_in)}" if self.fixed_in else "without a fix"
        return f"{self.component.name} {self.component.version}: {self.id}, {fixed}"


class NotAsked(Exception):
    """Why a vulnerability service has not said of every component what is known."""


def main(arguments: list[str]) -> int:
    files = {path.relative_to(ROOT).as_posix(): locked(path) for path in lock_files()}
    try:
        holes = known_holes({one for ones in files.values() for one in ones}, arguments)
    except NotAsked as failure:
        say(f"Whether the locked components have known holes is NOT known: {failure}.")
        say("Try again where a vulnerability service can be reached; nothing was passed.")
        return NOT_ASKED
    for name, components in files.items():
        found = [hole for hole in holes if hole.component in components]
        say(f"{name}: {len(components)} components, known holes: {len(found)}")
        for hole in found:
            say(f"  {hole}")
    return HOLES if holes else NO_HOLES


def known_holes(components: Iterable[Locked], arguments: list[str]) -> list[Hole]:
    """Raises NotAsked where any of them was not looked up."""
    return [hole for one in _rounds(components) for hole in _ask(one, arguments)]


def _rounds(components: Iterable[Locked]) -> list[list[Locked]]:
    """pip-audit takes one version of each at once."""
    rounds: list[dict[str, Locked]] = []
    for component in sorted(components):
        free = next((one for one in rounds if component.name not in one), None)
        if free is None:
            free = {}
            rounds.append(free)
        free[component.name] = component
    return [list(one.values()) for one in rounds]


def _ask(components: list[Locked], arguments: list[str]) -> list[Hole]:
    with tempfile.TemporaryDirectory() as folder:
        # Without markers, so that what is for other systems is asked for as well.
        listed = Path(folder) / "components.txt"
        listed.write_text("".join(f"{one.name}=={one.version}\n" for one in components))
        command = [str(PIP_AUDIT), *PLAIN, *arguments, "--requirement", str(listed)]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        said = {one["name"]: one for one in json.loads(run.stdout)["dependencies"]}
    except (ValueError, KeyError):
        reason = (run.stderr.strip().splitlines() or ["pip-audit gave no reason"])[-1]
        raise NotAsked(reason) from None
    missing = [one.name for one in components if "vulns" not in said.get(one.name, {})]
    if missing:
        raise NotAsked(f"the service does not know {len(missing)} of them, {missing[0]} for one")
    return [hole for one in components for hole in _holes(one, said[one.name])]


def _holes(component: Locked, said: Mapping[str, Any]) -> Iterable[Hole]:
    return (Hole(component, one["id"], tuple(one["fix_versions"])) for one in said["vulns"])


def say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
