"""What the function reads at its start, in Parameter Store: free, and encrypted where secret.

Secrets Manager would cost 0.40 dollars a month for each secret, and CloudFormation cannot make an
encrypted parameter; so secrets are made here, once, and never written again.
"""

from __future__ import annotations

import base64
import json
import secrets
from typing import Any, Final

from infra.aws import Aws, found
from infra.errors import Refusal
from infra.screen import say

KEY_BYTES: Final = 32
SECRETS: Final = ("SIGNING_KEY", "LOOKUP_KEY", "ORIGIN_SECRET")
# In the form that Standard Webhooks gives it; only needed where WEBHOOK_URL is set.
WEBHOOK_SECRET: Final = "WEBHOOK_SECRET"  # noqa: S105 - its name


def ensure_secrets(aws: Aws) -> None:
    """Makes the secrets where there are none; two at once agree on those of the first."""
    ssm, name = aws.here("ssm"), _name(aws, "secrets")
    if read_secrets(aws):
        return
    made = {secret: secrets.token_hex(KEY_BYTES) for secret in SECRETS}
    made[WEBHOOK_SECRET] = "whsec_" + base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    kept = found(
        lambda: ssm.put_parameter(
            Name=name,
            Value=json.dumps(made),
            Type="SecureString",
            Overwrite=False,
            Description="Never change: accounts are found by LOOKUP_KEY.",
        ),
        "ParameterAlreadyExists",
    )
    if kept:
        say(f"{name}: made, and never written again; keep a copy of it in a safe place.")


def read_secrets(aws: Aws) -> dict[str, str] | None:
    """The secrets, or None before they are made; raises Refusal where one is missing."""
    name = _name(aws, "secrets")
    answer = found(
        lambda: aws.here("ssm").get_parameter(Name=name, WithDecryption=True), "ParameterNotFound"
    )
    if answer is None:
        return None
    kept = _parsed(name, answer)
    missing = [secret for secret in SECRETS if not kept.get(secret)]
    if missing:
        raise Refusal(
            f"{name} lacks {', '.join(missing)}; put the value back from a version that "
            f"`aws ssm get-parameter-history --name {name} --with-decryption` shows."
        )
    return kept


def write_settings(aws: Aws) -> bool:
    """Writes the stage's settings where they differ; whether they did."""
    ssm, name, wanted = aws.here("ssm"), _name(aws, "settings"), aws.stage.app_settings()
    answer = found(lambda: ssm.get_parameter(Name=name), "ParameterNotFound")
    if answer is not None and _parsed(name, answer) == wanted:
        return False
    ssm.put_parameter(
        Name=name, Value=json.dumps(wanted, sort_keys=True), Type="String", Overwrite=True
    )
    say(f"{name}: {', '.join(wanted)}.")
    return True


def forget_settings(aws: Aws) -> None:
    found(
        lambda: aws.here("ssm").delete_parameter(Name=_name(aws, "settings")), "ParameterNotFound"
    )


def forget_secrets(aws: Aws) -> None:
    found(lambda: aws.here("ssm").delete_parameter(Name=_name(aws, "secrets")), "ParameterNotFound")


def _name(aws: Aws, purpose: str) -> str:
    return f"{aws.stage.parameters}/{purpose}"


def _parsed(name: str, answer: Any) -> dict[str, str]:
    try:
        parsed = json.loads(answer["Parameter"]["Value"])
    except json.JSONDecodeError:
        parsed = None
    if not isinstance(parsed, dict):
        raise Refusal(f"{name} is not a JSON object; put back what it was.")
    return parsed
