"""What `make mutants` changes in a source, and what it says of those that survive."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.mutants import operators, survivors
from tests.mutants.operators import Mutant, mutants

SOURCE = """
from functools import cache

LIMIT = 10


@login_required
def spend(code: str, *, tries: int) -> bool:
    if tries >= LIMIT:
        raise TooMany
    note(code, tries=tries)
    return known(code) and not spent(code)
"""


@pytest.fixture
def changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str], Mutant]:
    """The mutants of SOURCE, by what was changed and what the statement became."""
    (tmp_path / "rules.py").write_text(SOURCE, encoding="utf-8")
    monkeypatch.setattr(operators, "ROOT", tmp_path)
    mutants.cache_clear()
    return {(one.operator, one.became): one for one in mutants("rules.py")}


@pytest.mark.parametrize(
    "change",
    [
        ("condition", "if True:"),
        ("condition", "if False:"),
        ("comparison", "if tries > LIMIT:"),
        ("comparison", "if tries < LIMIT:"),
        ("raise dropped", "pass"),
        ("call dropped", "pass"),
        ("argument dropped", "note(code)"),
        ("return", "return True"),
        ("return", "return False"),
        ("and, or", "return known(code) or not spent(code)"),
        ("part of a condition", "return known(code)"),
        ("part of a condition", "return not spent(code)"),
        ("not dropped", "return known(code) and spent(code)"),
        ("number", "LIMIT = 11"),
        ("number", "LIMIT = 9"),
        ("decorator dropped", "def spend(code: str, *, tries: int) -> bool:"),
    ],
)
def test_each_rule_is_broken_in_each_way(
    changes: dict[tuple[str, str], Mutant], change: tuple[str, str]
) -> None:
    assert change in changes


def test_the_rest_of_the_source_stays(changes: dict[tuple[str, str], Mutant]) -> None:
    mutant = changes["comparison", "if tries > LIMIT:"]
    unchanged = ast.unparse(ast.parse(SOURCE))
    changed = ast.unparse(operators.mutated(mutant))
    assert changed == unchanged.replace("tries >= LIMIT", "tries > LIMIT")


def test_a_survivor_without_a_reason_is_named(changes: dict[tuple[str, str], Mutant]) -> None:
    mutant = changes["raise dropped", "pass"]
    name = "rules.py spend: raise TooMany → pass"
    assert survivors.without_reason([(mutant, {"outcome": "survived"})]) == [name]
    assert survivors.without_reason([(mutant, {"outcome": "caught"})]) == []
