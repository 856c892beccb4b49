"""What the templates say, judged by CloudFormation's linter, a policy scanner and here."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.orders import DELIVER_WEBHOOKS
from sitegen.headers import SECURITY_HEADERS
from tests.infra.emulated import EDGE, LACKING, REGION, ROOT, Operator, copy_project

SCANNERS = Path(os.environ.get("SCANNERS", ROOT / ".venv/scanners/bin"))
LARGEST = 51_200  # what CloudFormation takes without a bucket
# Kinds of stages that differ in what the templates have.
PLAIN = [(r"^waf = .*", "waf = false")]
WITH_WEBHOOK = (r"^\[prod.settings\]", '[prod.settings]\nWEBHOOK_URL = "https://example.com/hook"')
FULL = [
    (r"^waf = .*", "waf = true"),
    (r"^xray = .*", "xray = true"),
    (r"^www_redirect = .*", "www_redirect = true"),
    (r"^monthly_budget_usd = .*", "monthly_budget_usd = 10"),
    (r"^mail_identity = .*", "mail_identity = true"),
    WITH_WEBHOOK,
    (r"^bucket_suffix = .*|^# bucket_suffix = .*", 'bucket_suffix = "x7"'),
]
ELSEWHERE = [(r"^zone = .*", 'zone = ""'), (r"^mail_identity = .*", "mail_identity = true")]

KINDS = {"plain": PLAIN, "full": FULL, "elsewhere": ELSEWHERE}


def template(operator: Operator, stack: str) -> dict[str, Any]:
    printed = operator.infra("template", stack)
    assert printed.status == 0, printed.err
    made: dict[str, Any] = json.loads(printed.out)
    return made


def of_kind(made: dict[str, Any], kind: str) -> dict[str, Any]:
    """Properties of the resources of a kind, by their names."""
    return {
        name: one["Properties"] for name, one in made["Resources"].items() if one["Type"] == kind
    }


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    """The templates of every kind of stage, by stack."""
    files: dict[str, list[Path]] = {"data": [], "edge": []}
    for kind, edits in KINDS.items():
        folder = tmp_path_factory.mktemp(kind)
        copy_project(folder)
        operator = Operator(folder, url="", account="")
        operator.edit(*LACKING, *edits)
        for stack, made in files.items():
            made.append(folder / f"{stack}-{kind}.json")
            made[-1].write_text(json.dumps(template(operator, stack)))
    return files


@pytest.mark.parametrize(("stack", "region"), [("data", REGION), ("edge", EDGE)])
def test_the_linter_finds_nothing(printed: dict[str, list[Path]], stack: str, region: str) -> None:
    command = [SCANNERS / "cfn-lint", "-r", region, "-t", *printed[stack]]
    done = subprocess.run(command, check=False, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout


def test_the_policy_scanner_finds_only_what_is_accepted_with_a_reason(
    printed: dict[str, list[Path]],
) -> None:
    files = [file for made in printed.values() for file in made]
    command = [SCANNERS / "checkov", "--framework", "cloudformation", "-o", "json"]
    command += ["--skip-download", *(word for file in files for word in ("-f", file))]
    environ = os.environ | {"LOG_LEVEL": "ERROR"}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environ)

    results = json.loads(done.stdout)["results"]
    assert [(one["resource"], one["check_id"]) for one in results["failed_checks"]] == []
    skipped = {(one["resource"], one["check_id"]) for one in results["skipped_checks"]}
    reasons = {reason for file in files for reason in accepted(json.loads(file.read_text()))}
    assert skipped == reasons, "something is accepted that is not found any more"


def accepted(made: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, one in made["Resources"].items():
        for skip in one.get("Metadata", {}).get("checkov", {}).get("skip", []):
            assert skip["comment"].endswith(".")
            yield f"{one['Type']}.{name}", skip["id"]


def test_a_template_is_small_enough_to_be_sent_as_it_is(printed: dict[str, list[Path]]) -> None:
    for files in printed.values():
        assert all(file.stat().st_size < LARGEST for file in files)


def test_tables_outlive_their_stack_and_are_backed_up(operator: Operator) -> None:
    made = template(operator, "data")
    tables = {n: r for n, r in made["Resources"].items() if r["Type"] == "AWS::DynamoDB::Table"}

    assert set(tables) == {"AccountsTable", "AuditTable", "EphemeralTable"}
    for table in tables.values():
        assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"
        assert table["Properties"]["DeletionProtectionEnabled"] is True
        assert table["Properties"]["BillingMode"] == "PAY_PER_REQUEST"
    accounts, audit, ephemeral = (tables[name]["Properties"] for name in sorted(tables))
    for durable in (accounts, audit):
        assert durable["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
    assert ephemeral["TimeToLiveSpecification"]["AttributeName"] == "expires_at"


def test_a_schedule_delivers_webhooks_where_one_is_set(operator: Operator) -> None:
    assert of_kind(template(operator, "data"), "AWS::Scheduler::Schedule") == {}
    operator.edit(WITH_WEBHOOK)
    made = template(operator, "data")

    [schedule] = of_kind(made, "AWS::Scheduler::Schedule").values()
    assert schedule["ScheduleExpression"] == "rate(1 minute)"
    assert json.loads(schedule["Target"]["Input"]) == DELIVER_WEBHOOKS
    role = of_kind(made, "AWS::IAM::Role")["ScheduleRole"]
    [statement] = role["Policies"][0]["PolicyDocument"]["Statement"]
    assert statement["Action"] == ["lambda:InvokeFunction"]
    assert statement["Resource"] == [schedule["Target"]["Arn"]]


def test_the_site_is_read_by_its_own_distribution_only(operator: Operator) -> None:
    policies = of_kind(template(operator, "data"), "AWS::S3::BucketPolicy")
    [allowed] = [
        statement
        for statement in policies["SiteBucketPolicy"]["PolicyDocument"]["Statement"]
        if "Fn::If" in statement
    ]
    statement = allowed["Fn::If"][1]

    assert statement["Action"] == "s3:GetObject"
    assert "${DistributionId}" in json.dumps(statement["Condition"]["StringEquals"])


def test_cloudfront_passes_on_what_the_api_judges_by_and_never_the_host(
    operator: Operator,
) -> None:
    [policy] = of_kind(template(operator, "edge"), "AWS::CloudFront::OriginRequestPolicy").values()
    headers = policy["OriginRequestPolicyConfig"]["HeadersConfig"]["Headers"]

    assert len(headers) <= 10
    assert "Host" not in headers
    assert {
        "CloudFront-Viewer-Address",
        "Origin",
        "Sec-Fetch-Site",
        "If-Match",
        "Idempotency-Key",
        "User-Agent",
        "Access-Control-Request-Method",
        "Access-Control-Request-Headers",
    } <= set(headers)


def test_the_page_has_every_security_header_of_the_build(operator: Operator) -> None:
    policies = of_kind(template(operator, "edge"), "AWS::CloudFront::ResponseHeadersPolicy")
    config = policies["PageHeaders"]["ResponseHeadersPolicyConfig"]
    security = config["SecurityHeadersConfig"]
    sent = {one["Header"]: one["Value"] for one in config["CustomHeadersConfig"]["Items"]} | {
        "Content-Security-Policy": security["ContentSecurityPolicy"]["ContentSecurityPolicy"],
        "Referrer-Policy": security["ReferrerPolicy"]["ReferrerPolicy"],
        "X-Frame-Options": security["FrameOptions"]["FrameOption"],
        "X-Content-Type-Options": "nosniff" if security["ContentTypeOptions"]["Override"] else "",
    }

    assert sent == SECURITY_HEADERS


def test_an_answer_of_the_api_is_neither_compressed_nor_kept_nor_replaced(
    operator: Operator,
) -> None:
    [made] = of_kind(template(operator, "edge"), "AWS::CloudFront::Distribution").values()
    config = made["DistributionConfig"]
    [api] = [one for one in config["CacheBehaviors"] if one["PathPattern"] == "/api/*"]

    assert api["Compress"] is False
    assert api["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"  # caching disabled
    for error in config["CustomErrorResponses"]:
        assert error.keys() == {"ErrorCode", "ErrorCachingMinTTL"}


def test_what_proves_cloudfront_is_never_shown(operator: Operator) -> None:
    made = template(operator, "edge")

    assert made["Parameters"]["OriginSecret"]["NoEcho"] is True
    assert "Default" not in made["Parameters"]["OriginSecret"]
