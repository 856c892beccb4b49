from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator

import pytest

from backend.web.logs import JsonLines
from tests.support import Site


@pytest.fixture
def log(site: Site) -> Iterator[io.StringIO]:
    """What the site writes to its log from now on."""
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    handler.setFormatter(JsonLines())
    backend = logging.getLogger("backend")
    backend.addHandler(handler)
    yield lines
    backend.removeHandler(handler)


@pytest.fixture
def limited(make_site: Callable[..., Site]) -> Callable[..., Site]:
    """Makes a site whose limits are in force, at noon."""

    def make(**limits: str) -> Site:
        site = make_site(**{"RATE_LIMIT_SCALE": "1", **limits})
        site.clock.now += 12 * 3600 - site.clock.now % 86400
        return site

    return make
