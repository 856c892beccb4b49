"""What each flow costs in DynamoDB's units is what `docs/units.md` says."""

from __future__ import annotations

import pytest

from benchmarks.units import FLOWS, PAGE, RENEW, counted, documented, row


@pytest.fixture(scope="module")
def rows() -> dict[str, tuple[str, ...]]:
    return documented(PAGE.read_text(encoding="utf-8"))


def test_every_flow_has_its_row(rows: dict[str, tuple[str, ...]]) -> None:
    assert list(rows) == list(FLOWS)


@pytest.mark.parametrize("name", FLOWS)
def test_a_flow_costs_what_its_row_says(
    name: str, rows: dict[str, tuple[str, ...]], engine_url: str
) -> None:
    cost = row(name, counted(FLOWS[name], engine_url))
    assert cost == rows[name], f"{PAGE.name} says otherwise; where this is meant: {RENEW}"
