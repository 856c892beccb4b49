"""`rotate`: a secret of a stage is replaced in steps, each of which may be cut off."""

from __future__ import annotations

import json
import re
import signal
from typing import Any

import pytest

from tests.infra.emulated import EDGE, Operator, Run
from tests.infra.test_infra_doctor import API
from tests.infra.test_infra_restore import FUNCTION, make_function
from tests.tally import Tried

SECRETS = "/latchstring/prod/secrets"
NAMES = {
    "signing": "SIGNING_KEY",
    "lookup": "LOOKUP_KEY",
    "origin": "ORIGIN_SECRET",
    "webhook": "WEBHOOK_SECRET",
}


# Others go the same way.
LONG = pytest.mark.torture


@pytest.fixture
def operator(operator: Operator) -> Operator:
    """Whose stage stands."""
    operator.does("infra deploy prod --yes")
    make_function(operator)
    return operator


def secrets(operator: Operator) -> dict[str, str]:
    answer = operator.client("ssm").get_parameter(Name=SECRETS, WithDecryption=True)
    kept: dict[str, str] = json.loads(answer["Parameter"]["Value"])
    return kept


def history(operator: Operator, name: str) -> list[list[str]]:
    """Every value that the secret has had."""
    pages = operator.client("ssm").get_parameter_history(Name=SECRETS, WithDecryption=True)
    return [json.loads(one["Value"])[name].split(",") for one in pages["Parameters"]]


def function_version(operator: Operator) -> str:
    found = operator.client("lambda").get_function_configuration(FunctionName=FUNCTION)
    return str(found["Environment"]["Variables"]["SECRETS_VERSION"])


def rotate(operator: Operator, *arguments: str) -> Run:
    done = operator.infra("rotate", "prod", *arguments)
    assert done.status == 0, done.err
    return done


@pytest.mark.parametrize(
    "secret",
    [*("signing", "origin"), *(pytest.param(one, marks=LONG) for one in ("lookup", "webhook"))],
)
def test_a_secret_goes_through_its_stages_and_the_old_one_is_dropped(
    secret: str, operator: Operator
) -> None:
    name = NAMES[secret]
    old = secrets(operator)[name]

    waits = rotate(operator, secret).out
    again = rotate(operator, secret).out
    new, kept = secrets(operator)[name].split(",")
    dropped = rotate(operator, secret, "--at-once").out

    assert old == kept != new
    assert f"The old {name} is accepted still" in waits
    assert f"The old {name} is accepted still" in again
    assert f"{name} " in dropped
    assert history(operator, name) == [[old], [old, new], [new, old], [new]]
    # Each step was known to every instance before the next.
    assert re.findall(r"beginning anew with version (\d)", waits + again + dropped) == [*"234"]
    assert function_version(operator) == "4"
    assert not [value for value in (old, new) if value in waits + again + dropped]


@LONG
def test_cloudfront_sends_the_new_one_before_the_old_one_ends(operator: Operator) -> None:
    operator.client("cloudformation").create_stack(
        StackName="latchstring-prod", TemplateBody=json.dumps(API)
    )
    operator.does("infra deploy prod --yes")
    old = secrets(operator)["ORIGIN_SECRET"]
    assert sent(operator) == old

    rotate(operator, "origin")

    new, kept = secrets(operator)["ORIGIN_SECRET"].split(",")
    assert kept == old
    assert sent(operator) == new


def sent(operator: Operator) -> str:
    """The header that CloudFront adds for the API."""
    cloudfront = operator.client("cloudfront", EDGE)
    [distribution] = cloudfront.list_distributions()["DistributionList"]["Items"]
    config = cloudfront.get_distribution_config(Id=distribution["Id"])["DistributionConfig"]
    [api] = [one for one in config["Origins"]["Items"] if one["Id"] == "api"]
    [header] = api["CustomHeaders"]["Items"]
    return str(header["HeaderValue"])


@LONG
def test_one_that_has_leaked_is_replaced_in_one_run(operator: Operator) -> None:
    old = secrets(operator)["SIGNING_KEY"]

    rotate(operator, "signing", "--at-once")

    assert old not in secrets(operator)["SIGNING_KEY"]
    assert history(operator, "SIGNING_KEY")[-1] == [secrets(operator)["SIGNING_KEY"]]


def test_a_key_of_the_audit_log_is_never_dropped(operator: Operator) -> None:
    old = secrets(operator)["AUDIT_KEY"]

    rotate(operator, "audit", "--at-once")
    rotate(operator, "audit")

    *newer, last = secrets(operator)["AUDIT_KEY"].split(",")
    assert len(newer) == 2
    assert last == old


def test_a_stage_of_before_keeps_what_its_chains_are_sealed_with(operator: Operator) -> None:
    kept = secrets(operator)
    del kept["AUDIT_KEY"]
    operator.client("ssm").put_parameter(
        Name=SECRETS, Value=json.dumps(kept), Type="SecureString", Overwrite=True
    )

    rotate(operator, "lookup", "--at-once")

    assert secrets(operator)["AUDIT_KEY"] == kept["LOOKUP_KEY"]


def test_the_doctor_knows_of_one_that_is_not_done(operator: Operator) -> None:
    rotate(operator, "signing")

    told = operator.infra("doctor", "prod").out

    assert "SIGNING_KEY is being replaced; `python -m infra rotate prod signing` goes on" in told


# Where a run is cut off: with the line that it has said by then.
CUTS = [
    pytest.param("was made, and is accepted", marks=LONG),
    "beginning anew with version 2",
    pytest.param("is the one that makes", marks=LONG),
]


@pytest.mark.parametrize("line", CUTS)
def test_a_run_that_is_cut_off_is_gone_on_with(line: str, operator: Operator, tried: Tried) -> None:
    old = secrets(operator)["SIGNING_KEY"]
    running = operator.begin("infra", "rotate", "prod", "signing", PYTHONUNBUFFERED="1")
    assert running.stdout
    next(said for said in running.stdout if line in said)
    running.send_signal(signal.SIGKILL)
    running.communicate()
    tried("crash")

    rotate(operator, "signing", "--at-once")

    stages = history(operator, "SIGNING_KEY")
    new = secrets(operator)["SIGNING_KEY"]
    assert stages == [[old], [old, new], [new, old], [new]]


def put(operator: Operator, table: str, item: dict[str, Any]) -> None:
    operator.client("dynamodb").put_item(TableName=f"latchstring-prod-{table}", Item=item)


def test_what_cannot_be_brought_over_holds_the_old_one(operator: Operator) -> None:
    sealed = {"B": b"under another key entirely"}
    put(operator, "accounts", {"pk": {"S": "U#1"}, "sk": {"S": "totp"}, "secret": sealed})

    refused = operator.infra("rotate", "prod", "signing", "--at-once")

    assert refused.status == 1
    assert "`flask keys renew` could not bring everything under the new key" in refused.err
    assert len(secrets(operator)["SIGNING_KEY"].split(",")) == 2
