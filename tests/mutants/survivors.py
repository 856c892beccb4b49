"""What became of the mutants: `docs/mutants.md`, with the reason for each that survived.

The reasons are written by hand, in reasons.toml. A mutant is named there by its file, its function
and what it changes, which stays true when lines move.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from tests.mutants.operators import Mutant
from tests.rewriting import ROOT

PAGE: Final = ROOT / "docs" / "mutants.md"
REASONS: Final = Path(__file__).with_name("reasons.toml")
# By test the mutants that it noticed in the last run, each by the digest of its name.
NOTICED: Final = Path(__file__).with_name("noticed.json")
DIGITS: Final = 10
UNNOTICED: Final = {"survived", "untested"}
HEAD: Final = """\
# Mutants

`make mutants` wrote this page. It changes the source of `backend/accounts` and `backend/web` in one
place at a time: a condition that always or never holds, a check, call or argument left out, another
comparison, number or answer. For each such mutant the tests run that pass its lines, until one
fails ([why by a driver of our own](decisions/0054-mutants-of-our-own.md)).
"""

Found = Mapping[str, Any]


def reasons() -> dict[str, str]:
    """By the name of the mutant, why no test can or need notice it."""
    told = tomllib.loads(REASONS.read_text(encoding="utf-8"))["reason"]
    return {name: one["why"] for one in told for name in one["mutants"]}


def name(mutant: Mutant) -> str:
    """Such as `backend/web/paging.py page: limit < 1 → limit <= 1`."""
    return f"{mutant.file} {mutant.function}: {mutant.was} → {mutant.became}".replace("\n", " ")


def digest(mutant: Mutant) -> str:
    return hashlib.sha256(name(mutant).encode()).hexdigest()[:DIGITS]


def noticed_by() -> dict[str, str]:
    """By the digest of a mutant, the test that noticed it in the last run."""
    told = json.loads(NOTICED.read_text(encoding="utf-8")) if NOTICED.exists() else {}
    return {mutant: test for test, mutants in told.items() for mutant in mutants}


def keep_noticed(tried: Iterable[tuple[Mutant, Found]]) -> None:
    """So that the next run asks those tests first."""
    told: dict[str, list[str]] = {}
    for mutant, found in tried:
        if found["outcome"] == "caught" and "::" in found["by"]:
            told.setdefault(found["by"], []).append(digest(mutant))
    ordered = {test: sorted(mutants) for test, mutants in sorted(told.items())}
    NOTICED.write_text(json.dumps(ordered, indent=0) + "\n", encoding="utf-8")


def page(tried: Sequence[tuple[Mutant, Found]], left_out: int) -> str:
    survivors = [mutant for mutant, found in tried if found["outcome"] in UNNOTICED]
    why = reasons()
    noticed = len(tried) - len(survivors)
    counts = f"{len(tried):,} tried, {noticed:,} noticed; {left_out:,} left out of the sample."
    parts = [
        HEAD,
        counts,
        "",
        *_kinds(tried),
        "",
        "## Not noticed",
        "",
        *_survivors(survivors, why),
    ]
    return "\n".join(parts)


def without_reason(tried: Iterable[tuple[Mutant, Found]]) -> list[str]:
    """The names of those that survived for no reason that is known."""
    why = reasons()
    names = (name(mutant) for mutant, found in tried if found["outcome"] in UNNOTICED)
    return [one for one in names if one not in why]


def _kinds(tried: Iterable[tuple[Mutant, Found]]) -> list[str]:
    every: Counter[str] = Counter()
    noticed: Counter[str] = Counter()
    for mutant, found in tried:
        every[mutant.operator] += 1
        noticed[mutant.operator] += found["outcome"] not in UNNOTICED
    rows = [f"| {kind} | {times:,} | {noticed[kind]:,} |" for kind, times in every.most_common()]
    return ["| what was changed | mutants | noticed |", "| --- | ---: | ---: |", *rows]


def _survivors(survivors: Iterable[Mutant], why: Mapping[str, str]) -> list[str]:
    by_reason: dict[str, list[str]] = {}
    for mutant in survivors:
        reason = why.get(name(mutant), "No reason is known.")
        by_reason.setdefault(reason, []).append(name(mutant))
    lines = []
    for reason, names in by_reason.items():
        lines += [f"### {reason}", "", *(f"- `{one}`" for one in names), ""]
    return lines
