from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.aws.service import Limits, Service
from backend.local import engine
from backend.mail import ses
from backend.storage.client import LOCAL, Client
from backend.storage.database import Database
from tests.faults.crashes import DurableEngine
from tests.faults.proxy import Proxy
from tests.faults.refusals import of_ses
from tests.faults.served import ServedSite
from tests.faults.ses import accepting
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
def mail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """The way to SES, whose mailboxes are those of a site in the same folder.

    Half a second is too late.
    """
    monkeypatch.setattr(ses, "LIMITS", Limits(read=0.5, attempts=ses.LIMITS.attempts))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    with accepting(tmp_path / "mailbox") as url, Proxy(url, of_ses).running() as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", proxy.url)
        yield proxy


@pytest.fixture
def served(proxy: Proxy, tmp_path: Path) -> Iterator[ServedSite]:
    """The same, whose app is a process that can be killed."""
    site = ServedSite(proxy.url, tmp_path)
    yield site
    site.close()


@pytest.fixture
def durable(tmp_path: Path) -> Iterator[DurableEngine]:
    """An engine on disk that can be killed, and a proxy of its own."""
    data = tmp_path / "db"
    first = engine.start(data)
    with Proxy(first.url).running() as proxy:
        durable = DurableEngine(data, proxy, first)
        yield durable
        durable.engine.stop()


@pytest.fixture
def hurried(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits between two tries."""
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)


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
