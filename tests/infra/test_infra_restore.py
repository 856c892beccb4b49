"""`restore`: a table as it was, beside the present one, and the lines that switch to it."""

from __future__ import annotations

import io
import os
import subprocess
import zipfile
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.infra.altered import altered, says
from tests.infra.aws_commands import install
from tests.infra.emulated import Operator

TABLE = "latchstring-prod-accounts"
COPY = f"{TABLE}-20260501T120000"
FUNCTION = "latchstring-prod"
KEYS = {"U#1", "N#a/ann", "E#1"}
AT_NOON = ("restore", "prod", "--to", "2026-05-01T12:00:00Z", "--yes")


@pytest.fixture
def operator(operator: Operator) -> Operator:
    """Whose stage stands, with somebody in it."""
    operator.does("infra deploy prod --yes")
    # The emulator's CloudFormation leaves recovery out; the template is tested to have it.
    operator.client("dynamodb").update_continuous_backups(
        TableName=TABLE, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    for key in KEYS:
        put(operator, key)
    return operator


def put(operator: Operator, key: str) -> None:
    pk, _, sk = key.partition("/")
    item = {"pk": {"S": pk}, "sk": {"S": sk or "-"}}
    operator.client("dynamodb").put_item(TableName=TABLE, Item=item)


def keys(operator: Operator, table: str) -> set[str]:
    items = operator.client("dynamodb").scan(TableName=table)["Items"]
    return {f"{item['pk']['S']}/{item['sk']['S']}".removesuffix("/-") for item in items}


def described(operator: Operator, table: str) -> Any:
    return operator.client("dynamodb").describe_table(TableName=table)["Table"]


def recovery(operator: Operator, table: str) -> str:
    backups = operator.client("dynamodb").describe_continuous_backups(TableName=table)
    found = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    return str(found["PointInTimeRecoveryStatus"])


def make_function(operator: Operator) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("main.py", "def handler(event, context): ...")
    operator.client("lambda").create_function(
        FunctionName=FUNCTION,
        Runtime="python3.13",
        Role=f"arn:aws:iam::{operator.account}:role/{FUNCTION}",
        Handler="main.handler",
        Code={"ZipFile": packed.getvalue()},
    )


def test_a_table_is_restored_beside_the_present_one(operator: Operator) -> None:
    restored = operator.infra(*AT_NOON)

    assert restored.status == 0, restored.err
    assert "1, 1, 1 now, 1, 1, 1 restored" in restored.out
    assert keys(operator, COPY) == KEYS
    assert described(operator, COPY)["DeletionProtectionEnabled"] is True
    assert recovery(operator, COPY) == "ENABLED"
    assert keys(operator, TABLE) == KEYS


def test_the_lines_that_it_prints_switch_to_the_restored_table(operator: Operator) -> None:
    make_function(operator)
    printed = operator.infra(*AT_NOON).out
    put(operator, "U#2")
    programs = operator.folder / "programs"
    install(programs)
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    lines = printed[printed.index("# Stop") : printed.index("\nSessions live")]
    switch, last = lines.strip().rsplit("\n", 1)

    done = subprocess.run(
        ["bash", "-eu"],
        input=switch,
        env=operator.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert last == "python -m infra smoke prod"
    assert keys(operator, TABLE) == KEYS
    assert described(operator, TABLE)["DeletionProtectionEnabled"] is True
    assert described(operator, TABLE)["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert recovery(operator, TABLE) == "ENABLED"
    limit = operator.client("lambda").get_function_concurrency(FunctionName=FUNCTION)
    assert "ReservedConcurrentExecutions" not in limit
    assert "latchstring-prod-data: nothing to change" in operator.does("infra deploy prod --yes")


def test_a_restore_that_was_interrupted_is_gone_on_with(operator: Operator) -> None:
    operator.infra(*AT_NOON)

    again = operator.infra(*AT_NOON)

    assert again.status == 0, again.err
    assert f"{COPY} is there already, from an earlier run." in again.out


def test_a_torn_table_is_not_to_be_switched_to(operator: Operator) -> None:
    put(operator, "U#2")

    assert operator.infra(*AT_NOON).sentence == (
        f"{COPY} is torn: each user has one name and one mailbox; restore another time."
    )


def test_without_recovery_it_says_what_turns_that_on(operator: Operator) -> None:
    operator.client("dynamodb").update_continuous_backups(
        TableName=TABLE, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False}
    )

    assert "`python -m infra deploy` turns it on" in operator.infra(*AT_NOON).sentence


def test_a_time_that_cannot_be_restored_is_told_with_those_that_can(operator: Operator) -> None:
    kind = "com.amazonaws.dynamodb.v20120810#InvalidRestoreTimeException"
    answers = {"RestoreTableToPointInTime": says({"__type": kind, "message": "Too early."}, 400)}
    with altered(operator.url, answers) as url:
        said = operator.infra(*AT_NOON, AWS_ENDPOINT_URL=url).sentence

    assert "cannot be restored as of 2026-05-01 12:00:00 UTC (Too early)" in said
    assert "any second from 35 days to 5 minutes ago" in said


def test_a_table_that_is_gone_is_told_with_what_was_kept_of_it(operator: Operator) -> None:
    dynamodb = operator.client("dynamodb")
    dynamodb.update_table(TableName=TABLE, DeletionProtectionEnabled=False)
    dynamodb.delete_table(TableName=TABLE)

    said = operator.infra(*AT_NOON).sentence

    assert f"`aws dynamodb list-backups --backup-type SYSTEM --table-name {TABLE}`" in said


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--to", "noon"), "allowed is a time such as 2026-05-01T12:00:00Z"),
        (("--to", "2026-05-01", "--table", "ephemeral"), "only accounts, audit can be restored"),
    ],
)
def test_a_wrong_time_or_table_is_answered_with_what_is_allowed(
    operator: Operator, given: tuple[str, ...], said: str
) -> None:
    assert said in operator.infra("restore", "prod", *given).sentence
    with pytest.raises(ClientError, match="ResourceNotFound"):
        described(operator, COPY)
