from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.proxy import Proxy
from tests.support import Site


@pytest.fixture
def proxy(engine_url: str) -> Iterator[Proxy]:
    with Proxy(engine_url).running() as proxy:
        yield proxy


@pytest.fixture
def site(proxy: Proxy, tmp_path: Path) -> Site:
    """An installation whose every call to the database goes through the proxy."""
    return Site(proxy.url, tmp_path)


@pytest.fixture
def hurried(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits between two tries."""
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
