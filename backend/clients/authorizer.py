"""Lets in who is signed in at the account site: a Lambda authorizer for API Gateway.

Put this file and `pyjwt[crypto]` into a function of its own, with `authorizer.handler` as handler,
and set in its environment:

    ISSUER      https://accounts.example.com
    AUDIENCE    https://billing.example.com, as in TOKEN_AUDIENCES of the account site
    ROLES       accounting,audit: all that are needed; unset: anybody who is signed in

It takes what an HTTP API sends (payload 2.0, with simple responses) and what a REST API sends
(TOKEN and REQUEST). The token comes in the header `Authorization: Bearer …`. The service behind
finds `user_id`, `session_id` and `roles` in the authorizer's context. Keep answers cached for a
minute at most: so long somebody stays in after their token has ended.
"""

from __future__ import annotations

import json
import logging
import os
import time
import urllib.request
from dataclasses import dataclass
from functools import cache
from http.client import HTTPException
from threading import Lock
from typing import Any, Final

import jwt

logger = logging.getLogger(__name__)

# The keys are fetched again after FRESH_SECONDS or for a key that is not known, but never sooner
# than PAUSE_SECONDS after the last time. While the site is away, those at hand serve on for
# KEPT_SECONDS. A clock may be LEEWAY_SECONDS off.
FRESH_SECONDS: Final = 5 * 60
PAUSE_SECONDS: Final = 60
KEPT_SECONDS: Final = 60 * 60
LEEWAY_SECONDS: Final = 60
ANSWER_SECONDS: Final = 3.0
ANSWER_BYTES: Final = 64 * 1024
CLAIMS: Final = ("iss", "sub", "aud", "exp", "iat", "jti", "sid", "roles")


class Refused(Exception):
    """The token lets nobody in; the text says why."""


class KeysMissing(Exception):
    """No key is at hand and the site does not answer, so nobody can be let in."""


@dataclass(frozen=True)
class Caller:
    """Who is signed in at the account site."""

    user_id: str
    session_id: str
    roles: frozenset[str]


class PublishedKeys:
    """The keys at a URL, by their ids; one for all threads."""

    def __init__(self, url: str) -> None:
        self._url, self._lock = url, Lock()
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at = self._tried_at = float("-inf")

    def find(self, key_id: str) -> jwt.PyJWK | None:
        """None where no such key is published. Raises KeysMissing."""
        with self._lock:
            if key_id not in self._keys or self._age() >= FRESH_SECONDS:
                self._refresh()
            if self._age() >= KEPT_SECONDS:
                raise KeysMissing(self._url)
            return self._keys.get(key_id)

    def _age(self) -> float:
        return time.monotonic() - self._fetched_at

    def _refresh(self) -> None:
        now = time.monotonic()
        if now - self._tried_at < PAUSE_SECONDS:
            return
        self._tried_at = now
        try:
            self._keys = self._fetch()
        except (
            OSError,
            HTTPException,
            ValueError,
            LookupError,
            TypeError,
            jwt.PyJWTError,
        ) as error:
            logger.warning("%s cannot be read: %r", self._url, error)
        else:
            self._fetched_at = now

    def _fetch(self) -> dict[str, jwt.PyJWK]:
        with urllib.request.urlopen(self._url, timeout=ANSWER_SECONDS) as answer:  # noqa: S310
            published = json.loads(answer.read(ANSWER_BYTES))["keys"]
        return {
            key["kid"]: jwt.PyJWK(key, algorithm="ES256")
            for key in published
            if key["kty"] == "EC" and key["crv"] == "P-256"
        }


def check(token: str, keys: PublishedKeys, issuer: str, audience: str) -> Caller:
    """Whom the token is of. Raises Refused or KeysMissing."""
    try:
        key_id = jwt.get_unverified_header(token).get("kid")
        key = keys.find(key_id) if isinstance(key_id, str) else None
        if key is None:
            raise Refused("no such key is published")
        claims = jwt.decode(
            token,
            key,
            algorithms=["ES256"],
            issuer=issuer,
            audience=audience,
            leeway=LEEWAY_SECONDS,
            options={"require": list(CLAIMS), "strict_aud": True},
        )
    except jwt.PyJWTError as error:
        raise Refused(str(error)) from None
    return Caller(claims["sub"], claims["sid"], frozenset(claims["roles"]))


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """What API Gateway asks for: whether to go on, and who calls.

    Where the keys are missing it raises, which API Gateway answers with 500.
    """
    simple = event.get("version") == "2.0"
    try:
        caller = check(
            _token(event), _keys(os.environ["ISSUER"]), os.environ["ISSUER"], os.environ["AUDIENCE"]
        )
    except Refused as refused:
        logger.info("token refused: %s", refused)
        if simple:
            return {"isAuthorized": False}
        # The one sentence that a REST API answers with 401.
        raise Refused("Unauthorized") from None
    needed = {role for role in os.environ.get("ROLES", "").split(",") if role}
    allowed = needed <= caller.roles
    known = {
        "user_id": caller.user_id,
        "session_id": caller.session_id,
        "roles": ",".join(sorted(caller.roles)),
    }
    if simple:
        return {"isAuthorized": allowed, "context": known}
    return {
        "principalId": caller.user_id,
        "policyDocument": _policy(event.get("methodArn") or event["routeArn"], allowed=allowed),
        "context": known,
    }


def _token(event: dict[str, Any]) -> str:
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    given = event.get("authorizationToken") or headers.get("authorization", "")
    scheme, _, token = given.partition(" ")
    if scheme.lower() != "bearer":
        raise Refused("there is no token")
    return str(token.strip())


def _policy(called: str, *, allowed: bool) -> dict[str, Any]:
    """For all of the stage, since API Gateway keeps it for the token's next calls."""
    stage = "/".join(called.split("/")[:2])
    statement = {
        "Action": "execute-api:Invoke",
        "Effect": "Allow" if allowed else "Deny",
        "Resource": f"{stage}/*",
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


@cache
def _keys(issuer: str) -> PublishedKeys:
    return PublishedKeys(f"{issuer}/.well-known/jwks.json")
