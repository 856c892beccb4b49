"""Looks at everything that has to be right outside of the code, and says what to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from infra import names, parameters, place, stack
from infra.aws import DENIED, Aws, code, explain, found
from infra.errors import Refusal
from infra.http import Caller
from infra.screen import say

CLOCK_SECONDS: Final = 60
# What a deployment does with each service; `simulate` asks IAM about these.
NEEDED: Final = (
    "acm:RequestCertificate",
    "apigateway:POST",
    "cloudformation:CreateChangeSet",
    "cloudfront:CreateDistribution",
    "cloudfront:CreateInvalidation",
    "cloudwatch:PutMetricAlarm",
    "dynamodb:CreateTable",
    "iam:CreateRole",
    "iam:PassRole",
    "lambda:CreateFunction",
    "logs:CreateLogGroup",
    "route53:ChangeResourceRecordSets",
    "s3:CreateBucket",
    "ses:CreateEmailIdentity",
    "sns:CreateTopic",
    "ssm:PutParameter",
)


@dataclass(frozen=True)
class Finding:
    """`wrong` needs something done; a note is worth knowing."""

    wrong: bool
    text: str


def well(text: str) -> list[Finding]:
    return [Finding(False, text)]


def ill(text: str) -> list[Finding]:
    return [Finding(True, text)]


def doctor(aws: Aws) -> None:
    """Raises Refusal where something is wrong, after telling everything."""
    wrong = 0
    for title, check in CHECKS:
        try:
            findings = check(aws)
        except Refusal as refusal:
            findings = ill(str(refusal))
        except (ClientError, BotoCoreError) as error:
            findings = ill(explain(error))
        for finding in findings:
            wrong += finding.wrong
            say(f"{'WRONG' if finding.wrong else 'ok':<6} {title}: {finding.text}")
    if wrong:
        raise Refusal(f"{wrong} of these need something done.")


def _credentials(aws: Aws) -> list[Finding]:
    who = aws.here("sts").get_caller_identity()
    return well(f"{who['Arn']} in account {who['Account']}")


def _clock(aws: Aws) -> list[Finding]:
    answer = aws.here("sts").get_caller_identity()["ResponseMetadata"]["HTTPHeaders"]
    if "date" not in answer:
        return well("AWS did not say its time")
    off = abs((datetime.now(UTC) - parsedate_to_datetime(answer["date"])).total_seconds())
    if off > CLOCK_SECONDS:
        return ill(f"{off:.0f} s off; set it by NTP, since AWS refuses what is signed 5 min off")
    return well("agrees with AWS")


def _region(aws: Aws) -> list[Finding]:
    place.refuse_other_region(aws)
    return well(aws.stage.region)


def _permissions(aws: Aws) -> list[Finding]:
    who = aws.here("sts").get_caller_identity()["Arn"]
    if who.endswith(":root"):
        return ill("this is the root user; make an administrator in IAM Identity Center")
    if ":assumed-role/" in who:
        parts = who.split(":assumed-role/")
        role = parts[1].split("/")[0]
        found_role = found(lambda: aws.here("iam").get_role(RoleName=role), "NoSuchEntity")
        who = found_role["Role"]["Arn"] if found_role else who
    try:
        answer = aws.here("iam").simulate_principal_policy(
            PolicySourceArn=who, ActionNames=list(NEEDED)
        )
    except ClientError as error:
        if code(error) in DENIED:
            return well("IAM does not let these credentials ask; a missing one will be named")
        raise
    missing = [
        one["EvalActionName"]
        for one in answer["EvaluationResults"]
        if one["EvalDecision"] != "allowed"
    ]
    if missing:
        return ill(f"not allowed: {', '.join(missing)}; ask for them or use another profile")
    return well("what a deployment needs is allowed")


def _stacks(aws: Aws) -> list[Finding]:
    findings = []
    for cloudformation, name in (
        (aws.here("cloudformation"), aws.stage.data_stack),
        (aws.edge("cloudformation"), aws.stage.edge_stack),
    ):
        standing = stack.read(cloudformation, name)
        if standing is None:
            text = f"{name} is not there; `python -m infra up {aws.stage.name}` makes it"
            findings += ill(text)
        elif not standing.stands:
            findings += ill(
                f"{name} is {standing.status}; {standing.reason or 'look at its events'}"
            )
        else:
            findings += well(f"{name} {standing.status}")
    return findings


def _zone(aws: Aws) -> list[Finding]:
    if not aws.stage.zone:
        return _elsewhere(aws)
    zone = place.hosted_zone(aws)
    answer = aws.here("route53").get_hosted_zone(Id=zone)
    wanted = {name.rstrip(".") for name in answer.get("DelegationSet", {}).get("NameServers", [])}
    actual = names.nameservers(aws.stage.zone)
    if actual is None:
        return well(f"{zone}; the delegation cannot be seen from here")
    if not actual & wanted:
        return ill(
            f"{aws.stage.zone} is delegated to {_list(actual)}; at its registrar, set the name "
            f"servers {_list(wanted)}"
        )
    return well(f"{aws.stage.zone} is delegated to its hosted zone")


def _elsewhere(aws: Aws) -> list[Finding]:
    standing = stack.read(aws.edge("cloudformation"), aws.stage.edge_stack)
    if standing is None:
        return well("DNS is elsewhere; the records are told once the edge stands")
    host = standing.outputs["DistributionHost"]
    actual = names.canonical(aws.stage.domain)
    if actual != host:
        return ill(f"where DNS is, make {aws.stage.domain} a CNAME (at the top an ALIAS) of {host}")
    return well(f"{aws.stage.domain} leads to {host}")


def _certificate(aws: Aws) -> list[Finding]:
    acm = aws.edge("acm")
    pages = acm.get_paginator("list_certificates").paginate()
    ours = [
        one["CertificateArn"]
        for page in pages
        for one in page["CertificateSummaryList"]
        if one["DomainName"] == aws.stage.domain
    ]
    if not ours:
        return ill("none yet; the edge stack makes it")
    its = acm.describe_certificate(CertificateArn=ours[-1])["Certificate"]
    if its["Status"] == "ISSUED":
        return well("issued, and renewed by AWS while its record stands")
    records = [
        f"{one['ResourceRecord']['Name']} CNAME {one['ResourceRecord']['Value']}"
        for one in its.get("DomainValidationOptions", [])
        if "ResourceRecord" in one
    ]
    return ill(f"{its['Status']}; the zone must have {' and '.join(records) or 'its record'}")


def _mail(aws: Aws) -> list[Finding]:
    mail = aws.here("sesv2")
    account = mail.get_account()
    findings = []
    if not account.get("ProductionAccessEnabled"):
        findings += ill(
            "SES is in its sandbox and sends only to verified addresses; ask for production "
            "access in the console of SES, which takes about a day"
        )
    if account.get("EnforcementStatus", "HEALTHY") != "HEALTHY":
        findings += ill(f"SES has put the account under {account['EnforcementStatus']}")
    domain = aws.stage.mail_domain
    identity = found(lambda: mail.get_email_identity(EmailIdentity=domain), "NotFoundException")
    if identity is None:
        findings += ill(f"{domain} is not known to SES; the data stack makes it")
    elif not identity.get("VerifiedForSendingStatus"):
        tokens = identity.get("DkimAttributes", {}).get("Tokens", [])
        records = [f"{one}._domainkey.{domain} CNAME {one}.dkim.amazonses.com" for one in tokens]
        findings += ill(f"DKIM is not seen yet; the zone must have {', '.join(records)}")
    return findings or well(f"production access, {domain} verified")


def _secrets(aws: Aws) -> list[Finding]:
    if parameters.read_secrets(aws) is None:
        return ill(f"none yet; `python -m infra deploy {aws.stage.name}` makes them")
    return well("all there")


def _bypass(aws: Aws) -> list[Finding]:
    """Whoever could go around CloudFront could choose the address that limits count by."""
    api = place.api(aws)
    if api is None:
        return ill(f"no API yet; `zappa deploy {aws.stage.name}` makes it")
    answer = Caller(api.address, {}).call("GET", "/api/v1/health")
    told: Any = answer.json()
    if isinstance(told, dict) and told.get("code") == "direct_call_refused":
        return well("the API refuses who goes around CloudFront")
    return ill(f"the API answers {answer.status} without CloudFront; `zappa update` it")


def _list(hosts: set[str]) -> str:
    return ", ".join(sorted(hosts)) or "nothing"


CHECKS: Final[tuple[tuple[str, Callable[[Aws], list[Finding]]], ...]] = (
    ("credentials", _credentials),
    ("clock", _clock),
    ("region", _region),
    ("permissions", _permissions),
    ("stacks", _stacks),
    ("secrets", _secrets),
    ("zone", _zone),
    ("certificate", _certificate),
    ("mail", _mail),
    ("bypass", _bypass),
)
