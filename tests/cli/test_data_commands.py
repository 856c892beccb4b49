"""Commands that work with the data, as somebody types them on a developer's machine."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

from tests.cli.command_line import (
    ROOT,
    assert_refused,
    environment,
    flask,
    group_runs,
    serving,
    wait_until,
)
from tests.support import PASSWORD

CREATE = ("users", "create", "bob", "bob@example.com")


def test_data_are_reached_while_nothing_serves_them(tmp_path: Path) -> None:
    instance = tmp_path / "instance"
    own = {"INSTANCE_PATH": str(instance)}
    created = flask(*CREATE, "--link", "--role", "admin", **own)
    assert created.returncode == 0, created.stderr
    listed = json.loads(flask("users", "list", "--json", **own).stdout)
    assert [(user["username"], user["roles"]) for user in listed] == [("bob", ["admin"])]
    assert flask("audit", "verify", **own).stdout == "whole: 2 chains\n"
    engine = json.loads((instance / "engine.lock").read_text())["engine"]
    wait_until(lambda: not group_runs(engine))


def test_data_are_those_of_the_server_that_runs(tmp_path: Path) -> None:
    with serving(tmp_path / "instance") as server:
        own = {"INSTANCE_PATH": str(server.instance), "SITE_URL": server.url}
        link = flask(*CREATE, "--link", **own).stdout.splitlines()[-1]
        token = link.removeprefix(f"{server.url}/#reset/")
        body = {"token": token, "password": PASSWORD}
        assert server.call("POST", "/api/v1/password-resets/complete", body)[0] == 204
        assert server.call("GET", "/api/v1/health")[0] == 200
        shown = json.loads(flask("users", "show", "bob", "--json", **own).stdout)
        assert shown["has_password"]


def test_a_password_that_is_typed_is_not_shown(tmp_path: Path) -> None:
    environ = environment({"INSTANCE_PATH": str(tmp_path / "instance")})
    terminal, end = pty.openpty()
    command = [sys.executable, "-m", "flask", *CREATE]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environ, stdin=end, stdout=end, stderr=end, start_new_session=True
    )
    os.close(end)
    shown = ""
    for prompt in ("Password: ", "Repeat for confirmation: "):
        while not shown.endswith(prompt):
            shown += os.read(terminal, 1024).decode()
        os.write(terminal, f"{PASSWORD}\n".encode())
    while "created bob" not in shown:
        shown += os.read(terminal, 1024).decode()
    assert process.wait(30) == 0
    os.close(terminal)
    assert PASSWORD not in shown


def test_a_folder_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    instance = tmp_path / "instance"
    (instance / "db").mkdir(parents=True)
    refused = flask("users", "list", INSTANCE_PATH=str(instance))
    assert_refused(refused, "secrets.json", "missing")


def test_a_database_that_is_not_there_is_said(tmp_path: Path) -> None:
    own = {"INSTANCE_PATH": str(tmp_path / "instance")}
    refused = flask("users", "list", DYNAMODB_ENDPOINT_URL="http://127.0.0.1:9/x", **own)
    assert_refused(refused, "The database does not answer")
