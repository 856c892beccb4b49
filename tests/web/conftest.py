from __future__ import annotations

import io
import logging
from collections.abc import Iterator

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
