"""The AWS account that the credentials open, and its refusals as sentences."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)

from infra.errors import Refusal
from infra.stages import EDGE_REGION, Stage

NO_CREDENTIALS: Final = (
    "There are no AWS credentials; sign in with `aws sso login` or `aws configure`, set "
    "AWS_PROFILE if it is not the default, and try again."
)
EXPIRED: Final = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
UNKNOWN_KEY: Final = {
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "SignatureDoesNotMatch",
    "AuthFailure",
    "InvalidAccessKeyId",
}
# Said with a code that stands for unknown keys as well.
SKEWED: Final = ("Signature expired", "Signature not yet current")
DENIED: Final = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
THROTTLED: Final = {"Throttling", "ThrottlingException", "TooManyRequestsException"}


@dataclass(frozen=True)
class Aws:
    """Clients for one stage: `here` in its region, `edge` where CloudFront's parts are."""

    stage: Stage
    session: boto3.Session

    def here(self, service: str) -> Any:
        return self._client(service, self.stage.region)

    def edge(self, service: str) -> Any:
        return self._client(service, EDGE_REGION)

    def _client(self, service: str, region: str) -> Any:
        retries = Config(retries={"mode": "standard", "total_max_attempts": 5}, connect_timeout=10)
        # By a name that is not a literal: the stubs know only the services of the backend.
        return self.session.client(service, region_name=region, config=retries)  # type: ignore[call-overload]


def connect(stage: Stage) -> Aws:
    """Raises Refusal for a region that there is not."""
    try:
        session = boto3.Session()
    except BotoCoreError as error:
        raise Refusal(explain(error)) from None
    known = session.get_available_regions("dynamodb")
    if stage.region not in known:
        raise Refusal(
            f"region of [{stage.name}] is {stage.region!r}, which AWS does not have; "
            f"near you may be {_like(stage.region, known)}."
        )
    return Aws(stage, session)


def emulator() -> str | None:
    """The address of an emulator, if one stands for AWS."""
    return os.environ.get("AWS_ENDPOINT_URL", "").rstrip("/") or None


def code(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])


def message(error: ClientError) -> str:
    return str(error.response["Error"]["Message"]).rstrip(". ")


def found(call: Callable[[], Any], *missing: str) -> Any | None:
    """What the call answers; None where AWS says with one of these codes that it is not there."""
    try:
        return call()
    except ClientError as error:
        if code(error) in missing:
            return None
        raise


def explain(error: BotoCoreError | ClientError) -> str:
    """What went wrong and the way out, in one sentence."""
    if isinstance(error, ClientError):
        return _explain_answer(error)
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return NO_CREDENTIALS
    if isinstance(error, ProfileNotFound):
        return f"{error}; set AWS_PROFILE to one that `aws configure list-profiles` shows."
    if isinstance(error, UnauthorizedSSOTokenError | TokenRetrievalError):
        return "The sign-in to AWS has ended; run `aws sso login` and try again."
    if isinstance(error, EndpointConnectionError | ConnectTimeoutError):
        return f"{error}; check the network and the stage's region, and try again."
    return f"AWS could not be called: {error}."


def _explain_answer(error: ClientError) -> str:
    kind, said = code(error), message(error)
    if kind == "RequestTimeTooSkewed" or any(words in said for words in SKEWED):
        return "This machine's clock is off, and AWS refuses what it signs; set it by NTP."
    if kind in EXPIRED:
        return "The AWS credentials have expired; sign in again and run the same command."
    if kind in UNKNOWN_KEY:
        return "AWS does not know these credentials; check AWS_PROFILE, then sign in again."
    if kind in DENIED:
        return f"{said}; ask for this permission or use a profile that has it."
    if kind in THROTTLED:
        return f"AWS is busy with this account ({error.operation_name}); try again in a minute."
    return f"AWS refused {error.operation_name}: {said} ({kind})."


def _like(region: str, known: list[str]) -> str:
    area = region.partition("-")[0]
    return ", ".join([one for one in known if one.startswith(area)][:6] or known[:6])
