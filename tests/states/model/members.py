"""Which values of a body's members are refused; the rest is judged elsewhere (tests/web)."""

from __future__ import annotations

from typing import Any

from tests.states.model.expected import Invalid

BAD_USERNAME, RESERVED_USERNAME = "-", "admin"
BAD_ADDRESS = "ann at example"
SHORT_PASSWORD, COMMON_PASSWORD = "too short", "passwordpassword"
REFUSED = {
    ("username", BAD_USERNAME): "username_invalid",
    ("username", RESERVED_USERNAME): "username_reserved",
    ("email", BAD_ADDRESS): "email_invalid",
    ("password", SHORT_PASSWORD): "password_too_short",
    ("password", COMMON_PASSWORD): "password_compromised",
}


def judge(body: dict[str, Any]) -> None:
    """Raises Invalid for what is not allowed, in the order of the schema."""
    order = ("username", "email", "password")
    found = [(name, REFUSED.get((name, body[name]))) for name in order if name in body]
    errors = [(f"/{name}", code) for name, code in found if code]
    if errors:
        raise Invalid(*errors)
