"""The connection to DynamoDB, with limits that fit a web request."""

from __future__ import annotations

from typing import Any, Final

from backend.aws import place
from backend.aws.service import Service
from backend.aws.signature import Credentials
from backend.settings import SettingError

VERSION: Final = "DynamoDB_20120810"
LOCAL: Final = Credentials("local", "local")


class Client:
    """DynamoDB by the names of its operations."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def call(self, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Raises Refused or NoAnswer."""
        headers = {
            "content-type": "application/x-amz-json-1.0",
            "x-amz-target": f"{VERSION}.{operation}",
        }
        return self._service.call("/", headers, asked)


def connect(endpoint_url: str, *, local: bool) -> Client:
    """A client of the engine at the address, or of the region's DynamoDB.

    A local engine takes any credentials; production's come from where the SDK finds them.
    """
    try:
        region = "us-east-1" if local else place.region()
        credentials = (lambda: LOCAL) if local else place.credentials()
    except place.NoRegion:
        raise SettingError("AWS_REGION must name the region of the tables.") from None
    endpoint = endpoint_url or place.endpoint("dynamodb", "DYNAMODB", region)
    return Client(Service(endpoint, service="dynamodb", region=region, credentials=credentials))
