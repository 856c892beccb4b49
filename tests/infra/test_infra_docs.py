"""What the documentation tells to type is there, and does what it is said to do."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.infra.aws_commands import install
from tests.infra.emulated import REGION, ROOT, Operator

DOCS = (ROOT / "docs" / "deploying.md").read_text()
TABLE = "latchstring-prod-accounts"
SECRETS = "/latchstring/prod/secrets"


def section(title: str) -> str:
    return DOCS.split(f"\n## {title}\n")[1].split("\n## ")[0]


def lines(title: str) -> list[str]:
    """The command lines of a section, each whole."""
    block = "\n".join(
        line.removeprefix("    ") for line in section(title).splitlines() if line.startswith("    ")
    )
    return whole(block)


def whole(text: str) -> list[str]:
    joined = re.sub(r"\\\n\s*", "", text)
    return [line for line in joined.splitlines() if line and not line.startswith("#")]


def types(operator: Operator, script: str) -> str:
    """What a shell says to the lines, in the folder of the project."""
    programs = operator.folder / "programs"
    if not programs.exists():
        install(programs)
    path = os.pathsep.join([str(programs), str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-eu"],
        input=script,
        cwd=operator.folder,
        env=operator.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_lines_for_restoring_are_those_that_restore_prints(operator: Operator) -> None:
    operator.does("infra deploy prod --yes")
    operator.client("dynamodb").update_continuous_backups(
        TableName=TABLE, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    command, *written = lines("Restoring data")

    printed = operator.does(f"{command.removeprefix('python -m ')} --yes")

    there = printed[printed.index("# Stop") : printed.index("\nSessions live")]
    assert whole(there) == written


def test_the_lines_for_moving_regions_move_everybody(operator: Operator) -> None:
    operator.does("infra deploy prod --yes")
    operator.client("dynamodb").update_continuous_backups(
        TableName=TABLE, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    item = {"pk": {"S": "U#1"}, "sk": {"S": "-"}, "epoch": {"N": "1"}}
    operator.client("dynamodb").put_item(TableName=TABLE, Item=item)
    secret = operator.client("ssm").get_parameter(Name=SECRETS, WithDecryption=True)["Parameter"]
    before, after = section("Moving regions").split("Change `region`")
    exporting, importing = before.split("    IMPORT=", 1)
    assert "python -m infra up prod" in after
    names = lines("Moving regions")[0]

    exported = types(operator, ready(exporting) + "\necho $EXPORT").split()[-1]
    export(operator, exported, item)
    types(operator, ready(f"    {names}\n    EXPORT={exported}\n    IMPORT={importing}"))
    operator.edit((r"^region = .*", 'region = "eu-central-1"'))
    told = operator.does("infra deploy prod --yes")
    types(operator, ready(f"    {names}\n{after}"))

    assert "= AccountsTable" in told
    there = operator.client("dynamodb", "eu-central-1")
    assert there.scan(TableName=TABLE)["Items"] == [item]
    assert there.describe_table(TableName=TABLE)["Table"]["DeletionProtectionEnabled"] is True
    moved = operator.client("ssm", "eu-central-1").get_parameter(Name=SECRETS, WithDecryption=True)
    assert moved["Parameter"]["Value"] == secret["Value"]
    assert moved["Parameter"]["Type"] == "SecureString"
    assert operator.tables() == []
    assert operator.client("ssm", REGION).describe_parameters()["Parameters"] == []


def export(operator: Operator, arn: str, item: Any) -> None:
    """What DynamoDB writes; the emulator only says that it has."""
    data = gzip.compress(json.dumps({"Item": item}).encode() + b"\n")
    key = f"AWSDynamoDB/{arn.rpartition('/')[2]}/data/part.json.gz"
    operator.client("s3").put_object(Bucket="moving", Key=key, Body=data)


def ready(part: str) -> str:
    """The lines as somebody types them who says yes and waits where that is said."""
    block = "\n".join(line[4:] for line in part.splitlines() if line.startswith("    "))
    for pattern, typed in (
        (r"BUCKET=\S+", "BUCKET=moving"),
        (r"(python -m infra destroy prod)", r"\1 --yes"),
        (r"(?m)^(aws .*?) +# until (COMPLETED)$", r"until \1 | grep -q \2; do sleep 0.1; done"),
        # The program that stands for the AWS CLI knows operations, of which this has many.
        (r"(?m)^aws s3 rb .*$", ""),
    ):
        block = re.sub(pattern, typed, block)
    return block


TOLD = re.findall(r"python -m ((?:infra|sitegen) [a-z]+(?: [^`\s#]+)*)", DOCS)


@pytest.mark.parametrize("command", sorted(set(TOLD)))
def test_every_command_of_the_documentation_is_one(operator: Operator, command: str) -> None:
    run = operator.run(*command.split(), AWS_ENDPOINT_URL="http://127.0.0.1:1")

    assert run.status != 2, run.err
