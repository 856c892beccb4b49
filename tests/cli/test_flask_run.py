"""`flask run` on one machine: engine, tables, keys and page without a setting."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.installation import ROOT, Installation, answers, free_port

PASSWORD = "violet tractor sings"


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    found = Installation(tmp_path, {"RATE_LIMIT_SCALE": "1000"})
    yield found
    found.stop()


def call(installation: Installation, path: str, body: Any) -> tuple[int, Any]:
    request = urllib.request.Request(
        f"{installation.url}/api/v1/{path}",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.load(refusal)


def become(installation: Installation, username: str) -> None:
    email = f"{username}@example.com"
    body = {"username": username, "email": email, "password": PASSWORD}
    begun = call(installation, "users", body)[1]["registration"]
    code = {"code": installation.code(email)}
    assert call(installation, f"registrations/{begun['id']}/verify", code)[0] == 201


def sign_in(installation: Installation, username: str) -> int:
    return call(installation, "sessions", {"identifier": username, "password": PASSWORD})[0]


def log(installation: Installation) -> str:
    return (installation.folder / "flask.log").read_text()


def engine(installation: Installation) -> dict[str, Any]:
    return json.loads((installation.folder / "instance" / "engine.lock").read_text())


def ends(pid: int) -> bool:
    for _ in range(300):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


def flask(folder: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    own = {"INSTANCE_PATH": str(folder / "instance"), "FLASK_RUN_PORT": str(free_port())}
    return subprocess.run(
        [sys.executable, "-m", "flask", *arguments],
        cwd=ROOT,
        env={**os.environ, **own, **environ},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_it_says_where_everything_is(installation: Installation) -> None:
    installation.start()
    said = log(installation)
    for place in ("/", "/dev/mailbox", "/api/v1/docs"):
        assert f" {installation.url}{place}\n" in said
        assert answers(f"{installation.url}{place}")
    assert str(installation.folder / "instance") in said


def test_accounts_are_still_there_after_a_restart(installation: Installation) -> None:
    installation.start()
    become(installation, "ann")
    installation.stop()
    installation.start()
    assert sign_in(installation, "ann") == 201


def test_the_keys_are_made_once_and_for_their_owner_only(installation: Installation) -> None:
    installation.start()
    keys = installation.folder / "instance" / "secrets.json"
    made = keys.read_bytes()
    installation.stop()
    installation.start()
    assert keys.read_bytes() == made
    assert keys.stat().st_mode & 0o777 == 0o600


def test_a_second_one_on_the_same_data_is_refused_and_the_first_goes_on(
    installation: Installation,
) -> None:
    installation.start()
    second = flask(installation.folder, "run")
    assert second.returncode != 0
    assert "is in use by process" in second.stderr
    assert "Traceback" not in second.stderr
    become(installation, "ann")


def test_another_engine_is_used_where_one_is_named(
    installation: Installation, engine_url: str
) -> None:
    installation.environ["DYNAMODB_ENDPOINT_URL"] = engine_url
    installation.start()
    become(installation, f"ann{time.time_ns()}")
    assert not (installation.folder / "instance" / "db").exists()


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(lambda process: os.killpg(process.pid, signal.SIGINT), id="Ctrl-C"),
        pytest.param(lambda process: process.terminate(), id="SIGTERM"),
    ],
)
@pytest.mark.parametrize("options", [[], ["--debug"]], ids=["plain", "reloader"])
def test_the_engine_ends_with_the_app(
    installation: Installation,
    options: list[str],
    end: Callable[[subprocess.Popen[bytes]], None],
) -> None:
    own = {"INSTANCE_PATH": str(installation.folder / "instance")}
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "run", "--port", str(installation.port), *options],
        cwd=ROOT,
        env={**os.environ, **own},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while not answers(f"{installation.url}/api/v1/health"):
            assert process.poll() is None
            time.sleep(0.05)
        end(process)
        process.wait(10)
        assert ends(engine(installation)["engine"])
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def test_keys_lost_beside_data_are_not_replaced(installation: Installation) -> None:
    installation.start()
    installation.stop()
    (installation.folder / "instance" / "secrets.json").unlink()
    refused = flask(installation.folder, "run")
    assert refused.returncode != 0
    assert "secrets.json is missing" in refused.stderr
    assert not (installation.folder / "instance" / "secrets.json").exists()


@pytest.mark.parametrize("command", ["run", "config"])
def test_a_wrong_setting_ends_a_command_with_a_sentence(tmp_path: Path, command: str) -> None:
    refused = flask(tmp_path, command, PASSWORD_MIN_LENGTH="seven")
    assert refused.returncode == 1
    assert refused.stderr.strip().splitlines()[-1] == (
        "Error: PASSWORD_MIN_LENGTH is 'seven'. Allowed is a whole number from 8 to 64."
    )
    assert "Traceback" not in refused.stderr


def test_the_settings_in_force_are_shown_without_the_secrets(tmp_path: Path) -> None:
    shown = json.loads(flask(tmp_path, "config", "--json", BRAND_NAME="Elm & Oak").stdout)
    assert shown["BRAND_NAME"] == "Elm & Oak"
    assert shown["SIGNING_KEY"] == "********"
    keys = json.loads((tmp_path / "instance" / "secrets.json").read_text())
    assert not set(keys.values()) & set(shown.values())


def test_the_pages_made_from_the_code_are_up_to_date(tmp_path: Path) -> None:
    checked = flask(tmp_path, "docs", "--check")
    assert checked.returncode == 0, checked.stdout
