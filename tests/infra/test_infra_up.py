"""The whole way: from nothing to a page and an API that answer, killed at every step on the way."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from backend.storage.tables import TABLES
from tests.infra.emulated import EDGE, LACKING, Operator, copy_project, ministack

# A line that a run writes when it has begun a step, or is in the middle of it.
MOMENTS = (
    "[1/5] data stack",
    "CREATE_COMPLETE              AccountsTable",
    "Packed latchstring-prod.zip",
    "Waiting for stack",
    "CREATE_COMPLETE              Certificate",
    "[4/5] page",
    "[2/",
    "[5/5] smoke test",
)


@pytest.fixture
def operator(tmp_path: Path) -> Iterator[Operator]:
    """With an emulator of their own: its gateway finds APIs in the first account only."""
    folder = tmp_path / "project"
    copy_project(folder)
    with ministack(tmp_path) as url:
        made = Operator(folder, url, account="000000000000")
        made.edit(*LACKING)
        made.make_zone()
        yield made


def kill_at(operator: Operator, moment: str) -> str:
    """Runs `up` until the line comes, and kills it with everything that it has started."""
    log = operator.folder / "up.log"
    with log.open("w") as output:
        running = operator.begin("infra", "up", "prod", "--yes", output=output)
        try:
            while moment not in log.read_text() and running.poll() is None:
                time.sleep(0.02)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGKILL)
            running.wait()
    return log.read_text()


def live_page(operator: Operator) -> bytes:
    bucket = f"latchstring-prod-site-{operator.account}"
    body: bytes = operator.client("s3").get_object(Bucket=bucket, Key="index.html")["Body"].read()
    return body


def test_whatever_step_is_killed_the_next_run_ends_where_it_should(operator: Operator) -> None:
    for moment in MOMENTS:
        assert moment in kill_at(operator, moment)

    finished = operator.infra("up", "prod", "--yes")

    assert finished.status == 0, finished.out + finished.err
    assert "https://accounts.example.com is up." in finished.out
    assert operator.stack("latchstring-prod-data") in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
    assert operator.stack("latchstring-prod") in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
    assert operator.stack("latchstring-prod-edge", EDGE) == "CREATE_COMPLETE"
    assert b"<title>" in live_page(operator)
    assert "was removed" in finished.out
    left = [one["Name"] for one in operator.client("ssm").describe_parameters()["Parameters"]]
    assert sorted(left) == ["/latchstring/prod/secrets", "/latchstring/prod/settings"]
    assert not list(Path(operator.folder).glob("*-template-*.json"))
    accounts = operator.client("dynamodb").scan(TableName="latchstring-prod-accounts")
    assert accounts["Items"] == []

    planned = operator.infra("plan", "prod")
    assert "+" not in planned.out
    assert "~" not in planned.out

    doctor = operator.infra("doctor", "prod")
    assert "ok     bypass: the API refuses who goes around CloudFront" in doctor.out

    destroyed = operator.infra("destroy", "prod", "--yes")
    assert destroyed.status == 0, destroyed.err
    assert operator.client("lambda").list_functions()["Functions"] == []
    assert operator.client("s3").list_buckets()["Buckets"] == []
    assert operator.tables() == [f"latchstring-prod-{table.name}" for table in TABLES]


def test_a_step_that_fails_is_told_and_gone_on_with_later(operator: Operator) -> None:
    file = operator.folder / "zappa_settings.json"
    good = file.read_text()
    file.write_text("{")

    failed = operator.infra("up", "prod", "--yes")

    assert failed.sentence.startswith("zappa_settings.json is not JSON")
    file.write_text(good)
    assert operator.infra("deploy", "prod", "--yes").status == 0
