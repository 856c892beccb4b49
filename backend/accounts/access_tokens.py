"""Tokens that tell another service who is signed in (RFC 7519), good for minutes.

A service checks them by the published keys alone, and so learns late, at the token's end, that a
session was ended.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from backend.accounts import token_keys
from backend.accounts.context import Context
from backend.accounts.errors import Invalid
from backend.accounts.ids import new_id
from backend.accounts.token_keys import TOKEN_SECONDS
from backend.storage.sessions import Session
from backend.storage.users import User

ALGORITHM: Final = "ES256"


@dataclass(frozen=True)
class AccessToken:
    """`expires_at` is in seconds since 1970."""

    text: str
    expires_at: int


def issue(context: Context, session: Session, user: User, audience: str | None) -> AccessToken:
    """A token for one service; where none is named, for the first of the settings.

    Raises Invalid for an audience that the settings do not have.
    """
    import jwt  # noqa: PLC0415 - few calls need it

    settings, now = context.settings, context.now()
    audience = audience or settings.audiences[0]
    if audience not in settings.audiences:
        raise Invalid.at("/audience", "audience_invalid")
    key = token_keys.signing(context)
    claims = {
        "iss": settings.site_url,
        "sub": user.id,
        "aud": audience,
        "exp": now + TOKEN_SECONDS,
        "iat": now,
        "jti": new_id(),
        "sid": session.id,
        "roles": list(user.roles),
    }
    private = token_keys.private_pem(context, key)
    text = jwt.encode(claims, private, ALGORITHM, headers={"kid": key.id})
    return AccessToken(text, now + TOKEN_SECONDS)
