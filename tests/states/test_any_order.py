"""Any order of calls, by many people, with time passing: each is answered as the contract says."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import get_state_machine_test

from tests.states.machine import AnyOrder
from tests.support import Site
from tests.tally import Tried
from tests.web.contract import ENDPOINTS

# The same in every run, and few; the long form is another each time.
SHORT = {"max_examples": 14, "stateful_step_count": 40, "derandomize": True}
LONG = {"max_examples": 100, "stateful_step_count": 60}


def play(
    make_site: Callable[..., Site], *, begin: int | None = None, **chosen: Any
) -> Counter[str]:
    """Plays many stories; returns how often each endpoint gave each answer."""
    asked: Counter[str] = Counter()
    quiet: dict[str, Any] = {
        "database": None,
        "deadline": None,
        "report_multiple_bugs": False,
        "suppress_health_check": list(HealthCheck),
    }
    story = get_state_machine_test(
        lambda: AnyOrder(make_site, asked), settings=settings(**quiet, **chosen)
    )
    (story if begin is None else seed(begin)(story))()
    return asked


def never_asked(asked: Counter[str]) -> set[str]:
    found = {" ".join(answer.split()[:2]) for answer in asked}
    return ENDPOINTS.keys() - found


def test_any_order_of_calls_is_answered_as_the_contract_says(
    make_site: Callable[..., Site], tried: Tried
) -> None:
    tried("state", play(make_site, **SHORT).total())


@pytest.mark.torture
def test_many_orders_of_calls_are_answered_as_the_contract_says(
    make_site: Callable[..., Site], tried: Tried, record_property: Callable[[str, object], None]
) -> None:
    begin = secrets.randbits(32)
    record_property("seed", begin)
    print(f"The stories begin with the seed {begin}.")  # noqa: T201
    asked = play(make_site, begin=begin, **LONG)
    assert not never_asked(asked)
    tried("state", asked.total())
