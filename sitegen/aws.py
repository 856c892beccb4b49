"""AWS as an operator meets it: how long to try, and what to say when it refuses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal
from uuid import uuid4

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    PartialCredentialsError,
)

# CloudFront is everywhere; its API and the certificates that it takes are here.
EDGE_REGION: Final = "us-east-1"
PATIENT: Final = Config(
    retries={"mode": "standard", "total_max_attempts": 5}, connect_timeout=5, read_timeout=20
)

ADVICE: Final = {
    "AccessDenied": "use credentials that may do this",
    "AccessDeniedException": "use credentials that may do this",
    "ExpiredToken": "sign in to AWS again",
    "InvalidAccessKeyId": "use credentials that are in force",
    "InvalidClientTokenId": "use credentials that are in force",
    "NoSuchBucket": "run `python -m infra deploy` first, or correct --bucket",
    "NoSuchDistribution": "correct --distribution",
    "SignatureDoesNotMatch": "correct the secret access key",
}


def client(service: Literal["cloudformation", "cloudfront", "s3"], region: str) -> Any:
    return boto3.client(service, region_name=region, config=PATIENT)


def invalidate(distribution: str, paths: Sequence[str]) -> None:
    """Makes CloudFront ask for the paths anew; it takes some seconds to reach every edge."""
    client("cloudfront", EDGE_REGION).create_invalidation(
        DistributionId=distribution,
        InvalidationBatch={
            "CallerReference": uuid4().hex,
            "Paths": {"Quantity": len(paths), "Items": list(paths)},
        },
    )


def output(stack: str, name: str, region: str) -> str | None:
    """An output of a stack; None while that does not stand."""
    try:
        answer = client("cloudformation", region).describe_stacks(StackName=stack)
    except ClientError as error:
        if "does not exist" in error.response["Error"].get("Message", ""):
            return None
        raise
    outputs = answer["Stacks"][0].get("Outputs", [])
    return next((o["OutputValue"] for o in outputs if o["OutputKey"] == name), None)


def sentence(error: BotoCoreError | ClientError) -> str:
    """What went wrong, and what to do about it where that is known."""
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return "There are no AWS credentials; sign in, or set AWS_PROFILE or AWS_ACCESS_KEY_ID."
    if isinstance(error, EndpointConnectionError):
        return f"{str(error).rstrip('.')}; check the network, and the region in stages.toml."
    if isinstance(error, ClientError):
        return _refusal(error)
    return f"{str(error).rstrip('.')}."


def _refusal(error: ClientError) -> str:
    told = error.response["Error"]
    code, message = told.get("Code", "an error"), told.get("Message", "").rstrip(".")
    advice = ADVICE.get(code)
    said = f"AWS refused {error.operation_name}: {code}, {message}"
    return f"{said}; {advice}." if advice else f"{said}."
