"""`python -m tests.mutants`: changes the source in thousands of ways, and sees what notices.

What becomes of each mutant is added to a file in FOLDER, so that a run that is cut off goes on
where it was. At the end docs/mutants.md says what survived; without a reason, that is a failure.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.mutants import survivors
from tests.mutants.operators import Mutant, files, mutants
from tests.mutants.tests_of import Tests
from tests.mutants.trial import Engine, Trial
from tests.rewriting import ROOT

# Tests that see the source changed in their own process.
TESTS: Final = (
    *("web", "accounts", "attacks", "races", "clients", "cli", "mail"),
    *("languages", "storage", "settings", "security/test_headers.py", "faults/clocks"),
    *("faults/test_faults.py", "faults/test_mail_faults.py", "faults/test_webhook_faults.py"),
    *("faults/test_unknown_outcomes.py", "faults/test_invocations.py"),
    "faults/test_cut_deletions.py",
)
# They begin processes of their own.
NOT: Final = ("cli/test_flask_run*.py",)
SEED: Final = 20261124
# Of these the sample takes one in so many; the others it takes all.
SAMPLED: Final = {"number", "comparison", "calculation", "argument dropped", "cut dropped"}
SHARES: Final = ("0/2/warm", "1/2/warm", "0/1/cold")


def main() -> int:
    options = _options()
    options.folder.mkdir(parents=True, exist_ok=True)
    if options.share:
        _run_share(options)
        return 0
    if not list(options.folder.glob("passes-*.json")):
        _collect(options.folder)
    command = [sys.executable, "-m", "tests.mutants", *sys.argv[1:]]
    runs = [subprocess.Popen([*command, "--share", share]) for share in SHARES]
    failed = max(run.wait() for run in runs)
    return failed or _tell(options.folder)


def _collect(folder: Path) -> None:
    """Finds which test passes which line. A test that fails beside so many others is left out."""
    tests = [f"tests/{name}" for name in TESTS] + [f"--ignore-glob=*/{name}" for name in NOT]
    plugin = ["-p", "tests.mutants.passes", f"--passes={folder}"]
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile"]
    status = subprocess.run([*command, *plugin, *tests], check=False).returncode
    if status not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
        sys.exit(status)


def _run_share(options: argparse.Namespace) -> None:
    share, shares, kind = options.share.split("/")
    todo = [one for one in _wanted(options) if one.inside == (kind == "warm")]
    engine = Engine()
    tests = Tests(options.folder)
    for mutant, found in _tried(options.folder):
        if found["outcome"] == "caught":
            tests.noticed(mutant, found["by"])
    trial = Trial(tests, engine, options.enough)
    results = _results(options.folder)
    try:
        run = trial.warm if kind == "warm" else trial.cold
        run(
            iter(todo[int(share) :: int(shares)]),
            lambda mutant, found: _add(results, mutant, found),
        )
    finally:
        engine.end()


def _wanted(options: argparse.Namespace) -> Iterator[Mutant]:
    """In the order of the parts that are asked for, without those whose outcome is known."""
    chance = random.Random(SEED)
    chosen = [
        one
        for one in _every()
        if one.operator not in SAMPLED or not chance.randrange(options.sample)
    ]
    done = {mutant.id: found["outcome"] for mutant, found in _tried(options.folder)}
    for part in options.only or [""]:
        for mutant in chosen:
            if part in mutant.id and done.get(mutant.id) in {None, options.again}:
                done[mutant.id] = "begun"
                yield mutant


def _tell(folder: Path) -> int:
    every, tried = list(_every()), _tried(folder)
    survivors.keep_noticed(tried)
    survivors.PAGE.write_text(survivors.page(tried, len(every) - len(tried)), encoding="utf-8")
    missing = survivors.without_reason(tried)
    for one in missing:
        sys.stdout.write(f"survived without a reason: {one}\n")
    sys.stdout.write(f"{len(tried):,} mutants tried; see {survivors.PAGE.relative_to(ROOT)}.\n")
    return bool(missing)


def _every() -> Iterator[Mutant]:
    return (mutant for file in files() for mutant in mutants(file))


def _tried(folder: Path) -> list[tuple[Mutant, dict[str, Any]]]:
    """What became of each mutant that the source still has, by its newest trial."""
    path = _results(folder)
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    newest = {found["id"]: found for found in map(json.loads, lines)}
    return [
        (mutant, newest[mutant.id])
        for mutant in _every()
        if newest.get(mutant.id, {}).get("name") == survivors.name(mutant)
    ]


def _add(path: Path, mutant: Mutant, found: dict[str, Any]) -> None:
    line = json.dumps({"id": mutant.id, "name": survivors.name(mutant), **found})
    with path.open("a", encoding="utf-8") as lines:
        lines.write(f"{line}\n")


def _results(folder: Path) -> Path:
    return folder / "results.jsonl"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--folder", type=Path, default=ROOT / ".mutants")
    parser.add_argument(
        "--sample", type=int, default=1, metavar="N", help="of numbers and the like one in N"
    )
    parser.add_argument("--only", action="append", metavar="PART", help="whose id has this part")
    parser.add_argument(
        "--enough", type=float, default=20, metavar="SECONDS", help="of tests for each"
    )
    parser.add_argument("--again", choices=("survived", "untested"), help="once more")
    parser.add_argument("--share", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
