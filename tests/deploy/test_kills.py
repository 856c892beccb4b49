"""`make deploy`, killed with everything that it has started: run again it ends where it should."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from tests.deploy.conftest import emulated
from tests.deploy.stage import KEPT, everything
from tests.infra.emulated import Operator

UP = ("infra", "up", "prod", "--yes")
# What a run writes when it has begun a step, and when it is in the middle of one.
STEPS = {
    "1 begun": "[1/5]",
    "1 stack made": "CREATE_COMPLETE              latchstring-prod-data",
    "1 secrets made": "/latchstring/prod/secrets: made",
    "2 begun": "[2/5]",
    "2 packed": "Packed latchstring-prod.zip",
    "2 function made": "Waiting for lambda function",
    "2 API in the making": "Waiting for stack",
    "3 begun": "[3/5]",
    "3 stack made": "CREATE_COMPLETE              latchstring-prod-edge",
    "4 begun": "[4/5]",
    "4 files on their way": "assets/account.en",
    "4 page live": "is live.",
    "5 begun": "[5/5]",
    "5 registered": ": registered",
    "5 signed in": ": signed in",
    "done": "is up.",
}
# The others take minutes: `make test-kills`.
ALWAYS = {"2 function made"}
MOMENTS = [
    pytest.param(line, id=name, marks=() if name in ALWAYS else pytest.mark.kills)
    for name, line in STEPS.items()
]


@pytest.fixture(scope="module")
def unkilled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, list[Any]]]:
    """All that stands after a run in peace."""
    with emulated(tmp_path_factory.mktemp("unkilled")) as operator:
        operator.does(" ".join(UP))
        yield everything(operator)


def kill(operator: Operator, moment: str) -> None:
    """Runs `up` until it writes the line, and kills it with everything that it has started."""
    running = operator.begin(*UP, merged=True)
    assert running.stdout
    said: list[str] = []
    try:
        for line in running.stdout:
            said.append(line)
            if moment in line:
                return
        pytest.fail(f"{moment} was never said, but:\n{''.join(said)}")
    finally:
        with suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        running.communicate()


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_run_that_was_killed_is_gone_on_with(
    operator: Operator, unkilled: dict[str, list[Any]], moment: str
) -> None:
    kill(operator, moment)
    operator.does(" ".join(UP))
    assert everything(operator) == unkilled


def test_runs_that_are_killed_one_after_the_other_come_to_the_end(
    operator: Operator, unkilled: dict[str, list[Any]]
) -> None:
    for step in ("1 stack made", "2 API in the making", "3 stack made", "4 files on their way"):
        kill(operator, STEPS[step])
    operator.does(" ".join(UP))
    assert everything(operator) == unkilled


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_run_that_was_killed_is_taken_away(operator: Operator, moment: str) -> None:
    kill(operator, moment)
    operator.does("infra destroy prod --yes")
    left = everything(operator)
    assert "items" not in left
    assert all(things == KEPT[kind] for kind, things in left.items() if kind != "files")
