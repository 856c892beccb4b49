"""The stacks: planned, made, changed, explained when they fail, and taken away."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.infra.altered import Answer, altered
from tests.infra.emulated import EDGE, REGION, Operator

DATA = "latchstring-prod-data"
# Both make the stacks.
WAYS = ["deploy", "up"]
TABLES = ["latchstring-prod-accounts", "latchstring-prod-audit", "latchstring-prod-ephemeral"]
SECRETS = "/latchstring/prod/secrets"
# CloudFormation finds only while it makes this that there is no such attribute.
BROKEN = {
    "Resources": {
        "Topic": {"Type": "AWS::SNS::Topic"},
        "Bad": {
            "Type": "AWS::SNS::Topic",
            "Properties": {"TopicName": {"Fn::GetAtt": ["Topic", "None"]}},
        },
    }
}


def secrets(operator: Operator) -> dict[str, str]:
    answer = operator.client("ssm").get_parameter(Name=SECRETS, WithDecryption=True)
    kept: dict[str, str] = json.loads(answer["Parameter"]["Value"])
    return kept


def test_a_plan_shows_every_change_and_makes_none(operator: Operator) -> None:
    planned = operator.infra("plan", "prod")

    assert planned.status == 0, planned.err
    assert "+ AccountsTable" in planned.out
    assert operator.stack(DATA) is None
    assert operator.tables() == []


def test_deploy_makes_stack_secrets_and_settings(operator: Operator) -> None:
    deployed = operator.infra("deploy", "prod", "--yes")

    assert deployed.status == 0, deployed.err
    assert operator.stack(DATA) == "CREATE_COMPLETE"
    assert operator.tables() == TABLES
    made = ["AUDIT_KEY", "LOOKUP_KEY", "ORIGIN_SECRET", "SIGNING_KEY", "WEBHOOK_SECRET"]
    assert sorted(secrets(operator)) == made
    assert not [value for value in secrets(operator).values() if value in deployed.out]
    settings = operator.client("ssm").get_parameter(Name="/latchstring/prod/settings")
    assert json.loads(settings["Parameter"]["Value"]) == {
        "SITE_URL": "https://accounts.example.com",
        "MAIL_FROM": "accounts@example.com",
        "BRAND_NAME": "Latchstring",
    }


def test_a_webhook_brings_its_schedule_and_takes_it_along(operator: Operator) -> None:
    def schedules() -> list[str]:
        assert operator.infra("deploy", "prod", "--yes").status == 0
        listed = operator.client("scheduler").list_schedules()["Schedules"]
        return [one["Target"]["Arn"].rpartition(":")[2] for one in listed]

    assert schedules() == []
    operator.edit((r"^BRAND_NAME", 'WEBHOOK_URL = "https://example.com/hook"\nBRAND_NAME'))
    assert schedules() == ["latchstring-prod"]
    operator.edit((r"^WEBHOOK_URL = .*", ""))
    assert schedules() == []


def test_zappa_learns_bucket_and_region(operator: Operator) -> None:
    deployed = operator.infra("deploy", "prod", "--yes")

    settings = json.loads((operator.folder / "zappa_settings.json").read_text())["prod"]
    bucket = f"latchstring-prod-packages-{operator.account}"
    assert settings["s3_bucket"] == bucket
    assert settings["aws_region"] == REGION
    assert f"s3_bucket is {bucket}" in deployed.out


def test_deploying_again_changes_nothing(operator: Operator) -> None:
    operator.infra("deploy", "prod", "--yes")
    before = secrets(operator)

    again = operator.infra("deploy", "prod", "--yes")

    assert again.status == 0, again.err
    assert f"{DATA}: nothing to change" in again.out
    assert secrets(operator) == before


def test_a_change_of_the_stage_is_a_change_of_the_stack(operator: Operator) -> None:
    operator.infra("deploy", "prod", "--yes")
    operator.edit((r"^log_retention_days = .*", "log_retention_days = 30"))

    changed = operator.infra("deploy", "prod", "--yes")

    assert "~ LogGroup" in changed.out
    [group] = operator.client("logs").describe_log_groups()["logGroups"]
    assert group["retentionInDays"] == 30


def test_destroy_keeps_the_tables_and_deploy_takes_them_in_again(operator: Operator) -> None:
    operator.infra("deploy", "prod", "--yes")
    before = secrets(operator)
    item = {"pk": {"S": "U#1"}, "sk": {"S": "-"}}
    operator.client("dynamodb").put_item(TableName=TABLES[0], Item=item)

    destroyed = operator.infra("destroy", "prod", "--yes")

    assert destroyed.status == 0, destroyed.err
    assert operator.stack(DATA) is None
    assert operator.client("s3").list_buckets()["Buckets"] == []
    assert operator.tables() == TABLES
    again = operator.infra("deploy", "prod", "--yes")
    assert again.status == 0, again.err
    assert "= AccountsTable" in again.out
    assert operator.client("dynamodb").scan(TableName=TABLES[0])["Items"] == [item]
    assert secrets(operator) == before


def test_tables_go_only_when_the_stage_is_named_twice(operator: Operator) -> None:
    operator.infra("deploy", "prod", "--yes")

    once = operator.infra("destroy", "prod", "--yes", "--tables", "--really", "prod")
    assert "needs the name prod, twice" in once.sentence
    assert operator.stack(DATA) == "CREATE_COMPLETE"

    twice = operator.infra(
        "destroy", "prod", "--yes", "--tables", "--really", "prod", "--really", "prod"
    )
    assert twice.status == 0, twice.err
    assert operator.tables() == []
    assert operator.client("ssm").describe_parameters()["Parameters"] == []


@pytest.mark.parametrize("command", WAYS)
def test_a_failed_stack_is_told_by_its_first_cause_and_leaves_nothing(
    make_operator: Callable[[], Operator], command: str
) -> None:
    first, other = make_operator(), make_operator()
    first.make_zone()
    taken = f"latchstring-prod-site-{first.account}"
    other.client("s3", EDGE).create_bucket(Bucket=taken)

    refused = first.infra(command, "prod", "--yes")

    assert "SiteBucket" in refused.sentence
    assert "set bucket_suffix" in refused.sentence
    assert first.stack(DATA) is None
    first.edit((r"^# bucket_suffix = .*", 'bucket_suffix = "x7"'))
    assert first.infra("deploy", "prod", "--yes").status == 0


@pytest.mark.parametrize("command", WAYS)
def test_a_stack_that_was_left_in_rollback_complete_is_cleared_by_destroy(
    operator: Operator, command: str
) -> None:
    operator.client("cloudformation").create_stack(StackName=DATA, TemplateBody=json.dumps(BROKEN))

    refused = operator.infra(command, "prod", "--yes")

    assert "ROLLBACK_COMPLETE" in refused.sentence
    assert "`python -m infra destroy prod`" in refused.sentence
    assert operator.infra("destroy", "prod", "--yes").status == 0
    assert operator.infra("deploy", "prod", "--yes").status == 0


@pytest.mark.parametrize("command", WAYS)
def test_a_domain_without_a_zone_is_told_what_to_make_before_anything_is(
    make_operator: Callable[[], Operator], command: str
) -> None:
    operator = make_operator()

    refused = operator.infra(command, "prod", "--yes")

    assert operator.stack(DATA) is None
    assert "no public hosted zone 'example.com'" in refused.sentence
    assert 'zone = ""' in refused.sentence


@pytest.mark.parametrize("command", [*WAYS, "plan", "status", "destroy", "logs", "smoke"])
def test_without_credentials_it_says_how_to_sign_in(operator: Operator, command: str) -> None:
    refused = operator.infra(
        command,
        "prod",
        AWS_ACCESS_KEY_ID="",
        AWS_SECRET_ACCESS_KEY="",
        AWS_EC2_METADATA_DISABLED="true",
    )

    assert "There are no AWS credentials" in refused.sentence


@pytest.mark.parametrize("command", WAYS)
def test_a_region_that_there_is_not_is_answered_with_those_near(
    operator: Operator, command: str
) -> None:
    operator.edit((r"^region = .*", 'region = "eu-wset-1"'))

    said = operator.infra(command, "prod", "--yes").sentence
    assert "region of [prod] is 'eu-wset-1', which AWS does not have" in said
    assert "eu-west-1" in said


@pytest.mark.parametrize("command", WAYS)
def test_a_stage_is_not_made_in_a_second_region(operator: Operator, command: str) -> None:
    operator.infra("deploy", "prod", "--yes")
    operator.edit((r"^region = .*", 'region = "eu-central-1"'))

    refused = operator.infra(command, "prod", "--yes")

    assert "stands in eu-west-1" in refused.sentence


def test_a_permission_that_lacks_is_named(operator: Operator) -> None:
    denied = "User: u is not authorized to perform: iam:GetRole on resource: r"
    error = f"<Error><Code>AccessDenied</Code><Message>{denied}</Message></Error>"
    answer = Answer(403, f"<ErrorResponse>{error}</ErrorResponse>".encode())
    with altered(operator.url, {"GetRole": answer}) as url:
        refused = operator.infra("plan", "prod", AWS_ENDPOINT_URL=url)

    assert refused.sentence == f"{denied}; ask for this permission or use a profile that has it."


def test_who_may_not_use_ses_is_told_what_to_ask_for(operator: Operator) -> None:
    # The emulator fails at the identity too, for a reason of its own.
    operator.edit((r"^mail_identity = .*", "mail_identity = true"))
    denied = "MailIdentity: User u is not authorized to perform: ses:CreateEmailIdentity"

    def deny(answer: Answer) -> Answer:
        reason = rb"(<ResourceStatusReason>)[^<]+"
        return replace(answer, body=re.sub(reason, rb"\1" + denied.encode(), answer.body))

    with altered(operator.url, {"DescribeStackEvents": deny}) as url:
        refused = operator.infra("deploy", "prod", "--yes", AWS_ENDPOINT_URL=url)

    way_out = "use a profile that has this permission, then deploy again."
    assert refused.sentence.endswith(f"{denied}; {way_out}")
    assert operator.stack(DATA) is None


@pytest.mark.parametrize("command", [*WAYS, "destroy"])
def test_a_second_run_at_the_same_time_is_refused(operator: Operator, command: str) -> None:
    holder = {"who": "somebody@elsewhere", "process": 1, "since": 4_000_000_000}
    lock = {"Name": "/latchstring/prod/lock", "Type": "String"}
    operator.client("ssm").put_parameter(**lock, Value=json.dumps(holder))

    refused = operator.infra(command, "prod", "--yes")

    assert refused.sentence.startswith("somebody@elsewhere has been changing this stage")
    assert operator.stack(DATA) is None
    assert operator.infra("deploy", "prod", "--yes", "--take-over").status == 0


def test_a_deploy_that_was_killed_does_not_stand_in_the_way(operator: Operator) -> None:
    running = operator.begin("infra", "deploy", "prod", "--yes")
    assert running.stdout
    while "CREATE_IN_PROGRESS" not in running.stdout.readline():
        pass
    running.send_signal(signal.SIGKILL)
    running.communicate()

    again = operator.infra("deploy", "prod", "--yes")

    assert again.status == 0, again.err
    assert "Taking over" in again.out
    assert operator.stack(DATA) == "CREATE_COMPLETE"


def test_status_tells_what_was_changed_by_hand(operator: Operator) -> None:
    operator.infra("deploy", "prod", "--yes")
    operator.client("logs").put_retention_policy(
        logGroupName="/aws/lambda/latchstring-prod", retentionInDays=1
    )

    told = operator.infra("status", "prod")

    assert told.status == 0, told.err
    assert f"{DATA:<26} CREATE_COMPLETE" in told.out
    assert "LogGroup/RetentionInDays is 1, not 90" in told.out
