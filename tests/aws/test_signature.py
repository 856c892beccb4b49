"""Our signature is the SDK's, for anything that may be signed."""

from __future__ import annotations

from datetime import UTC, datetime
from unittest.mock import patch

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as SdkCredentials
from hypothesis import given
from hypothesis import strategies as st

from backend.aws.signature import Credentials, signed

TEXTS = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1)
AT = datetime(2026, 5, 1, 12, 30, 59, tzinfo=UTC)


def by_the_sdk(
    credentials: Credentials, region: str, service: str, headers: dict[str, str], body: bytes
) -> str:
    request = AWSRequest("POST", f"https://host.example.com{PATH}", headers=headers, data=body)
    keys = SdkCredentials(credentials.access_key, credentials.secret_key, credentials.token)
    with patch.object(botocore.auth, "get_current_datetime", lambda: AT.replace(tzinfo=None)):
        botocore.auth.SigV4Auth(keys, service, region).add_auth(request)
    return str(request.headers["Authorization"])


PATH = "/v2/email/outbound-emails"


@given(st.builds(Credentials, TEXTS, TEXTS, st.none() | TEXTS), TEXTS, TEXTS, TEXTS, st.binary())
def test_a_request_is_signed_as_by_the_sdk(
    credentials: Credentials, region: str, service: str, target: str, body: bytes
) -> None:
    headers = {"content-type": "application/x-amz-json-1.0", "x-amz-target": target}
    ours = signed(
        credentials,
        region=region,
        service=service,
        host="host.example.com",
        path=PATH,
        headers=headers,
        body=body,
        at=AT.timestamp(),
    )
    assert ours["authorization"] == by_the_sdk(credentials, region, service, headers, body)
    assert ours.get("x-amz-security-token") == credentials.token
