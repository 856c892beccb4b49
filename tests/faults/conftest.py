from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from backend.accounts import verifiers
from backend.aws.service import Limits, Service
from backend.storage.client import LOCAL, Client
from backend.storage.database import Database
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
    """Nobody waits between two tries, and no hash takes long."""
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    monkeypatch.setattr(verifiers, "_hasher", PasswordHasher(1, 8, 1))


@pytest.fixture
def impatient(site: Site) -> None:
    """Half a second is too late."""
    service = Service(
        site.settings.dynamodb_endpoint_url,
        service="dynamodb",
        region="us-east-1",
        credentials=lambda: LOCAL,
        limits=Limits(read=0.5),
    )
    site.rewire(database=Database(Client(service), site.prefix))
