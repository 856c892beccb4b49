"""What the bodies of recovery and change hold, and what is answered."""

from __future__ import annotations

from typing import Annotated, Any, NotRequired, cast

from pydantic import Field, WithJsonSchema
from typing_extensions import TypedDict

from backend.web.schemas import Body, NewPasswordMember, TextMember, Time


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


class TokenBody(Body):
    token: TextMember


class NothingAnswer(TypedDict):
    """An object without members."""


class EmailChangeAnswer(TypedDict):
    expires_at: Time
    mail: NotRequired[
        Annotated[
            str,
            WithJsonSchema(
                {
                    "const": "not_sent",
                    "description": "Only where the mail could not be sent: begin again.",
                }
            ),
        ]
    ]


class EmailChangeEnvelope(TypedDict):
    email_change: EmailChangeAnswer
