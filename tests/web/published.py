"""The published keys, as another service has them."""

from __future__ import annotations

from typing import Any

import jwt

from tests.support import Browser


def published_keys(browser: Browser) -> list[dict[str, Any]]:
    answer = browser.get("/.well-known/jwks.json")
    assert answer.status_code == 200, answer.json
    keys: list[dict[str, Any]] = answer.json["keys"]
    return keys


def key_of(token: str) -> str:
    """The id of the key that signed the token."""
    return str(jwt.get_unverified_header(token)["kid"])
