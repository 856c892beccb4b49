"""What the function reads at its start, in Parameter Store: free, and encrypted where secret.

Secrets Manager would cost 0.40 dollars a month for each secret, and CloudFormation cannot make an
encrypted parameter; so secrets are made here, and replaced only by `rotate.py`.
"""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import asdict, dataclass
from typing import Any, Final

from backend.settings import listed
from backend.settings.secret_ids import secret_id
from infra.aws import Aws, found
from infra.errors import Refusal
from infra.screen import say

KEY_BYTES: Final = 32
SECRETS: Final = ("SIGNING_KEY", "LOOKUP_KEY", "ORIGIN_SECRET")
# Where it is not there, LOOKUP_KEY stands for it.
AUDIT_KEY: Final = "AUDIT_KEY"
# In the form that Standard Webhooks gives it; only needed where WEBHOOK_URL is set.
WEBHOOK_SECRET: Final = "WEBHOOK_SECRET"  # noqa: S105 - its name
DESCRIPTION: Final = "Replaced only by `python -m infra rotate`: accounts are found by LOOKUP_KEY."


@dataclass(frozen=True)
class Rotation:
    """How far the replacement of a secret came: the id of the new value, and when it became the
    first (seconds since 1970; 0: not yet).
    """

    new: str
    first_at: int = 0


def ensure_secrets(aws: Aws) -> None:
    """Makes the secrets where there are none; two at once agree on those of the first."""
    ssm, name = aws.here("ssm"), _name(aws, "secrets")
    if read_secrets(aws):
        return
    every = {secret: made(secret) for secret in (*SECRETS, AUDIT_KEY, WEBHOOK_SECRET)}
    kept = found(
        lambda: ssm.put_parameter(
            Name=name,
            Value=json.dumps(every),
            Type="SecureString",
            Overwrite=False,
            Description=DESCRIPTION,
        ),
        "ParameterAlreadyExists",
    )
    if kept:
        say(f"{name}: made; keep a copy of it in a safe place.")


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


def write_secrets(aws: Aws, kept: dict[str, str]) -> None:
    """Replaces them as a whole; nothing is written where nothing differs."""
    if kept == read_secrets(aws):
        return
    aws.here("ssm").put_parameter(
        Name=_name(aws, "secrets"),
        Value=json.dumps(kept),
        Type="SecureString",
        Overwrite=True,
        Description=DESCRIPTION,
    )


def secrets_version(aws: Aws) -> int:
    """Which version of the secrets is there."""
    answer = aws.here("ssm").get_parameter(Name=_name(aws, "secrets"))
    return int(answer["Parameter"]["Version"])


def made(name: str) -> str:
    """A new value of a secret."""
    if name == WEBHOOK_SECRET:
        return "whsec_" + base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    return secrets.token_hex(KEY_BYTES)


def values(kept: dict[str, str], name: str) -> list[str]:
    """The values of a secret, the one that makes first."""
    return [value.strip() for value in kept.get(name, "").split(",") if value.strip()]


def ids(kept: dict[str, str], name: str) -> list[str]:
    """By what their values are known, here and in `flask keys secrets`."""
    return [id_of(name, value) for value in values(kept, name)]


def id_of(name: str, value: str) -> str:
    entry = next(entry for _, entry in listed() if entry.name == name)
    [parsed] = entry.parse(value)
    return secret_id(parsed if isinstance(parsed, bytes) else parsed.encode())


def read_rotation(aws: Aws, secret: str) -> Rotation | None:
    name = _rotation(aws, secret)
    answer = found(lambda: aws.here("ssm").get_parameter(Name=name), "ParameterNotFound")
    if answer is None:
        return None
    noted: Any = _parsed(name, answer)
    return Rotation(**noted)


def note_rotation(aws: Aws, secret: str, noted: Rotation) -> None:
    value = json.dumps(asdict(noted))
    aws.here("ssm").put_parameter(
        Name=_rotation(aws, secret), Value=value, Type="String", Overwrite=True
    )


def forget_rotation(aws: Aws, secret: str) -> None:
    name = _rotation(aws, secret)
    found(lambda: aws.here("ssm").delete_parameter(Name=name), "ParameterNotFound")


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
    for secret in (*SECRETS, AUDIT_KEY, WEBHOOK_SECRET):
        forget_rotation(aws, secret)
    found(lambda: aws.here("ssm").delete_parameter(Name=_name(aws, "secrets")), "ParameterNotFound")


def _rotation(aws: Aws, secret: str) -> str:
    return _name(aws, f"rotation/{secret}")


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
