"""Signature Version 4 (AWS IAM User Guide, "Create a signed AWS API request")."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

ALGORITHM: Final = "AWS4-HMAC-SHA256"


@dataclass(frozen=True)
class Credentials:
    access_key: str
    secret_key: str
    token: str | None = None


def signed(
    credentials: Credentials,
    *,
    region: str,
    service: str,
    host: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes,
    at: float,
) -> dict[str, str]:
    """The headers of a POST with its signature among them; `at` is in seconds since 1970.

    Names in `headers` are in lower case; the path needs no encoding.
    """
    moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at))
    covered = {**headers, "host": host, "x-amz-date": moment}
    if credentials.token:
        covered["x-amz-security-token"] = credentials.token
    names = sorted(covered)
    canonical = "\n".join(
        [
            "POST",
            path,
            "",
            *(f"{name}:{covered[name]}" for name in names),
            "",
            ";".join(names),
            hashlib.sha256(body).hexdigest(),
        ]
    )
    scope = f"{moment[:8]}/{region}/{service}/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    key = _key(credentials.secret_key, moment[:8], region, service)
    text = f"{ALGORITHM}\n{moment}\n{scope}\n{digest}"
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    covered["authorization"] = (
        f"{ALGORITHM} Credential={credentials.access_key}/{scope}, "
        f"SignedHeaders={';'.join(names)}, Signature={signature}"
    )
    del covered["host"]  # which the connection sends
    return covered


@lru_cache(maxsize=8)
def _key(secret: str, day: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
