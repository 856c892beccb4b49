"""The tables of docs/security.md: every requirement, each with a test that exists or a reason."""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from tests.security.pages import DOCS, anchors, quoted, rows, section, text

PAGE = "security.md"
ROOT = DOCS.parent
ASVS, NIST = "OWASP ASVS 5.0, level 2", "NIST SP 800-63B-4, AAL2"
TEST = re.compile(r"tests/[\w/]+\.py::test_\w+")
PAGES = sorted(path.name for path in DOCS.glob("*.md"))
# With what a row begins that needs no test.
REASONS = {"Does not apply: ": "does not apply", "Not met: ": "not met", "Yours: ": "yours"}


def standard(title: str) -> list[list[str]]:
    return rows(section(PAGE, title))


def required() -> list[str]:
    lines = Path(__file__).with_name("asvs-5.0.0.txt").read_text(encoding="utf-8").splitlines()
    return [line.split()[0] for line in lines if not line.startswith("#")]


def proofs(row: list[str]) -> list[str]:
    return quoted(row[3])


def outcome(row: list[str]) -> str:
    for begin, name in REASONS.items():
        if row[2].startswith(begin):
            return name
    return "in part" if "In part: " in row[2] else "met"


@cache
def named_in(path: str) -> set[str]:
    """The names of the tests in a file; none where there is no file."""
    file = ROOT / path
    if not file.is_file():
        return set()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_requirement_of_asvs_stands_once_in_its_order() -> None:
    assert [row[0] for row in standard(ASVS)] == required()


@pytest.mark.parametrize("title", [ASVS, NIST])
def test_every_row_has_a_test_or_a_reason(title: str) -> None:
    for row in standard(title):
        assert len(row) == 4, row
        assert row[1], row
        assert row[2], row
        assert proofs(row) or outcome(row) in REASONS.values(), row
        assert all(TEST.fullmatch(proof) for proof in proofs(row)), row


@pytest.mark.parametrize("title", [ASVS, NIST])
def test_the_page_counts_its_rows(title: str) -> None:
    counted = Counter(outcome(row) for row in standard(title))
    said = re.search(
        r"Of (?P<all>\d+) rows (?P<met>\d+) are met, (?P<in_part>\d+) in part, "
        r"(?P<not_met>\d+) not, (?P<yours>\d+) are yours, (?P<does_not_apply>\d+) do not apply\.",
        " ".join(section(PAGE, title).split()),
    )
    assert said
    figures = {name.replace("_", " "): int(figure) for name, figure in said.groupdict().items()}
    assert figures.pop("all") == counted.total()
    assert figures == {name: counted[name] for name in figures}


@pytest.mark.parametrize("page", PAGES)
def test_every_test_that_a_page_names_exists(page: str) -> None:
    named = [found.split("::") for found in TEST.findall(text(page))]
    assert [f"{path}::{name}" for path, name in named if name not in named_in(path)] == []


@pytest.mark.parametrize("page", ["inventory.md", PAGE])
def test_every_link_leads_somewhere(page: str) -> None:
    for link in re.findall(r"\]\(([^)]+)\)", text(page)):
        path, _, anchor = link.partition("#")
        if not path.startswith("https://"):
            target = (DOCS / path).resolve() if path else DOCS / page
            assert target.is_file(), link
            assert not anchor or anchor in anchors(target.name), link
