from __future__ import annotations

import itertools
import os
from typing import Any

import pytest

from backend.storage import tables
from backend.storage.database import Database, connect

_serial = itertools.count(1)


@pytest.fixture
def prefix() -> str:
    """What no other test calls its tables by."""
    return f"storage-{os.getpid()}-{next(_serial)}-"


@pytest.fixture(scope="session")
def client(engine_url: str) -> Any:
    return connect(engine_url, local=True)


@pytest.fixture
def database(client: Any, prefix: str) -> Database:
    tables.create_missing(client, prefix)
    return Database(client, prefix)
