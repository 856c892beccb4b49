"""Where a stage stands: its hosted zone, its API, and that it stands in one region only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from infra import stack
from infra.aws import Aws, emulator, found
from infra.errors import Refusal

# How Zappa names an API in its stack: the HTTP kind and the REST kind.
API_NAMES: Final = ("ApiV2", "Api")


@dataclass(frozen=True)
class Api:
    id: str
    host: str
    path: str

    @property
    def address(self) -> str:
        """Where it answers when it is not asked through CloudFront."""
        local = emulator()
        if local:
            return f"{local}/_aws/execute-api/{self.id}{self.path}"
        return f"https://{self.host}{self.path}"


def hosted_zone(aws: Aws) -> str:
    """The id of the public zone; raises Refusal where there is none, or more than one."""
    wanted = aws.stage.zone
    pages = aws.here("route53").get_paginator("list_hosted_zones").paginate()
    zones = [
        zone["Id"].rpartition("/")[2]
        for page in pages
        for zone in page["HostedZones"]
        if zone["Name"].rstrip(".") == wanted and not zone["Config"].get("PrivateZone")
    ]
    if not zones:
        raise Refusal(
            f"Route 53 has no public hosted zone {wanted!r}; make it with `aws route53 "
            f"create-hosted-zone --name {wanted} --caller-reference 1` and delegate the domain "
            'to it, or set zone = "" when its DNS is elsewhere.'
        )
    if len(zones) > 1:
        raise Refusal(
            f"Route 53 has {len(zones)} public hosted zones {wanted!r} ({', '.join(zones)}); "
            "delete those that the domain is not delegated to."
        )
    return str(zones[0])


def api(aws: Aws) -> Api | None:
    """The API that Zappa made; None before `zappa deploy`."""
    cloudformation = aws.here("cloudformation")
    standing = stack.read(cloudformation, aws.stage.function)
    if standing is None or not standing.stands:
        return None
    for name in API_NAMES:
        made = _resource(cloudformation, aws.stage.function, name)
        if made:
            host = f"{made}.execute-api.{aws.stage.region}.{_suffix(aws)}"
            return Api(made, host, f"/{aws.stage.name}")
    return None


def refuse_other_region(aws: Aws) -> None:
    """A stage has one role in the account, which says in which region it stands."""
    role = found(lambda: aws.here("iam").get_role(RoleName=aws.stage.role), "NoSuchEntity")
    if role is None:
        return
    tags = {tag["Key"]: tag["Value"] for tag in role["Role"].get("Tags", [])}
    other = tags.get("region")
    if other and other != aws.stage.region:
        raise Refusal(
            f"The stage {aws.stage.name} stands in {other}, but infra/stages.toml says "
            f"{aws.stage.region}; put {other} back, or see 'Moving regions' in docs/deploying.md."
        )


def _resource(cloudformation: Any, name: str, resource: str) -> str | None:
    answer = found(
        lambda: cloudformation.describe_stack_resource(StackName=name, LogicalResourceId=resource),
        "ValidationError",
    )
    return answer and answer["StackResourceDetail"].get("PhysicalResourceId")


def _suffix(aws: Aws) -> str:
    partition = aws.session.get_partition_for_region(aws.stage.region)
    return "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
