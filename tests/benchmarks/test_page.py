"""What the part about the page says of forms that cannot be had."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from benchmarks import environments, forms, page
from benchmarks.environments import NotInstalled
from benchmarks.forms import VIEWS, Form
from benchmarks.report import Part


def quiet(text: str) -> None:
    pass


@pytest.fixture
def others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Form]:
    """Forms of others while the registry does not answer."""

    def refuse(source: Path) -> Path:
        raise NotInstalled(f"npm: no network for {source.name}")

    monkeypatch.setattr(environments, "node", refuse)
    with ExitStack() as stack:
        return forms.others(stack, tmp_path, quiet)


def reported(found: list[Form], failure: str = "") -> Part:
    points = {view: dict.fromkeys(page.CATEGORIES.values(), 99.0) for view in VIEWS}
    return page.report([(0.8, 0.7)], found, {} if failure else points, failure)


def test_a_bundle_that_does_not_install_is_a_row_that_says_so(others: list[Form]) -> None:
    loaded, visited, *_ = reported(others).tables
    for table in (loaded, visited):
        told = {row[0]: " ".join(row) for row in table.rows}
        assert "not measured: npm: no network for clerk" in told["Clerk"]
        assert "not measured: npm: no network for auth0" in told["Auth0 Lock"]


def test_every_row_has_a_cell_for_each_column(others: list[Form]) -> None:
    for failure in ("", "npm: no network"):
        for table in reported(others, failure).tables:
            assert {len(row) for row in table.rows} == {len(table.columns)}


def test_a_point_that_lighthouse_takes_away_misses_the_target() -> None:
    targets = [one for one in reported([]).targets if one.what.startswith("Lighthouse")]
    assert [(one.measured, one.met) for one in targets] == [(1, False)] * 4


def test_without_lighthouse_its_targets_say_why() -> None:
    targets = [one for one in reported([], "npm: gone").targets if "Lighthouse" in one.what]
    assert [(one.measured, one.remark) for one in targets] == [(None, "npm: gone")] * 4
