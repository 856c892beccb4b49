"""`restore`: a table as it was, beside the present one, and the lines that switch to it."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.infra.altered import altered, says
from tests.infra.aws_commands import install
from tests.infra.emulated import Operator

TABLE, AUDIT = "latchstring-prod-accounts", "latchstring-prod-audit"
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
    path = os.pathsep.join([str(programs), str(Path(sys.executable).parent), os.environ["PATH"]])
    lines = printed[printed.index("# Stop") : printed.index("\nSessions live")]
    switch, last = lines.strip().rsplit("\n", 1)

    done = subprocess.run(
        ["bash", "-eu"],
        input=switch,
        cwd=operator.folder,
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


ERASED, KEPT = (f"00000000-0000-4000-8000-00000000000{n}" for n in (1, 2))


def add_person(operator: Operator, table: str, user_id: str, name: str) -> None:
    """A user with a passkey and a mailbox that was left, as the app stores them."""
    credential = name.encode()
    own = {"user_id": {"S": user_id}}
    items: dict[tuple[str, str], dict[str, Any]] = {
        (f"U#{user_id}", "-"): {"name_key": {"S": name}, "email_key": {"S": f"{name}1"}},
        (f"U#{user_id}", "P#1"): {"credential_id": {"B": credential}},
        (f"U#{user_id}", f"E#{name}0"): {},
        (f"N#{name[0]}", name): own,
        (f"E#{name}1", "-"): own,
        (f"E#{name}0", "-"): own | {"until": {"N": "1"}},
        (f"C#{hashlib.sha256(credential).hexdigest()}", "-"): own,
    }
    for (pk, sk), item in items.items():
        operator.client("dynamodb").put_item(
            TableName=table, Item={"pk": {"S": pk}, "sk": {"S": sk}, **item}
        )


def add_event(operator: Operator, user_id: str, action: str, *, table: str = AUDIT) -> None:
    personal = {name: {"S": "x"} for name in ("ip_prefix", "user_agent", "salt")}
    covered = {"subject": {"S": user_id}, "action": {"S": action}, "personal_hash": {"B": b"x"}}
    event = {"pk": {"S": f"A#{user_id}"}, "sk": {"S": action}, **covered, **personal}
    operator.client("dynamodb").put_item(TableName=table, Item=event)


def empty(operator: Operator, table: str) -> None:
    dynamodb = operator.client("dynamodb")
    for item in dynamodb.scan(TableName=table)["Items"]:
        dynamodb.delete_item(TableName=table, Key={name: item[name] for name in ("pk", "sk")})


def test_whoever_was_deleted_since_does_not_come_back(operator: Operator) -> None:
    """Whoever was lost otherwise does: that is what it is for."""
    for user_id, name in ((ERASED, "eve"), (KEPT, "kim")):
        add_person(operator, TABLE, user_id, name)
        add_event(operator, user_id, "user.created")
    assert operator.infra(*AT_NOON).status == 0
    empty(operator, TABLE)
    add_event(operator, ERASED, "user.deleted")

    restored = operator.infra(*AT_NOON)

    assert "Deleted since, and so taken out of it: 1." in restored.out
    left = str(operator.client("dynamodb").scan(TableName=COPY)["Items"])
    assert ERASED not in left
    assert "eve" not in left
    assert len(keys(operator, COPY)) == len(KEYS) + 7


def test_that_somebody_was_deleted_is_known_without_the_event_too(operator: Operator) -> None:
    """It is written last; what is personal is taken from the others before the user is."""
    add_person(operator, TABLE, ERASED, "eve")
    assert operator.infra(*AT_NOON).status == 0
    empty(operator, TABLE)
    add_event(operator, ERASED, "user.created")
    operator.client("dynamodb").update_item(
        TableName=AUDIT,
        Key={"pk": {"S": f"A#{ERASED}"}, "sk": {"S": "user.created"}},
        UpdateExpression="REMOVE ip_prefix, user_agent, salt",
    )

    assert "taken out of it: 1." in operator.infra(*AT_NOON).out


def test_a_deleted_id_that_has_an_account_again_keeps_it(operator: Operator) -> None:
    add_person(operator, TABLE, ERASED, "eve")
    add_event(operator, ERASED, "user.deleted")

    assert "taken out of it: 0." in operator.infra(*AT_NOON).out
    assert f"U#{ERASED}" in keys(operator, COPY)


def test_a_restored_audit_log_has_nothing_personal_of_the_deleted(operator: Operator) -> None:
    operator.client("dynamodb").update_continuous_backups(
        TableName=AUDIT, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    for user_id in (ERASED, KEPT):
        add_event(operator, user_id, "user.created")
    assert operator.infra(*AT_NOON, "--table", "audit").status == 0
    add_event(operator, ERASED, "user.deleted")

    operator.infra(*AT_NOON, "--table", "audit")

    copy = f"{AUDIT}-20260501T120000"
    items = operator.client("dynamodb").scan(TableName=copy)["Items"]
    assert {item["subject"]["S"] for item in items if "ip_prefix" in item} == {KEPT}
    assert len(items) == 2


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


def test_the_drill_of_the_runbook_ends_with_a_whole_copy_and_is_timed(operator: Operator) -> None:
    began = time.monotonic()
    restored = operator.infra(*AT_NOON)
    dynamodb = operator.client("dynamodb")
    found = keys(operator, COPY)
    dynamodb.update_table(TableName=COPY, DeletionProtectionEnabled=False)
    dynamodb.delete_table(TableName=COPY)
    seconds = time.monotonic() - began

    assert restored.status == 0, restored.err
    assert found == KEYS
    assert keys(operator, TABLE) == KEYS
    sys.stdout.write(f"The drill took {seconds:.1f} s, without DynamoDB's own time.\n")
