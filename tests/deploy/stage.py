"""A stage on the emulator, seen from outside: its API, its mail, its page, and all that stands."""

from __future__ import annotations

import json
from typing import Any
from urllib.request import Request, urlopen

import jmespath

from tests.deploy.runtime import EDGE
from tests.infra.emulated import EDGE as EDGE_REGION
from tests.infra.emulated import REGION, Operator

SITE = "latchstring-prod-site-{}"
STANDING = {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
# Of each kind of thing: where, by which operation, and what of the answer tells one from another.
KINDS = (
    (REGION, "lambda", "list_functions", "Functions[].[FunctionName, Role, MemorySize, Timeout]"),
    (REGION, "apigatewayv2", "get_apis", "Items[].Name"),
    (REGION, "apigateway", "get_rest_apis", "items[].name"),
    (REGION, "s3", "list_buckets", "Buckets[].Name"),
    (REGION, "dynamodb", "list_tables", "TableNames"),
    (REGION, "ssm", "describe_parameters", "Parameters[].[Name, Type]"),
    (REGION, "iam", "list_roles", "Roles[].RoleName"),
    (REGION, "sesv2", "list_email_identities", "EmailIdentities[].IdentityName"),
    (REGION, "logs", "describe_log_groups", "logGroups[].[logGroupName, retentionInDays]"),
    (REGION, "cloudwatch", "describe_alarms", "MetricAlarms[].[Namespace, MetricName]"),
    (REGION, "cloudwatch", "list_dashboards", "DashboardEntries[].DashboardName"),
    (REGION, "sns", "list_topics", "Topics[].TopicArn"),
    (REGION, "events", "list_rules", "Rules[].Name"),
    (EDGE_REGION, "cloudfront", "list_distributions", "DistributionList.Items[].Aliases.Items"),
    (EDGE_REGION, "cloudfront", "list_functions", "FunctionList.Items[].Name"),
    (EDGE_REGION, "acm", "list_certificates", "CertificateSummaryList[].DomainName"),
    (EDGE_REGION, "cloudwatch", "describe_alarms", "MetricAlarms[].[Namespace, MetricName]"),
    (EDGE_REGION, "sns", "list_topics", "Topics[].TopicArn"),
)

# What was there before, and what outlives a stage.
KEPT = {
    "sesv2 list_email_identities in eu-west-1": ["accounts@example.com"],
    "dynamodb list_tables in eu-west-1": [
        "latchstring-prod-accounts",
        "latchstring-prod-audit",
        "latchstring-prod-ephemeral",
    ],
    "ssm describe_parameters in eu-west-1": [["/latchstring/prod/secrets", "SecureString"]],
}


def everything(operator: Operator) -> dict[str, list[Any]]:
    """All that stands in the account and lies in the folder, without what differs by chance."""
    found = {
        f"{service} {operation} in {region}": jmespath.search(
            wanted, getattr(operator.client(service, region), operation)()
        )
        for region, service, operation, wanted in KINDS
    }
    found |= {f"stacks in {region}": _stacks(operator, region) for region in (REGION, EDGE_REGION)}
    found["objects"] = [
        each for name in found["s3 list_buckets in eu-west-1"] for each in _objects(operator, name)
    ]
    found["items"] = [each for name in operator.tables() for each in _items(operator, name)]
    found["records"] = _records(operator)
    found["files"] = [path.name for path in operator.folder.glob("latchstring-*")]
    return {kind: sorted(things) for kind, things in found.items() if things}


def call(operator: Operator, method: str, path: str, body: Any = None) -> Any:
    """Through the emulated gateway, as CloudFront would."""
    [api] = operator.client("apigatewayv2").get_apis()["Items"]
    url = f"{operator.url}/_aws/execute-api/{api['ApiId']}/prod/api/v1/{path}"
    headers = EDGE | {"Content-Type": "application/json"}
    headers["X-Origin-Secret"] = secrets(operator)["ORIGIN_SECRET"]
    del headers["Host"]
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(url, data, headers, method=method), timeout=30) as answer:
        return json.load(answer)


def mailed_code(operator: Operator) -> str:
    """The code of the newest mail."""
    with urlopen(f"{operator.url}/_ministack/ses/messages", timeout=5) as answer:
        mails = json.load(answer)["messages"][operator.account]
    return str(mails[-1]["Subject"])[:6]


def secrets(operator: Operator) -> dict[str, str]:
    ssm = operator.client("ssm")
    kept = ssm.get_parameter(Name="/latchstring/prod/secrets", WithDecryption=True)
    read: dict[str, str] = json.loads(kept["Parameter"]["Value"])
    return read


def site(operator: Operator, path: str) -> str:
    """A file of the live site."""
    bucket = SITE.format(operator.account)
    body: bytes = operator.client("s3").get_object(Bucket=bucket, Key=path)["Body"].read()
    return body.decode()


def _stacks(operator: Operator, region: str) -> list[Any]:
    cloudformation = operator.client("cloudformation", region)
    return [
        [one["StackName"], _state(one["StackStatus"]), *_resources(cloudformation, one["StackId"])]
        for one in cloudformation.list_stacks()["StackSummaries"]
        if one["StackStatus"] != "DELETE_COMPLETE"
    ]


def _resources(cloudformation: Any, stack: str) -> list[str]:
    listed = cloudformation.list_stack_resources(StackName=stack)["StackResourceSummaries"]
    return sorted(f"{one['LogicalResourceId']} {_state(one['ResourceStatus'])}" for one in listed)


def _state(status: str) -> str:
    """Made at once or in the end, it stands."""
    return "stands" if status in STANDING else status


def _objects(operator: Operator, bucket: str) -> list[Any]:
    listed = operator.client("s3").list_objects_v2(Bucket=bucket).get("Contents", [])
    return [[bucket, one["Key"], one["ETag"]] for one in listed]


def _items(operator: Operator, table: str) -> list[Any]:
    """The kind of each item; every run counts against the limits, which are of the kind L."""
    found = operator.client("dynamodb").scan(TableName=table)["Items"]
    kinds = [item["pk"]["S"].partition("#")[0] for item in found]
    return [[table, kind] for kind in kinds if kind != "L"]


def _records(operator: Operator) -> list[Any]:
    """Beside those that every zone has."""
    route53 = operator.client("route53")
    [zone] = route53.list_hosted_zones()["HostedZones"]
    listed = route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
    return [[one["Name"], one["Type"]] for one in listed if one["Type"] not in {"NS", "SOA"}]
