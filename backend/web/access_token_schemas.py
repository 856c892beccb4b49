"""What a call for a token holds, and what it and the published keys give."""

from __future__ import annotations

from typing import Annotated, ClassVar, cast

from pydantic import Field, WithJsonSchema
from typing_extensions import TypedDict

from backend.web.schemas import Body, TextMember, Time, without_default


class TokenBody(Body):
    needed: ClassVar[bool] = False

    # Not to be null, but may be left out.
    audience: TextMember = Field(default=cast("str", None), json_schema_extra=without_default)


class TokenAnswer(TypedDict):
    token: Annotated[
        str,
        WithJsonSchema({"type": "string", "description": "A JWT (RFC 7519), signed with ES256."}),
    ]
    expires_at: Time


class PublicKey(TypedDict):
    """RFC 7517."""

    kid: str
    kty: str
    crv: str
    x: str
    y: str
    use: str
    alg: str


class PublicKeys(TypedDict):
    keys: list[PublicKey]
