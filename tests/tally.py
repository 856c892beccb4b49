"""What a run tried, by kind: a test says `tried("fault")`, and the sums stand at the run's end."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, Protocol

import pytest

# One of each, and many.
KINDS: Final = {
    "fault": "faults",
    "crash": "crashes",
    "attack": "attacks",
    "state": "states",
    "load": "requests under load",
    "defect": "planted defects",
}
_TALLY: Final = pytest.StashKey[Counter[str]]()


class Tried(Protocol):
    def __call__(self, kind: str, times: int = 1) -> None: ...


@pytest.fixture
def tried(request: pytest.FixtureRequest) -> Iterator[Tried]:
    """Counts what the test tries: a key of KINDS, once for each time."""
    counts: Counter[str] = Counter()

    def count(kind: str, times: int = 1) -> None:
        counts[KINDS[kind]] += times

    yield count
    request.node.user_properties.append(("tried", dict(counts)))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--tally", type=Path, help="the file that is told, as JSON, what was tried")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_TALLY] = Counter()
    config.pluginmanager.register(_Sums(config.stash[_TALLY]))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    tally = config.stash[_TALLY]
    if tally:
        terminalreporter.write_line(f"Tried: {in_words(tally)}.")
    told = config.getoption("--tally")
    if told:
        told.write_text(json.dumps(tally), encoding="utf-8")


def in_words(tally: Mapping[str, int]) -> str:
    """`12 faults, 3 crashes`, in the order of KINDS."""
    return ", ".join(f"{tally[many]:,} {many}" for many in KINDS.values() if tally.get(many))


class _Sums:
    """Hears of each test's end, also of those that other processes ran."""

    def __init__(self, tally: Counter[str]) -> None:
        self._tally = tally

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "teardown":
            for name, counts in report.user_properties:
                if name == "tried" and isinstance(counts, dict):
                    self._tally.update(counts)
