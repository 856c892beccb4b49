"""The local database: real engines, and apps that end in every way there is."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from backend.local import engine
from backend.local.engine import Engine, EngineError

APP = """
import os, signal, sys, urllib.request
from pathlib import Path
from backend.local import engine

def answers():
    try:
        urllib.request.urlopen(started.url)
    except urllib.error.HTTPError:
        return "answers"

started = engine.start(Path(sys.argv[1]))
print(started.pid, started.url, flush=True)
"""
WAIT = "signal.pause()"
ANSWER_AFTER_CTRL_C = """
try:
    print("waits", flush=True)
    signal.pause()
except KeyboardInterrupt:
    print(answers())
"""
FORK = """
if os.fork() == 0:
    sys.exit()
os.wait()
print(answers())
"""


class App:
    """A process that starts the engine, and then does what it is told."""

    def __init__(self, data: Path, then: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", APP + then, str(data)],
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self.process.stdout
        engine_pid, self.url = self.process.stdout.readline().split()
        self.engine_pid = int(engine_pid)

    def finish(self) -> str:
        """What it prints before its end."""
        return self.process.communicate(timeout=10)[0]


@contextmanager
def running(data: Path, then: str = WAIT) -> Iterator[App]:
    app = App(data, then)
    try:
        yield app
    finally:
        app.process.kill()
        app.finish()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "instance" / "db"


@pytest.fixture
def started(data: Path) -> Iterator[Engine]:
    running = engine.start(data)
    yield running
    running.stop()


def client(url: str) -> Any:
    return closing(
        boto3.client(
            "dynamodb",
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
            config=Config(retries={"total_max_attempts": 1}, proxies={}),
        )
    )


def create_table(url: str) -> None:
    with client(url) as database:
        database.create_table(
            TableName="things",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "N"}],
            BillingMode="PAY_PER_REQUEST",
        )


def put(url: str, number: int) -> None:
    with client(url) as database:
        database.put_item(TableName="things", Item={"pk": {"N": str(number)}})


def stored(url: str) -> set[int]:
    with client(url) as database:
        return {int(item["pk"]["N"]) for item in database.scan(TableName="things")["Items"]}


def write_until_refused(url: str, acknowledged: list[int]) -> None:
    with client(url) as database:
        for number in range(100_000):
            try:
                database.put_item(TableName="things", Item={"pk": {"N": str(number)}})
            except BotoCoreError:
                return
            acknowledged.append(number)


def runs(engine_pid: int) -> bool:
    """Whether the engine or its watcher still runs: they are a process group of their own."""
    command = ["ps", "-A", "-o", "pgid=", "-o", "stat="]
    table = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    processes = [line.split() for line in table.splitlines()]
    return any(int(group) == engine_pid and state[0] != "Z" for group, state in processes)


def ends(engine_pid: int, within: float = 5.0) -> bool:
    deadline = time.monotonic() + within
    while runs(engine_pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not runs(engine_pid)


def test_a_started_engine_answers_on_the_loopback_address(started: Engine) -> None:
    assert started.url.startswith("http://127.0.0.1:")
    create_table(started.url)
    assert stored(started.url) == set()


def test_only_the_owner_may_read_the_data(started: Engine) -> None:
    assert started.data.stat().st_mode & 0o777 == 0o700
    assert started.data.parent.stat().st_mode & 0o777 == 0o700


def test_data_are_still_there_after_a_stop_and_a_start(data: Path) -> None:
    first = engine.start(data)
    create_table(first.url)
    put(first.url, 1)
    first.stop()
    second = engine.start(data)
    found = stored(second.url)
    second.stop()
    assert found == {1}


def test_stop_leaves_no_process(data: Path) -> None:
    started = engine.start(data)
    started.stop()
    assert started.process.returncode is not None
    assert ends(started.pid)


def test_stop_may_be_called_twice(started: Engine) -> None:
    started.stop()
    started.stop()


def test_stop_ends_an_engine_that_does_not_react(
    started: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "STOP_LIMIT", 0.2)
    os.kill(started.pid, signal.SIGSTOP)
    started.stop()
    assert started.process.returncode == -signal.SIGKILL


def test_a_second_start_on_the_same_data_names_who_holds_them(data: Path) -> None:
    with running(data) as app:
        with pytest.raises(EngineError) as refusal:
            engine.start(data)
        assert str(refusal.value) == (
            f"The data in {data} is in use by process {app.process.pid} "
            f"(engine at {app.url}, process {app.engine_pid}). "
            "Stop that one, or set INSTANCE_PATH to another folder."
        )


def test_a_refused_start_does_not_disturb_the_holder(data: Path) -> None:
    with running(data) as app:
        create_table(app.url)
        with pytest.raises(EngineError):
            engine.start(data)
        with pytest.raises(EngineError, match=f"process {app.process.pid} "):
            engine.start(data)
        assert stored(app.url) == set()


def test_the_data_stay_locked_while_an_orphaned_engine_may_write(data: Path) -> None:
    with running(data) as app:
        os.kill(app.engine_pid, signal.SIGSTOP)  # it cannot obey its watcher
        app.process.kill()
        app.finish()
        with pytest.raises(EngineError, match=f"process {app.engine_pid}"):
            engine.start(data)
        os.kill(app.engine_pid, signal.SIGCONT)
        assert ends(app.engine_pid)


def test_the_lock_of_a_dead_process_is_no_obstacle(data: Path) -> None:
    data.mkdir(parents=True)
    lock = data.with_name("engine.lock")
    lock.write_text(json.dumps({"pid": 1, "engine": 1, "url": "http://127.0.0.1:1"}))
    engine.start(data).stop()


def test_a_child_of_the_app_does_not_inherit_the_lock(data: Path) -> None:
    first = engine.start(data)
    child = subprocess.Popen(["sleep", "60"], close_fds=False)
    first.stop()
    engine.start(data).stop()
    child.kill()
    child.wait()


def test_a_forked_child_does_not_stop_the_engine_at_its_own_exit(data: Path) -> None:
    with running(data, FORK) as app:
        assert app.finish() == "answers\n"


def test_the_engine_ends_with_an_app_that_returns(data: Path) -> None:
    with running(data, "") as app:
        app.finish()
        assert ends(app.engine_pid)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_the_engine_ends_with_an_app_that_a_signal_ends(data: Path, number: signal.Signals) -> None:
    with running(data) as app:
        app.process.send_signal(number)
        app.finish()
        assert ends(app.engine_pid)


def test_at_ctrl_c_the_engine_still_serves_the_app_and_then_ends(data: Path) -> None:
    with running(data, ANSWER_AFTER_CTRL_C) as app:
        assert app.process.stdout
        assert app.process.stdout.readline() == "waits\n"
        os.killpg(app.process.pid, signal.SIGINT)  # as a terminal does, to the whole group
        assert app.finish() == "answers\n"
        assert ends(app.engine_pid)


@pytest.mark.parametrize("victim", ["app", "engine"])
def test_acknowledged_writes_survive_kill_9(data: Path, victim: str) -> None:
    with running(data) as app:
        create_table(app.url)
        acknowledged: list[int] = []
        writer = threading.Thread(target=write_until_refused, args=[app.url, acknowledged])
        writer.start()
        while len(acknowledged) <= 10:
            time.sleep(0.01)
        os.kill(app.process.pid if victim == "app" else app.engine_pid, signal.SIGKILL)
        writer.join()
        app.process.kill()
        app.finish()
        assert ends(app.engine_pid)
    again = engine.start(data)
    found = stored(again.url)
    again.stop()
    assert set(acknowledged) <= found


def test_another_port_is_tried_when_the_first_is_taken_meanwhile(
    started: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = engine._free_port()  # noqa: SLF001
    taken = int(started.url.rpartition(":")[2])
    monkeypatch.setattr(engine, "_free_port", iter([taken, free]).__next__)
    other = engine.start(tmp_path / "other" / "db")
    other.stop()
    assert other.url == f"http://127.0.0.1:{free}"


def test_a_missing_engine_is_explained(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineError, match=r"`make run`, or set DYNAMODB_ENDPOINT_URL"):
        engine.start(data)
    assert not data.exists()


def test_an_engine_that_dies_at_once_is_explained_by_the_end_of_its_log(data: Path) -> None:
    data.mkdir(parents=True)
    (data / "dynamodb.db").write_bytes(b"damaged" * 1000)
    with pytest.raises(EngineError, match="not a database") as refusal:
        engine.start(data)
    assert str(data.with_name("engine.log")) in str(refusal.value)


def test_an_engine_that_never_answers_is_ended_and_explained(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "START_LIMIT", 0.0)
    with pytest.raises(EngineError, match="did not answer"):
        engine.start(data)
    monkeypatch.undo()
    engine.start(data).stop()  # the lock is free again
