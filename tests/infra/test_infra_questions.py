"""What is asked before anything is changed, at a terminal and without one."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from contextlib import suppress

import pytest

from backend.storage.tables import TABLES
from tests.infra.emulated import Operator, Run

DATA = "latchstring-prod-data"


def answer(operator: Operator, command: str, *answers: str) -> Run:
    """Somebody at a terminal, who answers one question after the other."""
    ours, theirs = pty.openpty()
    running = subprocess.Popen(
        [sys.executable, "-m", "infra", *command.split()],
        cwd=operator.folder,
        env=operator.environ,
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    os.close(theirs)
    told, waiting = "", list(answers)
    with suppress(OSError):  # the terminal's other side is gone
        while piece := os.read(ours, 4096).decode():
            told += piece
            if waiting and told.endswith(("[y/N] ", "to go on: ", "once more: ")):
                os.write(ours, f"{waiting.pop(0)}\n".encode())
    os.close(ours)
    _, said = running.communicate(timeout=60)
    assert not waiting, told
    return Run(running.returncode, told, said)


@pytest.mark.parametrize("word", ["yes", "Y"])
def test_yes_goes_on(operator: Operator, word: str) -> None:
    told = answer(operator, "deploy prod", word)

    assert told.status == 0, told.err
    assert "+ AccountsTable" in told.out
    assert operator.stack(DATA) == "CREATE_COMPLETE"


@pytest.mark.parametrize("word", ["no", "", "yes please"])
def test_anything_else_changes_nothing(operator: Operator, word: str) -> None:
    told = answer(operator, "deploy prod", word)

    assert told.sentence == "Nothing was changed."
    assert operator.stack(DATA) is None
    assert operator.tables() == []
    assert operator.client("ssm").describe_parameters()["Parameters"] == []


def test_up_asks_once_and_before_it_changes_anything(operator: Operator) -> None:
    told = answer(operator, "up prod", "no")

    assert told.sentence == "Nothing was changed."
    assert "+ AccountsTable" in told.out
    assert operator.stack(DATA) is None


def test_destroy_asks_before_it_removes_anything(operator: Operator) -> None:
    operator.does("infra deploy prod --yes")

    assert answer(operator, "destroy prod", "no").sentence == "Nothing was changed."
    assert operator.stack(DATA) == "CREATE_COMPLETE"

    assert answer(operator, "destroy prod", "yes").status == 0
    assert operator.stack(DATA) is None


def test_tables_go_when_the_name_is_typed_twice(operator: Operator) -> None:
    operator.does("infra deploy prod --yes")

    once = answer(operator, "destroy prod --tables", "prod", "prd")
    assert "needs the name prod, twice; nothing was changed" in once.sentence
    assert len(operator.tables()) == len(TABLES)

    assert answer(operator, "destroy prod --tables", "prod", "prod").status == 0
    assert operator.tables() == []


@pytest.mark.parametrize("command", ["deploy", "up", "destroy"])
def test_where_nobody_can_answer_it_says_what_to_give(operator: Operator, command: str) -> None:
    refused = operator.infra(command, "prod")

    assert refused.sentence.endswith(
        "Nobody is there to answer; give --yes, and nothing else asks."
    )
    assert operator.stack(DATA) is None
