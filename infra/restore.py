"""Brings a table back as it was, beside the one that is there, and says how to switch.

DynamoDB restores only into a new table. So nothing is lost by trying, and the switch, which is
made once the restored table has been looked at, is a matter of names.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from backend.storage.tables import ACCOUNTS, TABLES, Table
from infra import erasure
from infra.aws import Aws, code, found, message
from infra.errors import Refusal
from infra.screen import confirm, say

PAUSE: Final = 3.0
DURABLE: Final = {table.name: table for table in TABLES if table.durable}


def restore(aws: Aws, *, to: str, table: str, yes: bool) -> None:
    dynamodb, when = aws.here("dynamodb"), _time(to)
    source = aws.stage.table_prefix + _durable(table).name
    target = f"{source}-{when:%Y%m%dT%H%M%S}"
    _refuse_without_recovery(dynamodb, source)
    confirm(f"Restore {source} as of {when:%Y-%m-%d %H:%M:%S} UTC into {target}?", yes=yes)
    began = time.monotonic()
    if found(lambda: dynamodb.describe_table(TableName=target), "ResourceNotFoundException"):
        say(f"{target} is there already, from an earlier run.")
    else:
        _begin(dynamodb, source, target, when)
    _wait(dynamodb, target)
    # A restored table comes without either.
    dynamodb.update_table(TableName=target, DeletionProtectionEnabled=True)
    _wait(dynamodb, target)
    dynamodb.update_continuous_backups(
        TableName=target, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    say(f"Restored in {time.monotonic() - began:.0f} s.")
    _erase(aws, table, target)
    _check(dynamodb, source, target)
    say(_how_to_switch(aws, source, target, f"--to {when:%Y-%m-%dT%H:%M:%SZ} --table {table}"))


def _time(text: str) -> datetime:
    """Raises Refusal; a time without a zone is in UTC."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise Refusal(
            f"--to is {text!r}; allowed is a time such as 2026-05-01T12:00:00Z."
        ) from None
    return when.replace(tzinfo=when.tzinfo or UTC).astimezone(UTC)


def _durable(name: str) -> Table:
    if name not in DURABLE:
        raise Refusal(f"--table is {name!r}; only {', '.join(DURABLE)} can be restored.")
    return DURABLE[name]


def _refuse_without_recovery(dynamodb: Any, source: str) -> None:
    try:
        backups = dynamodb.describe_continuous_backups(TableName=source)
    except ClientError as error:
        if code(error) in {"TableNotFoundException", "ResourceNotFoundException"}:
            raise Refusal(
                f"{source} is not there; if it was deleted, `aws dynamodb list-backups "
                f"--backup-type SYSTEM --table-name {source}` shows what DynamoDB kept of it."
            ) from None
        raise
    recovery = backups["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
    if recovery.get("PointInTimeRecoveryStatus") != "ENABLED":
        raise Refusal(
            f"{source} has no point-in-time recovery; `python -m infra deploy` turns it on, "
            "which helps from then on."
        )


def _begin(dynamodb: Any, source: str, target: str, when: datetime) -> None:
    try:
        dynamodb.restore_table_to_point_in_time(
            SourceTableName=source,
            TargetTableName=target,
            RestoreDateTime=when,
            BillingModeOverride="PAY_PER_REQUEST",
        )
    except ClientError as error:
        if code(error) not in {"InvalidRestoreTimeException", "ValidationException"}:
            raise
        raise Refusal(
            f"{source} cannot be restored as of {when:%Y-%m-%d %H:%M:%S} UTC "
            f"({message(error)}); it can to any second from 35 days to 5 minutes ago since "
            "recovery was turned on."
        ) from None


def _wait(dynamodb: Any, table: str) -> None:
    while True:
        status = dynamodb.describe_table(TableName=table)["Table"]["TableStatus"]
        if status == "ACTIVE":
            return
        say(f"  {table}: {status}")
        time.sleep(PAUSE)


def _erase(aws: Aws, table: str, target: str) -> None:
    """Nobody whose account was deleted since comes back by it."""
    again = erasure.erase_accounts if table == ACCOUNTS.name else erasure.erase_events
    gone = again(aws.here("dynamodb"), aws.stage.table_prefix, target)
    say(f"Deleted since, and so taken out of it: {gone}.")


def _check(dynamodb: Any, source: str, target: str) -> None:
    """Counts by reading: DynamoDB's own count is hours late. Costs a read unit for each 8 KB."""
    schemas = [
        dynamodb.describe_table(TableName=name)["Table"]["KeySchema"] for name in (source, target)
    ]
    if schemas[0] != schemas[1]:
        raise Refusal(f"{target} has other keys than {source}; do not switch to it.")
    counts = [_count(dynamodb, name) for name in (source, target)]
    say(f"Users, names and mailboxes: {_told(counts[0])} now, {_told(counts[1])} restored.")
    restored = counts[1]
    if not restored["U#"] == restored["N#"] == restored["E#"]:
        raise Refusal(
            f"{target} is torn: each user has one name and one mailbox; restore another time."
        )


def _count(dynamodb: Any, table: str) -> dict[str, int]:
    kinds = {"U#": 0, "N#": 0, "E#": 0}
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=table,
        ProjectionExpression="pk, sk, #until",
        ExpressionAttributeNames={"#until": "until"},
    )
    for item in (item for page in pages for item in page["Items"]):
        kind = item["pk"]["S"][:2]
        # Not what stands beside a user, nor a mailbox that was left and is kept for a while.
        alone = kind == "N#" or item["sk"]["S"] == "-"
        if kind in kinds and alone and "until" not in item:
            kinds[kind] += 1
    return kinds


def _told(counts: dict[str, int]) -> str:
    return ", ".join(str(counts[kind]) for kind in ("U#", "N#", "E#"))


def _how_to_switch(aws: Aws, source: str, target: str, again: str) -> str:
    """Lines for a shell: a table keeps its name, so the restored one is copied under it."""
    stage = aws.stage
    here, table = f"--region {stage.region}", f"--region {stage.region} --table-name {source}"
    function = f"{here} --function-name {stage.function}"
    return f"""
Look at {target}. These lines switch to it, and take the site down for some minutes:

# Stop the function.
aws lambda put-function-concurrency {function} --reserved-concurrent-executions 0
# Who was deleted until now is taken out as well.
python -m infra restore {stage.name} {again} --yes
# Make a backup of the restored table, the one that can be brought back under another name.
BACKUP=$(aws dynamodb create-backup {here} --table-name {target} --backup-name {target} \\
  --query BackupDetails.BackupArn --output text)
# Remove the present table; DynamoDB keeps a backup of it for 35 days by itself.
aws dynamodb update-table {table} --no-deletion-protection-enabled
aws dynamodb wait table-exists {table}
aws dynamodb delete-table {table}
aws dynamodb wait table-not-exists {table}
# Bring the backup back under its name; wait again if that takes more than 8 minutes.
aws dynamodb restore-table-from-backup {here} --target-table-name {source} --backup-arn "$BACKUP"
aws dynamodb wait table-exists {table}
# What a restored table comes without.
aws dynamodb update-table {table} --deletion-protection-enabled
aws dynamodb update-continuous-backups {table} \\
  --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true
# Start the function, and try it.
aws lambda delete-function-concurrency {function}
python -m infra smoke {stage.name}

Sessions live in another table: who signed in after that time and has no account any more is out.
To keep what is there now, delete {target} when you have seen enough."""
