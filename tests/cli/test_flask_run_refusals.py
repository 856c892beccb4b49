"""`flask run` says in a sentence why it does not start, and leaves nothing behind."""

import json
from pathlib import Path
from socket import socket
from subprocess import CompletedProcess

import pytest

from tests.cli.command_line import assert_refused, flask, group_runs, wait_until
from tests.servers import free_port


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    folder = tmp_path / "instance"
    folder.mkdir()
    return folder


def run(instance: Path, **environ: str) -> CompletedProcess[str]:
    own = {"INSTANCE_PATH": str(instance), "FLASK_RUN_PORT": str(free_port())}
    return flask("run", **{**own, **environ})


def assert_no_engine_runs(instance: Path) -> None:
    lock = instance / "engine.lock"
    if lock.exists():
        engine = json.loads(lock.read_text())["engine"]
        wait_until(lambda: not group_runs(engine))


def test_lost_keys_are_not_made_anew_beside_data(instance: Path) -> None:
    (instance / "db").mkdir()
    assert_refused(run(instance), str(instance / "secrets.json"), "missing", "backup")
    assert [file.name for file in instance.iterdir()] == ["db"]


def test_damaged_keys_are_not_replaced(instance: Path) -> None:
    file = instance / "secrets.json"
    file.write_text('{"SIGNING_KEY": "5a"}')
    assert_refused(run(instance), str(file), "damaged", "backup")
    assert file.read_text() == '{"SIGNING_KEY": "5a"}'
    assert [found.name for found in instance.iterdir()] == ["secrets.json"]


def test_a_port_that_is_taken_is_named(instance: Path) -> None:
    with socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        refused = run(instance, FLASK_RUN_PORT=port)
    assert refused.returncode == 1
    assert f"Port {port} is in use" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert_no_engine_runs(instance)


@pytest.mark.parametrize("port", ["abc", "70000"])
def test_a_port_that_is_none_is_said(instance: Path, port: str) -> None:
    refused = run(instance, FLASK_RUN_PORT=port)
    assert refused.returncode != 0
    assert "Traceback" not in refused.stderr
    assert "PORT" in refused.stderr.upper()
    assert_no_engine_runs(instance)


def test_a_setting_that_is_not_allowed_is_said_before_anything_is_made(instance: Path) -> None:
    refused = run(instance, BRAND_COLOUR="green")
    assert_refused(refused, "BRAND_COLOUR is 'green'", "#1f5f4a")
    assert not [*instance.iterdir()]


def test_a_folder_in_the_place_of_the_site_is_not_overwritten(instance: Path) -> None:
    (instance / "site").mkdir()
    (instance / "site" / "thesis.txt").write_text("years of work")
    assert_refused(run(instance), str(instance / "site"), "is not a built site")
    assert (instance / "site" / "thesis.txt").read_text() == "years of work"
    assert_no_engine_runs(instance)


def test_a_logo_that_cannot_be_read_is_said(instance: Path, tmp_path: Path) -> None:
    logo = tmp_path / "logo.svg"
    logo.write_bytes(b"<svg>\xff</svg>")
    assert_refused(run(instance, BRAND_LOGO=str(logo)), str(logo))
    assert_no_engine_runs(instance)


def test_an_instance_path_that_is_no_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert_refused(run(tmp_path / "file"), "INSTANCE_PATH", str(tmp_path / "file"))


def test_a_database_that_does_not_answer_is_said(instance: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    assert_refused(run(instance, DYNAMODB_ENDPOINT_URL=url), "DYNAMODB_ENDPOINT_URL", url)
