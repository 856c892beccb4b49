"""Held at four times what it can serve: slower or refused, never wrong, and well again after."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.accounts.turns import cores
from benchmarks.engines import engine
from tests.invariants import assert_whole_at
from tests.load.service import PREFIX, WORKERS, Service, running
from tests.load.visits import Visit, offered, served, usual
from tests.tally import Tried

CALLERS = 8
TIMES = 4
# What the workers may hold more after an overload than after the one before it: 19 MiB for each
# hash that they make at once, and as much again for all else.
GROWTH = 2 * WORKERS * cores() * 19 * 1024 * 1024
RECOVERY_SECONDS = 10.0


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with engine() as started, running(started.url, tmp_path) as service:
        yield service


@pytest.mark.parametrize(
    "seconds", [2.0, pytest.param(45.0, marks=pytest.mark.torture)], ids=["short", "long"]
)
def test_at_four_times_its_capacity_no_answer_is_wrong_and_it_recovers(
    seconds: float, service: Service, tried: Tried
) -> None:
    lone = usual(service)
    capacity = served(service, CALLERS, seconds)
    assert capacity.rate > 0
    first = offered(service, TIMES * capacity.rate, seconds)
    before = service.memory()
    second = offered(service, TIMES * capacity.rate, seconds)
    over = time.monotonic()
    while not _served_as_usual(service, lone):
        assert time.monotonic() - over < RECOVERY_SECONDS
    recovered = time.monotonic() - over
    grown = service.memory() - before

    for load in (capacity, first, second):
        tried("load", load.requests)
        assert load.wrong == []
        assert [visit.cut_off for visit in load.visits if visit.cut_off] == []
    assert_whole_at(service.engine_url, PREFIX)
    sys.stdout.write(
        f"alone {lone:.2f} s a visit; capacity {capacity}\n4 times: {first}\nagain: {second}\n"
        f"grown by {grown / 2**20:.1f} MiB, as usual after {recovered:.1f} s\n"
    )
    assert grown < GROWTH


def _served_as_usual(service: Service, lone: float) -> bool:
    """Within five times what it takes alone: other programs are on the machine as well."""
    began = time.monotonic()
    return Visit(service).go().done and time.monotonic() - began < 5 * lone
