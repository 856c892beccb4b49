"""`python -m tests.mutants FOLDER`: changes the source in thousands of ways, and sees what notices.

What becomes of each mutant is added to FOLDER/results.jsonl, so that a run that is cut off goes on
where it was. `--sample N` tries of the less telling kinds one in N; `--only PART` takes the mutants
whose id has that part; `--again survived` tries those once more that survived before.
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

from tests.mutants.operators import Mutant, files, mutants
from tests.mutants.tests_of import Tests
from tests.mutants.trial import Engine, Trial, write

# Tests that see the source changed in their own process.
TESTS: Final = ("web", "accounts", "clients", "cli", "mail", "languages", "storage", "settings")
TELLING: Final = {
    "condition",
    "part of a condition",
    "not dropped",
    "and, or",
    "raise dropped",
    "call dropped",
    "argument dropped",
    "assignment dropped",
    "decorator dropped",
    "exception dropped",
    "return",
    "yes or no",
}
SEED: Final = 20261124


def main() -> int:
    options = _options()
    folder: Path = options.folder
    folder.mkdir(parents=True, exist_ok=True)
    if options.share is None:
        return _whole(folder, sys.argv[1:])
    share, shares, kind = options.share.split("/")
    todo = [one for one in _wanted(options) if one.inside == (kind == "warm")]
    todo = todo[int(share) :: int(shares)]
    engine = Engine()
    trial = Trial(Tests(folder), engine)
    results = folder / "results.jsonl"
    try:
        run = trial.warm if kind == "warm" else trial.cold
        run(iter(todo), lambda found: write(results, found))
    finally:
        engine.end()
    return 0


def _whole(folder: Path, arguments: list[str]) -> int:
    if not list(folder.glob("passes-*.json")):
        tests = [f"tests/{name}" for name in TESTS]
        passes = ["-p", "tests.mutants.passes", f"--passes={folder}"]
        subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                "-q",
                "-n",
                "2",
                "--dist",
                "loadfile",
                *passes,
                *tests,
            ],
            check=False,
        )
    runs = [
        subprocess.Popen([sys.executable, "-m", "tests.mutants", *arguments, "--share", share])
        for share in ("0/2/warm", "1/2/warm", "0/1/cold")
    ]
    return max(run.wait() for run in runs)


def _wanted(options: argparse.Namespace) -> Iterator[Mutant]:
    """In the order of the parts that are asked for."""
    done = {
        identity: found["outcome"] for identity, found in results(options.folder / "results.jsonl")
    }
    chance = random.Random(SEED)
    every = [mutant for file in files() for mutant in mutants(file)]
    chosen = [
        one for one in every if one.operator in TELLING or not chance.randrange(options.sample)
    ]
    parts = options.only or [""]
    for part in parts:
        for mutant in chosen:
            if part in mutant.id and done.get(mutant.id) in {None, options.again}:
                done[mutant.id] = "begun"
                yield mutant


def results(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """What became of each mutant, the newest last."""
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            found = json.loads(line)
            yield found["id"], found


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sample", type=int, default=1)
    parser.add_argument("--only", action="append")
    parser.add_argument("--again")
    parser.add_argument("--share", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
