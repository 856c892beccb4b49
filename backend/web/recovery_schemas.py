"""What the bodies of recovery and change hold, and what is answered."""

from __future__ import annotations

from typing import Any, cast

from pydantic import Field
from typing_extensions import TypedDict

from backend.web.schemas import Body, NewPasswordMember, TextMember


class ResetBody(Body):
    token: TextMember
    password: NewPasswordMember


def _described(schema: dict[str, Any]) -> None:
    del schema["default"]
    schema["description"] = (
        "Needed where there is a password. Where there is none, leave it out: a recent proof "
        "(`POST /api/v1/sessions/current/step-up`) takes its place."
    )


class PasswordChangeBody(Body):
    # Not to be null, but may be left out.
    current_password: TextMember = Field(default=cast("str", None), json_schema_extra=_described)
    password: NewPasswordMember


class NothingAnswer(TypedDict):
    """An object without members."""
