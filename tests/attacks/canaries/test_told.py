"""What the function and the commands say has no secret: answers, mails of others, log, output."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from click.testing import Result
from flask import Response

from backend.settings import listed
from tests.attacks.canaries.planted import PERSON, SETTINGS, found
from tests.cli.command_line import flask
from tests.cli.inside import run
from tests.factors import App
from tests.infra.test_infra_role import every_flow
from tests.support import Browser, Site, session_token
from tests.tally import Tried

ANN = PERSON["username"]
# What each command is called with. Flask's own are for developers, and `docs` writes pages.
LINES = {
    "config": [["--json"], []],
    "users list": [["--json"], []],
    "users show": [[ANN, "--json"], [ANN], ["nobody"]],
    "users create": [["bert", "bert@example.com", "--link"], [ANN, PERSON["email"], "--link"]],
    "users grant": [[ANN, "admin"], ["bert", "admin"]],
    "users revoke": [["bert", "admin"]],
    "users disable": [["bert"]],
    "users enable": [["bert"]],
    "users end-sessions": [[ANN]],
    "users void-password": [["bert"]],
    "users reset-second-factors": [["bert"]],
    "users import": [["no-such-file"]],
    "users export": [["{folder}/all.jsonl", "--passphrase-file", "{folder}/passphrase"]],
    "audit list": [["--json"], [], ["--user", ANN]],
    "audit verify": [[]],
    "keys list": [["--json"], []],
    "keys rotate": [[], ["--at-once"]],
    "keys secrets": [["--json"], []],
    "keys renew": [[]],
    "webhooks list": [["--json"], []],
    "webhooks deliver": [[]],
    "webhooks replay": [["--since", "1d"], ["no-such-message"]],
    "users delete": [["bert", "--yes"]],
}
REFUSED = [["nobody"], ["no-such-file"], ["no-such-message"], [ANN, PERSON["email"], "--link"]]
# Nobody takes what they send.
NOT_TAKEN = {"webhooks deliver", "webhooks replay"}
NOT_OURS = {"docs", "routes", "run", "shell"}


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    """Nobody takes its webhooks."""
    return make_site(**SETTINGS, WEBHOOK_URL="http://127.0.0.1:9/")


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Every line of ours, whatever its level, with all that is handed over with it."""
    lines, backend = io.StringIO(), logging.getLogger("backend")
    handler, level = logging.StreamHandler(lines), backend.level
    handler.format = lambda record: f"{record.getMessage()} {vars(record)}"
    backend.addHandler(handler)
    backend.setLevel(logging.DEBUG)
    yield lines
    backend.setLevel(level)
    backend.removeHandler(handler)


@pytest.fixture
def ann(site: Site) -> Browser:
    browser = site.browser()
    browser.become(**PERSON)
    return browser


@pytest.fixture
def confided(site: Site, ann: Browser) -> dict[str, str]:
    """The secrets of the installation, and those of somebody who has all of them at once."""
    browser, password, email = site.browser(), PERSON["password"], PERSON["email"]
    browser.sign_in(ANN, password)
    browser.prove(password)
    browser.post("users/me/email-changes", {"email": "canary@other.example"})
    code = site.code("canary@other.example")
    assert browser.prove_address(code).status_code == 200
    undo = site.token(email, "undo")
    browser.forget("canary@other.example")
    own = {"undo link": undo, "reset link": site.token("canary@other.example")}
    browser.prove(password)
    secret = browser.post("users/me/totp").json["secret"]
    confirmed = browser.post("users/me/totp/confirm", {"code": App(site, secret).code()})
    assert confirmed.status_code == 204
    browser.prove(password)
    codes = browser.post("users/me/recovery-codes").json["codes"]
    own |= {"app": secret, "recovery code": codes[0], "session": session_token(browser)}
    own["device"] = browser.client.get_cookie("device").value
    own["token"] = browser.post("tokens", {}).json["token"]
    site.browser().register("late7", email="late@example.com", password=password)
    begun = site.browser().register("cora7", email="cora@example.com", password=password)
    assert begun.status_code == 202
    return {**SETTINGS, "password": password, **own}


def commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Every command there is, with its groups before it."""
    if not isinstance(command, click.Group):
        yield " ".join(path)
        return
    for name, one in command.commands.items():
        yield from commands(one, (*path, name))


def called(site: Site, name: str, arguments: list[str]) -> Result:
    with site.app.app_context():
        return run(site, *name.split(), *arguments)


def test_every_command_is_called(site: Site) -> None:
    assert set(commands(site.app.cli)) - NOT_OURS == set(LINES)


def test_no_command_tells_a_secret(
    site: Site, confided: dict[str, str], log: io.StringIO, tmp_path: Path, tried: Tried
) -> None:
    """Of those that show people, none shows what lets anybody in."""
    (tmp_path / "passphrase").write_text("correct horse battery")
    for name, variants in LINES.items():
        for variant in variants:
            arguments = [one.format(folder=tmp_path) for one in variant]
            ended = called(site, name, arguments)
            assert found(ended.output, confided) == set(), (name, arguments)
            refused = arguments in REFUSED or name in NOT_TAKEN
            assert ended.exit_code == 0 or refused, (name, ended.output)
            tried("attack")
    assert found((tmp_path / "all.jsonl").read_bytes(), confided) == set()
    assert found(log.getvalue(), confided) == set()


def test_no_command_but_those_about_people_tells_of_a_person(
    site: Site, ann: Browser, tmp_path: Path, tried: Tried
) -> None:
    about = {"users", "audit"}
    for name, variants in LINES.items():
        if name.split()[0] not in about:
            for variant in variants:
                assert found(called(site, name, variant).output, PERSON) == set(), name
                tried("attack")


@pytest.mark.parametrize("name", [entry.name for _, entry in listed() if entry.secret])
def test_a_secret_that_is_no_good_is_refused_without_being_shown(name: str, tmp_path: Path) -> None:
    bad = "canary that is no good"
    given = {"INSTANCE_PATH": str(tmp_path / "instance"), **SETTINGS, name: bad}
    ended = flask("config", **given)
    assert found(ended.stdout + ended.stderr, {**SETTINGS, name: bad}) == set()


@pytest.mark.parametrize("stage", ["local", "prod"])
def test_the_settings_are_shown_without_their_secrets(stage: str, tmp_path: Path) -> None:
    own = {"STAGE": "prod", "SITE_URL": "https://accounts.example.com", "MAIL_FROM": "a@b.example"}
    own["AWS_REGION"] = "eu-west-1"
    given = {"INSTANCE_PATH": str(tmp_path / "instance"), **SETTINGS}
    given |= {"WEBHOOK_URL": "https://example.com/hook"} | (own if stage == "prod" else {})
    for line in (["config"], ["config", "--json"]):
        ended = flask(*line, **given)
        assert ended.returncode == 0, ended.stderr
        assert found(ended.stdout + ended.stderr, SETTINGS) == set()


def test_no_answer_and_no_table_and_no_line_of_the_log_has_a_secret_of_the_installation(
    make_site: Callable[..., Site],
    log: io.StringIO,
    capfd: pytest.CaptureFixture[str],
    tried: Tried,
) -> None:
    """In every flow, below the level of what production logs, and with a receiver that fails."""
    site = make_site(**SETTINGS, WEBHOOK_URL="http://127.0.0.1:9/")
    answers: list[bytes] = []

    def kept(answer: Response) -> Response:
        answers.append(f"{answer.headers}".encode() + answer.get_data())
        return answer

    site.app.after_request(kept)
    every_flow(site)
    assert len(answers) > 80
    assert found(b"\n".join(answers), SETTINGS) == set()
    assert found(json.dumps(site.stored(), default=repr), SETTINGS) == set()
    assert found(json.dumps(site.mails()), SETTINGS) == set()
    assert "webhook not taken" in log.getvalue()
    assert found(log.getvalue(), SETTINGS) == set()
    assert found("".join(capfd.readouterr()), SETTINGS) == set()
    tried("attack", len(answers) - 1)
