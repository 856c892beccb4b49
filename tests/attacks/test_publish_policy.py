"""Credentials that publish the page can publish the page, and are of no other use to a thief."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import boto3
import botocore.client
import botocore.session
import pytest

from infra import stages
from infra.stacks.data import template
from infra.stages import EDGE_REGION
from sitegen.cli import main
from tests.sitegen import cloud
from tests.sitegen.cloud import ACCESS, REGION, Deployed

ACCOUNT = "123456789012"
# What IAM calls an operation, where that is not its own name.
ACTIONS = {
    "HeadBucket": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "HeadObject": "GetObject",
}
# Where everything lies that a thief might want.
SERVICES = ("s3", "dynamodb", "lambda", "iam", "ssm", "sts", "cloudfront", "cloudformation")
SERVICES += ("apigatewayv2", "sesv2", "logs", "kms", "secretsmanager", "acm", "route53", "events")

Allowed = set[tuple[str, str]]


class Policy:
    """The statements of the template as they are once deployed, and what they allow."""

    def __init__(self, stage: str, bucket: str, distribution: str) -> None:
        self._names = {
            "${SiteBucket.Arn}": f"arn:aws:s3:::{bucket}",
            "${AWS::Partition}": "aws",
            "${AWS::Region}": REGION,
            "${AWS::AccountId}": ACCOUNT,
            "${DistributionId}": distribution,
        }
        made = template(replace(stages.load("prod"), name=stage, region=REGION)).to_dict()
        document = made["Resources"]["PublishPolicy"]["Properties"]["PolicyDocument"]
        found = [one["Fn::If"][1] if "Fn::If" in one else one for one in document["Statement"]]
        assert all(set(one) == {"Effect", "Action", "Resource"} for one in found)
        assert all(one["Effect"] == "Allow" for one in found)
        self.rights: Allowed = {
            (action, self._told(resource))
            for one in found
            for action in one["Action"]
            for resource in one["Resource"]
        }

    def right(self, action: str, resource: str) -> tuple[str, str] | None:
        """The right by which the action is allowed; IAM's `*` stands for any text."""
        for one in self.rights:
            if fnmatchcase(action, one[0]) and fnmatchcase(resource, one[1]):
                return one
        return None

    def _told(self, resource: dict[str, Any]) -> str:
        text = resource.get("Fn::Sub") or "${" + ".".join(resource["Fn::GetAtt"]) + "}"
        for name, value in self._names.items():
            text = text.replace(name, value)
        assert "${" not in text
        return str(text)


@pytest.fixture(scope="module")
def deployed() -> Iterator[Deployed]:
    with cloud.running() as it:
        yield it.deployed()


@pytest.fixture
def policy(deployed: Deployed) -> Policy:
    return Policy(deployed.stage, deployed.bucket, str(deployed.distribution))


