"""The function finds its settings in Parameter Store, or says in a sentence why it does not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.conftest import CREDENTIALS, SECRETS, SETTINGS, client

Flask = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def config(aws_url: str, tmp_path: Path) -> Flask:
    """`flask config` of a stage, with what is added to the environment."""

    def run(stage: str = "prod", **environ: str) -> subprocess.CompletedProcess[str]:
        flask = str(Path(sys.executable).with_name("flask"))
        whole = {"PATH": os.environ["PATH"], "AWS_ENDPOINT_URL": aws_url, **CREDENTIALS}
        whole |= {"HOME": str(tmp_path), "STAGE": stage, **environ}
        command = [flask, "config", "--json"]
        return subprocess.run(command, env=whole, capture_output=True, text=True, check=False)

    return run


def shown(run: subprocess.CompletedProcess[str]) -> Any:
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_settings_and_secrets_come_from_parameter_store(config: Flask) -> None:
    found = shown(config())
    assert found["SITE_URL"] == SETTINGS["SITE_URL"]
    assert found["SIGNING_KEY"] == "********"


def test_the_environment_goes_before_the_parameters(config: Flask) -> None:
    assert shown(config(BRAND_NAME="Ours", MAIL_FROM=""))["BRAND_NAME"] == "Ours"
    found = shown(config(MAIL_FROM="other@example.com"))
    assert found["MAIL_FROM"] == "other@example.com"
    assert found["SITE_URL"] == SETTINGS["SITE_URL"]


def test_a_whole_environment_asks_nobody(config: Flask) -> None:
    nowhere = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    assert shown(config(**nowhere, **SETTINGS, **SECRETS))["SITE_URL"] == SETTINGS["SITE_URL"]


def test_parameters_that_are_not_there_are_named(config: Flask) -> None:
    run = config("other")
    assert run.returncode == 1
    assert "/latchstring/other/settings and /latchstring/other/secrets cannot be read" in run.stderr
    assert "python -m infra deploy" in run.stderr
    assert "Traceback" not in run.stderr


def test_a_store_that_does_not_answer_is_said(config: Flask) -> None:
    run = config(AWS_ENDPOINT_URL="http://127.0.0.1:1")
    assert run.returncode == 1
    assert "cannot be read (ConnectionRefusedError)" in run.stderr


@pytest.mark.parametrize("value", ["[]", "not JSON", '{"SITE_URL": 1}'])
def test_a_parameter_that_is_no_object_of_texts_is_named(
    config: Flask, aws_url: str, value: str
) -> None:
    store = client("ssm", aws_url)
    store.put_parameter(
        Name="/latchstring/bent/secrets", Type="SecureString", Value="{}", Overwrite=True
    )
    store.put_parameter(
        Name="/latchstring/bent/settings", Type="String", Value=value, Overwrite=True
    )
    run = config("bent")
    assert run.returncode == 1
    assert "/latchstring/bent/settings" in run.stderr
    assert "Traceback" not in run.stderr
