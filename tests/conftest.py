from __future__ import annotations

import io
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.accounts import turns, verifiers
from backend.web.logs import JsonLines
from tests.hashing import CHEAP, NOBODY
from tests.receiver import Receiver
from tests.servers import free_port, wait_for
from tests.support import Browser, Site

pytest_plugins = ["tests.tally"]

# The folders whose files take minutes.
LONGEST = ("deploy", "infra", "faults", "e2e", "fuzz", "sitegen", "races", "cli", "states", "load")


@pytest.fixture(scope="session")
def engine_url() -> Iterator[str]:
    """A real DynamoDB engine in memory, one for each process of tests."""
    port = free_port()
    roto = Path(sys.executable).with_name("roto-server")
    command = [str(roto), "--host", "127.0.0.1", "--port", str(port), "--ephemeral"]
    engine = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    wait_for(url)
    yield url
    engine.terminate()
    engine.wait(5)


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is busy with tests refuses nobody for load, unless a test is about it."""
    monkeypatch.setattr(turns, "PATIENCE_SECONDS", 120.0)


@pytest.fixture(autouse=True)
def cheap_hashes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """No hash takes long, unless what a hash costs is what the test is about."""
    if not request.node.get_closest_marker("true_cost"):
        monkeypatch.setattr(verifiers, "_hasher", CHEAP)
        monkeypatch.setattr(verifiers, "_NOBODY", NOBODY)


@pytest.fixture
def make_site(engine_url: str, tmp_path: Path) -> Callable[..., Site]:
    def make(**environ: Any) -> Site:
        wiring = {name: environ.pop(name) for name in ("mailer", "breached") if name in environ}
        return Site(engine_url, tmp_path, environ, **wiring)

    return make


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    return make_site()


@pytest.fixture
def browser(site: Site) -> Browser:
    return site.browser()


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


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver().running() as receiver:
        yield receiver


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest comes first, so that no worker is left alone with it at the end."""
    items.sort(key=lambda item: _rank(item.path.relative_to(Path(__file__).parent).parts))


def _rank(parts: tuple[str, ...]) -> int:
    return LONGEST.index(parts[0]) if parts[0] in LONGEST else len(LONGEST)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a test that was left out is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
