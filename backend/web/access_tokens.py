"""Tokens for other services, and the keys that these check them by."""

from __future__ import annotations

from flask import Blueprint, Response

from backend.accounts import access_tokens, token_keys
from backend.web.access_token_schemas import PublicKeys, TokenAnswer, TokenBody
from backend.web.answers import answer, rfc3339
from backend.web.operation import Authenticated, Operation, context, operation

blueprint = Blueprint("access_tokens", __name__)


@blueprint.post("/api/v1/tokens")
@operation(
    Operation(
        "Have a token that tells another service who is signed in, for 5 minutes",
        201,
        TokenAnswer,
        body=TokenBody,
        session=True,
        two_factors=True,
    )
)
def issue(authenticated: Authenticated, body: TokenBody) -> Response:
    made = access_tokens.issue(context(), authenticated.session, authenticated.user, body.audience)
    return answer(201, {"token": made.text, "expires_at": rfc3339(made.expires_at)})


@blueprint.get("/.well-known/jwks.json")
@operation(Operation("The keys that tokens are checked by", 200, PublicKeys))
def published_keys() -> Response:
    found = answer(200, {"keys": [key.jwk for key in token_keys.published(context()).keys]})
    found.cache_control.public = True
    found.cache_control.max_age = token_keys.PUBLISHED_SECONDS
    return found
