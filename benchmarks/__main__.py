"""`python -m benchmarks`: measures every part and writes docs/benchmarks.md.

With names of parts it measures only those, and prints what it found instead.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Final

from benchmarks import report
from benchmarks.report import Part

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = ROOT / "docs" / "benchmarks.md"
PICTURES: Final = ROOT / "docs" / "benchmarks"
PARTS: Final = ("flows", "starts", "units", "page", "growth", "partitions", "bill")
HEAD: Final = """# Benchmarks

`make bench` wrote this page and its pictures; nothing in it is typed in by hand. What is compared
was measured in one run, in turn; ratios mean something, times are of the machine of the day.

{machine}
"""


def main(names: Sequence[str]) -> int:
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        sys.stderr.write(f"There is no part {', '.join(unknown)}: {', '.join(PARTS)}.\n")
        return 2
    parts = [_measured(name) for name in names or PARTS]
    page = "\n\n".join(
        [
            HEAD.format(machine=_machine()).strip(),
            report.table(report.targets(parts)),
            *map(report.section, parts),
        ]
    )
    print(page)
    if not names:
        _write(page + "\n", parts)
    return 0


def _measured(name: str) -> Part:
    """A part that breaks is a section that says so."""
    module = import_module(f"benchmarks.{name}")
    try:
        part: Part = module.measure(lambda text: _note(f"{name}: {text}"))
    except Exception as failure:  # noqa: BLE001
        _note(f"{name}: {type(failure).__name__}: {failure}")
        return Part(name, f"Not measured: {type(failure).__name__}: {failure}", ())
    return part


def _write(page: str, parts: Sequence[Part]) -> None:
    PICTURES.mkdir(exist_ok=True)
    for old in PICTURES.glob("*.svg"):
        old.unlink()
    for picture in (picture for part in parts for picture in part.pictures):
        (PICTURES / f"{picture.name}.svg").write_text(picture.svg)
    PAGE.write_text(page)
    _note(f"{PAGE.relative_to(ROOT)} is written.")


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    return (
        f"The machine: {os.cpu_count()} cores of {_processor()}, {memory:.0f} GiB, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}; "
        f"{datetime.now(UTC).date().isoformat()}, load at the start {os.getloadavg()[0]:.1f}"
        f"{f', commit {commit}' if commit else ''}."
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(": ", 1)[1]
    return platform.machine()


def _note(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
