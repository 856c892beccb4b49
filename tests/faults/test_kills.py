"""Engine and server are killed while many register: what was acknowledged is kept, and whole."""

from __future__ import annotations

import json
import os
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.client import HTTPException
from itertools import count
from pathlib import Path
from threading import Event
from typing import Any

from backend.local import engine
from tests.faults.proxy import Proxy
from tests.installation import Installation, running
from tests.invariants import Stored, assert_whole, assert_whole_at
from tests.support import PASSWORD, Site
from tests.tally import Tried

WRITERS = 6
ENOUGH = 12
# Registers under a name, proves the mailbox, and says whether that was acknowledged with 201.
Register = Callable[[str], bool]


def test_accounts_survive_the_death_of_the_engine(tmp_path: Path, tried: Tried) -> None:
    tried("crash")
    data = tmp_path / "db"
    first = engine.start(data)
    with Proxy(first.url).running() as proxy:
        site = Site(proxy.url, tmp_path)
        acknowledged = kill_amid_writers(
            partial(register_at, site), lambda: os.kill(first.pid, signal.SIGKILL)
        )
        first.stop()
        second = engine.start(data)
        proxy.upstream = second.url
        assert usernames(assert_whole(site)) >= acknowledged
        for name in acknowledged:
            assert site.browser().sign_in(name).status_code == 201
        for number in range(WRITERS):
            assert register_at(site, f"later{number}")
        assert_whole(site)
        second.stop()


def test_accounts_survive_the_death_of_the_server(tmp_path: Path, tried: Tried) -> None:
    tried("crash")
    with running(tmp_path) as installation:
        process = installation.process
        assert process
        acknowledged = kill_amid_writers(partial(register_by_http, installation), process.kill)
        process.wait()
        wait_until_free(tmp_path / "instance")
        installation.start()
        held = json.loads((tmp_path / "instance" / "engine.lock").read_text())
        assert usernames(assert_whole_at(held["url"], "latchstring-local-")) >= acknowledged
        for name in acknowledged:
            assert sign_in_by_http(installation, name) == 201


def kill_amid_writers(register: Register, kill: Callable[[], None]) -> set[str]:
    """Kills once some have registered; returns the names that were acknowledged till the end."""
    acknowledged: set[str] = set()
    killed = Event()

    def write(writer: int) -> None:
        for number in count():
            name = f"writer{writer}-{number}"
            if register(name):
                acknowledged.add(name)
            elif killed.is_set():
                return

    with ThreadPoolExecutor(WRITERS) as writers:
        running = [writers.submit(write, writer) for writer in range(WRITERS)]
        while len(acknowledged) < ENOUGH:
            time.sleep(0.01)
        kill()
        killed.set()
        for writer in running:
            writer.result()
    return acknowledged


def register_at(site: Site, name: str) -> bool:
    browser = site.browser()
    begun = browser.register(name)
    if begun.status_code != 202:
        assert begun.status_code == 503, begun.json
        return False
    return browser.verify(begun, site.code(f"{name}@example.com")).status_code == 201


def register_by_http(installation: Installation, name: str) -> bool:
    email = f"{name}@example.com"
    try:
        status, begun = post(
            installation, "users", {"username": name, "email": email, "password": PASSWORD}
        )
        if status != 202:
            return False
        path = f"registrations/{begun['registration']['id']}/verify"
        return post(installation, path, {"code": installation.code(email)})[0] == 201
    except (OSError, HTTPException):
        return False


def sign_in_by_http(installation: Installation, name: str) -> int:
    return post(installation, "sessions", {"identifier": name, "password": PASSWORD})[0]


def post(installation: Installation, path: str, body: Any) -> tuple[int, Any]:
    request = urllib.request.Request(
        f"{installation.url}/api/v1/{path}",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.load(refused)


def usernames(found: Stored) -> set[str]:
    return {user["username"] for user in found.users.values()}


def wait_until_free(instance: Path) -> None:
    """Until the engine has noticed that its server is gone, and has ended."""
    for _ in range(500):
        try:
            engine.start(instance / "db").stop()
        except engine.EngineError:
            time.sleep(0.02)
        else:
            return
    raise TimeoutError("the engine does not end")
