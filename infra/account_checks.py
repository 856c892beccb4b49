"""What `doctor` looks at in the account: who asks, the clock, the region, permissions and mail."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from infra import place
from infra.aws import DENIED, Aws, code, found
from infra.findings import Finding, ill, well

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


def credentials(aws: Aws) -> list[Finding]:
    who = aws.here("sts").get_caller_identity()
    return well(f"{who['Arn']} in account {who['Account']}")


def clock(aws: Aws) -> list[Finding]:
    answer = aws.here("sts").get_caller_identity()["ResponseMetadata"]["HTTPHeaders"]
    if "date" not in answer:
        return well("AWS did not say its time")
    off = abs((datetime.now(UTC) - parsedate_to_datetime(answer["date"])).total_seconds())
    if off > CLOCK_SECONDS:
        return ill(f"{off:.0f} s off; set it by NTP, since AWS refuses what is signed 5 min off")
    return well("agrees with AWS")


def region(aws: Aws) -> list[Finding]:
    place.refuse_other_region(aws)
    return well(aws.stage.region)


def permissions(aws: Aws) -> list[Finding]:
    who = aws.here("sts").get_caller_identity()["Arn"]
    if who.endswith(":root"):
        return ill("this is the root user; make an administrator in IAM Identity Center")
    try:
        answer = aws.here("iam").simulate_principal_policy(
            PolicySourceArn=_policy_source(aws, who), ActionNames=list(NEEDED)
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


def mail(aws: Aws) -> list[Finding]:
    ses = aws.here("sesv2")
    account = ses.get_account()
    findings = []
    if not account["ProductionAccessEnabled"]:
        findings += ill(
            "SES is in its sandbox and sends only to verified addresses; ask for production "
            "access in the console of SES, which takes about a day"
        )
    if account["EnforcementStatus"] != "HEALTHY":
        findings += ill(
            f"SES has put the account under {account['EnforcementStatus']}; its mail to the "
            "account says why, and the support case is the place to answer"
        )
    if not account["SendingEnabled"]:
        findings += ill(
            "sending is paused; `aws sesv2 put-account-sending-attributes --sending-enabled "
            f"--region {aws.stage.region}` lets it go on"
        )
    findings += _sender(aws, ses)
    return findings or well(f"production access, {aws.stage.mail_domain} verified")


def _policy_source(aws: Aws, who: str) -> str:
    """Whose policies are asked about: of a session, those of its role."""
    if ":assumed-role/" not in who:
        return who
    role = who.split(":assumed-role/")[1].split("/", maxsplit=1)[0]
    answer = found(lambda: aws.here("iam").get_role(RoleName=role), "NoSuchEntity")
    return str(answer["Role"]["Arn"]) if answer else who


def _sender(aws: Aws, ses: Any) -> list[Finding]:
    domain = aws.stage.mail_domain
    identity = found(lambda: ses.get_email_identity(EmailIdentity=domain), "NotFoundException")
    if identity is None and aws.stage.mail_identity:
        return ill(f"{domain} is not known to SES; `python -m infra deploy` makes it known")
    if identity is None:
        return ill(f"{domain} is not known to SES; verify it there, or drop mail_identity = false")
    if identity["VerifiedForSendingStatus"]:
        return []
    tokens = identity.get("DkimAttributes", {}).get("Tokens", [])
    records = [f"{one}._domainkey.{domain} CNAME {one}.dkim.amazonses.com" for one in tokens]
    return ill(f"DKIM is not seen yet; the zone must have {', '.join(records) or 'its records'}")