@pytest.fixture
def sitegen(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., None]:
    """Runs a command of the site generator."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in ACCESS.items():
        monkeypatch.setenv(name.upper(), value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", deployed.cloud.url)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    file = tmp_path / "stages.toml"
    file.write_text(f'[{deployed.stage}]\nregion = "{REGION}"\n')

    def run(command: str, *more: str) -> None:
        assert main([command, deployed.stage, "--stages", str(file), *more]) == 0

    return run


@contextmanager
def calls_of() -> Iterator[Allowed]:
    """The actions of all calls that are made, each with what it is done to."""
    found: Allowed = set()
    really = botocore.client.BaseClient._make_api_call  # noqa: SLF001

    def noted(client: Any, operation: str, asked: dict[str, Any]) -> Any:
        service = client.meta.service_model.service_name
        found.add((f"{service}:{ACTIONS.get(operation, operation)}", resource(client, asked)))
        return really(client, operation, asked)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.client.BaseClient, "_make_api_call", noted)
        yield found


def resource(client: Any, asked: dict[str, Any]) -> str:
    if "Bucket" in asked:
        return f"arn:aws:s3:::{asked['Bucket']}" + (f"/{asked['Key']}" if "Key" in asked else "")
    if "StackName" in asked:
        region = client.meta.region_name
        return f"arn:aws:cloudformation:{region}:{ACCOUNT}:stack/{asked['StackName']}/1"
    return f"arn:aws:cloudfront::{ACCOUNT}:distribution/{asked['DistributionId']}"


def test_publishing_needs_every_right_of_the_policy_and_no_other(
    policy: Policy, sitegen: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    with calls_of() as calls:
        sitegen("publish", "--dry-run")
        sitegen("publish")
        monkeypatch.setenv("BRAND_NAME", "Another")
        sitegen("publish")
        sitegen("versions")
        sitegen("rollback")
    used = {call: policy.right(*call) for call in calls}
    assert {call for call, right in used.items() if right is None} == set()
    assert set(used.values()) == policy.rights


def test_no_other_action_on_anything_is_allowed(policy: Policy, deployed: Deployed) -> None:
    """Every operation that AWS's own SDK knows of these services, on all that a stage has."""
    site = f"arn:aws:s3:::{deployed.bucket}"
    stage = f"latchstring-{deployed.stage}"
    targets = [
        *("*", site, f"{site}/secret", f"{site}/index.html", f"{site}/versions/lock.json"),
        *(f"arn:aws:s3:::{stage}-packages-{ACCOUNT}{path}" for path in ("", "/lambda.zip")),
        *(
            f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{stage}-{table}"
            for table in ("accounts", "audit", "ephemeral")
        ),
        f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{stage}",
        f"arn:aws:iam::{ACCOUNT}:role/{stage}-ZappaLambdaExecutionRole",
        f"arn:aws:iam::{ACCOUNT}:policy/{stage}-publish",
        f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/latchstring/{deployed.stage}/secrets",
        f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{stage}-data/1",
        f"arn:aws:cloudformation:{EDGE_REGION}:{ACCOUNT}:stack/{stage}-edge/1",
        f"arn:aws:cloudfront::{ACCOUNT}:distribution/{deployed.distribution}",
        f"arn:aws:cloudfront::{ACCOUNT}:distribution/E0THER",
    ]
    asked = [(action, target) for action in every_action() for target in targets]
    assert len(asked) > 10_000
    assert {one for one in asked if policy.right(*one)} == {
        ("s3:ListBucket", site),
        ("s3:GetObject", f"{site}/index.html"),
        ("s3:PutObject", f"{site}/index.html"),
        ("s3:GetObject", f"{site}/versions/lock.json"),
        ("s3:PutObject", f"{site}/versions/lock.json"),
        ("s3:DeleteObject", f"{site}/versions/lock.json"),
        ("cloudformation:DescribeStacks", targets[-4]),
        ("cloudformation:DescribeStacks", targets[-3]),
        ("cloudfront:CreateInvalidation", targets[-2]),
    }


def every_action() -> Iterator[str]:
    """Operations, and what IAM names otherwise of them that would do harm."""
    session = botocore.session.get_session()
    for service in SERVICES:
        for operation in session.get_service_model(service).operation_names:
            yield f"{service}:{operation}"
    for more in ("ListBucket", "ListBucketVersions", "GetObjectVersion", "DeleteObjectVersion"):
        yield f"s3:{more}"
    for more in ("PutBucketPolicy", "PutLifecycleConfiguration", "PutObjectAcl", "PassRole"):
        yield f"{'iam' if more == 'PassRole' else 's3'}:{more}"


def test_nothing_is_allowed_by_a_pattern_of_actions_or_on_everything(policy: Policy) -> None:
    for action, target in policy.rights:
        assert "*" not in action
        assert not target.startswith("*")
        assert ACCOUNT in target or target.startswith("arn:aws:s3:::latchstring-")
