"""The proof notices when the product is broken on purpose: each defect fails a usual test.

Each defect is planted in a process of its own, into one module as it is imported.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.planted.defect import Defect
from tests.planted.kinds import DEFECTS, KINDS
from tests.rewriting import ROOT
from tests.tally import Tried

PATIENCE_SECONDS = 300
# Of each of these kinds `make test` plants the first, `make torture` all.
OFTEN = [
    "a condition left out",
    "an answer that tells",
    "an origin not checked",
    "a session not ended",
]
Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """What becomes of the tests that must notice the defect; without one, of all of them."""

    def run(*says: str) -> dict[str, Any]:
        to = tmp_path / "outcome.json"
        command = [sys.executable, "-m", "tests.planted.run", str(to), *says]
        tests = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        try:
            said, _ = tests.communicate(timeout=PATIENCE_SECONDS)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(tests.pid, signal.SIGKILL)
        assert to.exists(), said
        outcome: dict[str, Any] = json.loads(to.read_text(encoding="utf-8"))
        return outcome

    return run


def planted() -> list[Any]:
    often = {KINDS[kind][0] for kind in OFTEN}
    return [
        pytest.param(one, id=one.says, marks=[] if one in often else [pytest.mark.torture])
        for one in DEFECTS
    ]


@pytest.mark.parametrize("defect", planted())
def test_a_defect_is_noticed(defect: Defect, run: Run, tried: Tried) -> None:
    outcome = run(defect.says)
    assert outcome["errors"] == []
    assert outcome["failed"], f"nobody notices: {defect.noticed_by} succeed"
    tried("defect")


def test_every_defect_can_be_planted_still() -> None:
    """Where the source has moved on, the defect moves with it."""
    for defect in DEFECTS:
        assert defect.code()
    assert len({defect.says for defect in DEFECTS}) == len(DEFECTS)


@pytest.mark.torture
def test_without_a_defect_the_same_tests_succeed(run: Run) -> None:
    outcome = run()
    assert outcome["failed"] == outcome["errors"] == []
    named = {test.partition("[")[0] for defect in DEFECTS for test in defect.noticed_by}
    assert {test.partition("[")[0] for test in outcome["passed"]} == named
