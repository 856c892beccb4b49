from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.clients.fixtures import accounts, clock, make
from tests.faults.clocks.instances import Two, off_by
from tests.support import Site
from tests.tally import Tried

__all__ = ["accounts", "clock", "make"]


@pytest.fixture(autouse=True)
def counted(tried: Tried) -> None:
    """Each test is one clock or two that are off."""
    tried("fault")


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    """Whose clock is right."""
    return make_site()


@pytest.fixture
def two(request: pytest.FixtureRequest, site: Site) -> Two:
    here, there = request.param
    return Two(site, request.param, off_by(site, here), off_by(site, there))
