"""Where a service answers and who asks: from Lambda's environment, else from the SDK's sources."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from backend.aws.signature import Credentials


class NoRegion(Exception):
    """Nothing says which region is meant."""


class NoCredentials(Exception):
    """Nothing says who asks."""


def region() -> str:
    """Raises NoRegion."""
    found = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    session = None if found else _session()
    found = found or (session and session.region_name)
    if not found:
        raise NoRegion
    return str(found)


def endpoint(service: str, name: str, where: str) -> str:
    """The address of a service; `name` is what the environment calls it (AWS_ENDPOINT_URL_NAME)."""
    given = os.environ.get(f"AWS_ENDPOINT_URL_{name}") or os.environ.get("AWS_ENDPOINT_URL")
    suffix = "amazonaws.com.cn" if where.startswith("cn-") else "amazonaws.com"
    return (given or f"https://{service}.{where}.{suffix}").rstrip("/")


def credentials() -> Callable[[], Credentials]:
    """What gives the credentials of now. Lambda's stand in the environment as long as it lives."""
    if "AWS_ACCESS_KEY_ID" in os.environ:
        given = Credentials(
            os.environ["AWS_ACCESS_KEY_ID"],
            os.environ["AWS_SECRET_ACCESS_KEY"],
            os.environ.get("AWS_SESSION_TOKEN"),
        )
        return lambda: given
    session = _session()
    source = session and session.get_credentials()
    if not source:
        raise NoCredentials

    def current() -> Credentials:
        frozen = source.get_frozen_credentials()
        return Credentials(frozen.access_key, frozen.secret_key, frozen.token)

    return current


def _session() -> Any:
    """The SDK's: profiles and single sign-on are an operator's. Lambda has neither it nor them."""
    try:
        import boto3  # noqa: PLC0415
    except ImportError:
        return None
    return boto3.Session()
