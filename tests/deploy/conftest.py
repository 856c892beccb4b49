from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest

from backend.aws.service import Service
from backend.aws.signature import Credentials
from backend.storage.client import Client
from backend.storage.creation import create_missing
from tests.deploy.runtime import SECRET, Function, serve
from tests.infra.emulated import LACKING, ROOT, Operator, copy_project, ministack

REGION = "eu-west-1"
# The emulator's gateway serves only its own account, which is that of any key but a number.
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}
SETTINGS = {
    "SITE_URL": "https://accounts.example.com",
    "MAIL_FROM": "accounts@example.com",
    "RATE_LIMIT_SCALE": "1000",
}
SECRETS = {"SIGNING_KEY": "5" * 64, "LOOKUP_KEY": "1" * 64, "ORIGIN_SECRET": SECRET}


def zappa(*arguments: str, cwd: Path = ROOT, **environ: str) -> subprocess.CompletedProcess[str]:
    """One of Zappa's commands, by somebody without an account of their own in AWS."""
    command = [str(Path(sys.executable).with_name("zappa")), *arguments]
    others = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    whole = {**others, **CREDENTIALS, **environ}
    return subprocess.run(command, cwd=cwd, env=whole, capture_output=True, text=True, check=False)


def package(output: Path, **environ: str) -> None:
    """The zip as `zappa package prod` makes it."""
    run = zappa("package", "prod", "-o", str(output), **environ)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.fixture(scope="session")
def zip_for_here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is deployed onto an emulator: for this machine's Python and processor."""
    output = tmp_path_factory.mktemp("zip") / "here.zip"
    package(output, AWS_ENDPOINT_URL="http://127.0.0.1:1")
    return output


@pytest.fixture(scope="session")
def unpacked(zip_for_here: Path) -> Path:
    folder = zip_for_here.with_name("task")
    with zipfile.ZipFile(zip_for_here) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture
def operator(tmp_path: Path) -> Iterator[Operator]:
    """With an emulator of their own: its gateway finds APIs in the first account only."""
    with emulated(tmp_path) as made:
        yield made


@contextmanager
def emulated(folder: Path) -> Iterator[Operator]:
    """Somebody with a copy of the project, and an account that has only a zone and a sender."""
    with ministack(folder) as url:
        made = Operator(folder / "project", url, account="000000000000")
        copy_project(made.folder)
        made.edit(*LACKING)
        made.make_zone()
        made.client("sesv2").create_email_identity(EmailIdentity="accounts@example.com")
        yield made


@pytest.fixture(scope="session")
def aws_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Parameter Store and SES, with what `python -m infra deploy` leaves in them."""
    with ministack(tmp_path_factory.mktemp("aws")) as url:
        parameters = client("ssm", url)
        for name, kind, values in (
            ("settings", "String", SETTINGS),
            ("secrets", "SecureString", SECRETS),
        ):
            parameters.put_parameter(
                Name=f"/latchstring/prod/{name}", Type=kind, Value=json.dumps(values)
            )
        client("sesv2", url).create_email_identity(EmailIdentity="accounts@example.com")
        yield url


def client(service: str, url: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key="test",
    )


@pytest.fixture(scope="session")
def served(
    unpacked: Path, aws_url: str, engine_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Function]:
    keys = Credentials(CREDENTIALS["AWS_ACCESS_KEY_ID"], "test")
    # An engine keeps each region's tables apart.
    engine = Service(engine_url, service="dynamodb", region=REGION, credentials=lambda: keys)
    create_missing(Client(engine), "latchstring-prod-")
    environ = {
        **CREDENTIALS,
        "AWS_ENDPOINT_URL": aws_url,
        "AWS_ENDPOINT_URL_DYNAMODB": engine_url,
        "STAGE": "prod",
    }
    log = tmp_path_factory.mktemp("function") / "log"
    with serve(unpacked, environ, log, "http") as function:
        yield function


@pytest.fixture(params=["rest", "http"])
def function(served: Function, request: pytest.FixtureRequest) -> Function:
    """Behind each kind of API, since Zappa's handler takes both."""
    return replace(served, kind=request.param)
