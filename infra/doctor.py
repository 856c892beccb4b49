"""Looks at everything that has to be right outside of the code, and says what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from infra import account_checks, stage_checks
from infra.aws import Aws, explain
from infra.errors import Refusal
from infra.findings import Finding, ill
from infra.screen import say

CHECKS: Final[dict[str, Callable[[Aws], list[Finding]]]] = {
    "clock": account_checks.clock,
    "region": account_checks.region,
    "permissions": account_checks.permissions,
    "stacks": stage_checks.stacks,
    "secrets": stage_checks.secrets,
    "zone": stage_checks.zone,
    "certificate": stage_checks.certificate,
    "mail": account_checks.mail,
    "bypass": stage_checks.bypass,
}


def doctor(aws: Aws) -> None:
    """Raises Refusal where something is wrong, after telling everything."""
    # Without credentials nothing else can be asked.
    _tell("credentials", account_checks.credentials(aws))
    wrong = 0
    for title, check in CHECKS.items():
        findings = _found(check, aws)
        _tell(title, findings)
        wrong += sum(finding.wrong for finding in findings)
    if wrong:
        raise Refusal(f"{wrong} of these need something done.")


def _found(check: Callable[[Aws], list[Finding]], aws: Aws) -> list[Finding]:
    """What hinders the check is a finding too."""
    try:
        return check(aws)
    except Refusal as refusal:
        return ill(str(refusal))
    except (ClientError, BotoCoreError) as error:
        return ill(explain(error))


def _tell(title: str, findings: list[Finding]) -> None:
    for finding in findings:
        say(f"{'WRONG' if finding.wrong else 'ok':<6} {title}: {finding.text}")
