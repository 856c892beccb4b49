"""Where a service answers and who asks: from Lambda's environment, else from the SDK's sources."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cached_property
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
    """What gives the credentials of now, or raises NoCredentials; nobody is asked before a call."""
    return _given if "AWS_ACCESS_KEY_ID" in os.environ else _Sources()


def _given() -> Credentials:
    """Lambda's, which stand in the environment as long as it lives."""
    return Credentials(
        os.environ["AWS_ACCESS_KEY_ID"],
        os.environ["AWS_SECRET_ACCESS_KEY"],
        os.environ.get("AWS_SESSION_TOKEN"),
    )


class _Sources:
    """The SDK's sources, which renew what they gave when it is about to end."""

    @cached_property
    def _source(self) -> Any:
        session = _session()
        return session and session.get_credentials()

    def __call__(self) -> Credentials:
        if not self._source:
            raise NoCredentials
        frozen = self._source.get_frozen_credentials()
        return Credentials(frozen.access_key, frozen.secret_key, frozen.token)


def _session() -> Any:
    """The SDK's: profiles and single sign-on are an operator's. Lambda has neither it nor them."""
    try:
        import boto3  # noqa: PLC0415
    except ImportError:
        return None
    return boto3.Session()
