from __future__ import annotations

import itertools
import os
from typing import Any

import pytest

from backend.storage.client import Client, connect
from backend.storage.creation import create_missing
from backend.storage.database import Database
from tests.support import sdk

_serial = itertools.count(1)


@pytest.fixture
def prefix() -> str:
    """What no other test calls its tables by."""
    return f"storage-{os.getpid()}-{next(_serial)}-"


@pytest.fixture(scope="session")
def client(engine_url: str) -> Client:
    return connect(engine_url, local=True)


@pytest.fixture(scope="session")
def engine(engine_url: str) -> Any:
    """The engine past our own client."""
    return sdk(engine_url)


@pytest.fixture
def database(client: Client, prefix: str) -> Database:
    create_missing(client, prefix)
    return Database(client, prefix)
