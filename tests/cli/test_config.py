"""`flask config` shows the settings in force, `flask docs` writes them down."""

import json
import re
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from backend.settings import listed
from tests.cli.command_line import assert_refused, flask

KEY, OTHER_KEY = "5a" * 32, "1b" * 32
PRODUCTION = {
    "STAGE": "prod",
    "SITE_URL": "https://accounts.example.com",
    "MAIL_FROM": "accounts@example.com",
    "SIGNING_KEY": KEY,
    "LOOKUP_KEY": OTHER_KEY,
    "ORIGIN_SECRET": "only CloudFront knows",
}
NAMES = [entry.name for _, entry in listed()]
SECRETS = ["SIGNING_KEY", "LOOKUP_KEY", "ORIGIN_SECRET"]


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("config") / "instance"


@pytest.fixture(scope="module")
def local(instance: Path) -> CompletedProcess[str]:
    own = {"INSTANCE_PATH": str(instance), "BRAND_NAME": "Café", "FLASK_RUN_PORT": "5017"}
    return flask("config", "--json", **own)


def test_a_line_is_shown_for_each_setting_in_the_order_of_the_documentation(
    instance: Path,
) -> None:
    shown = flask("config", INSTANCE_PATH=str(instance), BRAND_NAME="Café")
    lines = dict(re.findall(r"^(\S+) +(.*)$", shown.stdout, re.M))
    assert shown.returncode == 0
    assert list(lines) == NAMES
    assert lines["BRAND_NAME"] == "Café"
    assert lines["LIMIT_MAILBOX"] == "6/hour 10/day"
    assert lines["SESSION_IDLE_DAYS"] == "7"


def test_as_json_it_is_one_object_of_texts(local: CompletedProcess[str]) -> None:
    shown = json.loads(local.stdout)
    assert list(shown) == NAMES
    assert all(isinstance(value, str) for value in shown.values())
    assert shown["BRAND_NAME"] == "Café"


def test_locally_the_address_is_the_one_that_flask_run_would_serve(
    local: CompletedProcess[str],
) -> None:
    assert json.loads(local.stdout)["SITE_URL"] == "http://localhost:5017"


def test_locally_the_keys_are_made_and_masked(local: CompletedProcess[str], instance: Path) -> None:
    shown = json.loads(local.stdout)
    keys = json.loads((instance / "secrets.json").read_text())
    assert shown["SIGNING_KEY"] == shown["LOOKUP_KEY"] == "********"
    assert not [key for key in keys.values() if key in local.stdout + local.stderr]


def test_no_engine_is_started_for_it(local: CompletedProcess[str], instance: Path) -> None:
    assert local.returncode == 0
    assert [file.name for file in instance.iterdir()] == ["secrets.json"]


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_the_secrets_of_production_are_masked(options: list[str]) -> None:
    shown = flask("config", *options, **PRODUCTION, AWS_DEFAULT_REGION="eu-central-1")
    assert shown.returncode == 0
    assert "https://accounts.example.com" in shown.stdout
    assert shown.stdout.count("********") == 3
    assert not [name for name in SECRETS if PRODUCTION[name] in shown.stdout + shown.stderr]


def test_an_aws_region_that_is_missing_is_no_reason_for_a_trace() -> None:
    shown = flask("config", **PRODUCTION)
    assert "Traceback" not in shown.stderr
    assert shown.returncode == 0 or "region" in shown.stderr


def test_a_value_that_is_not_allowed_is_said_in_one_sentence(instance: Path) -> None:
    refused = flask("config", INSTANCE_PATH=str(instance), PASSWORD_MIN_LENGTH="7")
    assert_refused(refused)
    assert refused.stderr == (
        "Error: PASSWORD_MIN_LENGTH is '7'. Allowed is a whole number from 8 to 64.\n"
    )
    assert refused.stdout == ""


def test_a_secret_that_is_not_allowed_is_not_shown() -> None:
    refused = flask("config", **{**PRODUCTION, "LOOKUP_KEY": OTHER_KEY[:-2]})
    assert_refused(refused, "LOOKUP_KEY", "64 hexadecimal digits")
    assert OTHER_KEY[:-2] not in refused.stderr


def test_the_pages_that_are_made_from_the_code_are_up_to_date(instance: Path) -> None:
    checked = flask("docs", "--check", INSTANCE_PATH=str(instance))
    assert checked.stdout == "all up to date\n"
    assert checked.returncode == 0
