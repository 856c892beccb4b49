"""`flask run`: one command, one port, and everything is there."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.storage import outbox
from backend.storage.client import connect
from backend.storage.database import Database
from backend.storage.outbox import Message
from backend.storage.users import find_by_sentinel, name_sentinel
from tests.cli.command_line import Server, assert_refused, flask, serving, wait_until
from tests.receiver import Receiver
from tests.servers import free_port
from tests.support import PASSWORD

PLACES = re.compile(r"^ \* (Page|Mailbox|API|Data) +(\S+)$", re.M)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("run") / "instance") as server:
        yield server


def register(server: Server, name: str = "ann") -> str:
    """Begins a registration; returns its id."""
    body = {"username": name, "email": f"{name}@example.com", "password": PASSWORD}
    status, _, text = server.call("POST", "/api/v1/users", body)
    assert status == 202, text
    identifier: str = json.loads(text)["registration"]["id"]
    return identifier


def become(server: Server, name: str = "ann") -> None:
    registration = register(server, name)
    code = server.mails()[0]["subject"][:6]
    path = f"/api/v1/registrations/{registration}/verify"
    assert server.call("POST", path, {"code": code})[0] == 201


def sign_in(server: Server, name: str = "ann") -> int:
    return server.call("POST", "/api/v1/sessions", {"identifier": name, "password": PASSWORD})[0]


def reloads(server: Server, watched: Path) -> bool:
    """Changes the watched file, and says whether an earlier change was seen."""
    watched.write_text(str(time.monotonic()))
    return f"change in '{watched}'" in server.output


def test_it_says_where_page_mailbox_api_and_data_are(server: Server) -> None:
    assert PLACES.findall(server.output) == [
        ("Page", f"{server.url}/"),
        ("Mailbox", f"{server.url}/dev/mailbox"),
        ("API", f"{server.url}/api/v1/docs"),
        ("Data", str(server.instance)),
    ]


@pytest.mark.parametrize("place", ["Page", "Mailbox", "API"])
def test_a_page_is_where_it_says(server: Server, place: str) -> None:
    path = dict(PLACES.findall(server.output))[place].removeprefix(server.url)
    status, headers, text = server.call("GET", path)
    assert status == 200
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert "<h1" in text


def test_the_api_answers_on_the_port_of_the_page(server: Server) -> None:
    status, headers, text = server.call("GET", "/api/v1/health")
    assert (status, json.loads(text)) == (200, {"status": "ok"})
    assert headers["Content-Type"] == "application/json"


def test_the_link_of_a_mail_leads_to_the_page(server: Server) -> None:
    registration = register(server, "linked")
    [mail] = [mail for mail in server.mails() if mail["to"] == "linked@example.com"]
    assert f"{server.url}/#verify/{registration}/{mail['subject'][:6]}" in mail["text"]


def test_the_keys_are_made_once_and_only_their_owner_may_read_them(server: Server) -> None:
    file = server.instance / "secrets.json"
    assert file.stat().st_mode & 0o777 == 0o600
    before = file.read_bytes()
    assert flask("config", INSTANCE_PATH=str(server.instance)).returncode == 0
    assert file.read_bytes() == before


def test_a_second_one_on_the_same_data_is_refused_and_the_first_goes_on(server: Server) -> None:
    own = {"INSTANCE_PATH": str(server.instance), "FLASK_RUN_PORT": str(free_port())}
    refused = flask("run", **own)
    assert_refused(refused, f"in use by process {server.process.pid} ", "INSTANCE_PATH")
    assert server.answers()
    register(server, "later")


def test_accounts_are_still_there_after_a_restart(tmp_path: Path) -> None:
    with serving(tmp_path / "instance") as first:
        become(first)
        keys = (first.instance / "secrets.json").read_bytes()
        assert first.interrupt() == 0
    with serving(tmp_path / "instance") as second:
        assert sign_in(second, "ann") == 201
        assert sign_in(second, "ann@example.com") == 201
        assert sign_in(second, "ben") == 401
        assert (second.instance / "secrets.json").read_bytes() == keys
        assert {mail["to"] for mail in second.mails()} == {"ann@example.com"}


def test_a_reload_keeps_the_engine_and_what_it_holds(tmp_path: Path) -> None:
    watched = tmp_path / "watched"
    watched.touch()
    with serving(tmp_path / "instance", "--debug", "--extra-files", str(watched)) as server:
        become(server)
        engine = server.engine()
        wait_until(lambda: reloads(server, watched))
        wait_until(lambda: server.output.count("Debugger is active") >= 2 and server.answers())
        assert sign_in(server) == 201
        assert server.engine() == engine
        assert len(PLACES.findall(server.output)) == 4


def test_a_port_given_as_an_option_is_the_one_that_is_said(tmp_path: Path) -> None:
    port = free_port()
    options = ("--port", str(port))
    with serving(tmp_path / "instance", *options, port=port, FLASK_RUN_PORT="9") as server:
        assert ("Page", f"http://localhost:{port}/") in PLACES.findall(server.output)
        register(server)
        assert f"http://localhost:{port}/#verify/" in server.mails()[0]["text"]


def test_another_engine_is_used_where_one_is_named_and_none_is_started(
    tmp_path: Path, engine_url: str
) -> None:
    with serving(tmp_path / "instance", DYNAMODB_ENDPOINT_URL=engine_url) as server:
        become(server, "elsewhere")
        found = sorted(file.name for file in server.instance.iterdir())
    database = Database(connect(engine_url, local=True), "latchstring-local-")
    assert find_by_sentinel(database, name_sentinel("elsewhere"))
    assert found == ["mailbox", "secrets.json", "site"]


def test_webhooks_that_are_due_go_out_by_themselves(tmp_path: Path, receiver: Receiver) -> None:
    with serving(tmp_path / "instance", **receiver.settings) as server:
        become(server)
        created = receiver.arrived.get(timeout=10)
        database = Database(connect(server.engine()["url"], local=True), "latchstring-local-")
        now = int(time.time())
        due = Message("due", "user.updated", '{"data": {}}', made_at=now, since=now, due_at=now)
        outbox.add(database, due)
        assert receiver.arrived.get(timeout=30).id == "due"
    assert created.json["type"] == "user.created"
