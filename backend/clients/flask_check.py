"""Lets in who is signed in at the account site: copy this file into your Flask service.

    accounts = Accounts("https://accounts.example.com", audience="https://billing.example.com")

    @app.get("/invoices")
    @accounts.signed_in("accounting")   # the roles that are needed; none: anybody who is signed in
    def invoices():
        return invoices_of(g.caller.user_id)

It needs `pip install flask "pyjwt[crypto]"`. Each call brings a token in the header
`Authorization: Bearer …`, which the page has from `POST /api/v1/tokens` at the account site.
"""

from __future__ import annotations

import json
import logging
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from http.client import HTTPException
from threading import Lock
from typing import Any, Final, TypeVar

import jwt
from flask import Response, g, request

logger = logging.getLogger(__name__)

View = TypeVar("View", bound=Callable[..., Any])

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


class Accounts:
    """The account site, and under which name this service is known there (TOKEN_AUDIENCES)."""

    def __init__(self, issuer: str, audience: str, keys: PublishedKeys | None = None) -> None:
        self._issuer, self._audience = issuer, audience
        self._keys = keys or PublishedKeys(f"{issuer}/.well-known/jwks.json")

    def signed_in(self, *roles: str) -> Callable[[View], View]:
        """Before a view: `g.caller` is who calls, who has all of these roles."""

        def decorate(view: View) -> View:
            @wraps(view)
            def checked(*arguments: Any, **named: Any) -> Any:
                refusal = self._refusal(frozenset(roles))
                return refusal or view(*arguments, **named)

            return checked  # type: ignore[return-value]

        return decorate

    def _refusal(self, roles: frozenset[str]) -> Response | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return _problem(401, "A token is needed", "Bearer")
        try:
            g.caller = check(token.strip(), self._keys, self._issuer, self._audience)
        except Refused as refused:
            logger.info("token refused: %s", refused)
            return _problem(401, "The token is not good", 'Bearer error="invalid_token"')
        except KeysMissing:
            return _problem(503, "Tokens cannot be checked at this moment")
        if not roles <= g.caller.roles:
            return _problem(403, "The role is missing", 'Bearer error="insufficient_scope"')
        return None


def _problem(status: int, title: str, challenge: str = "") -> Response:
    body = json.dumps({"title": title, "status": status})
    answer = Response(body, status, content_type="application/problem+json")
    if challenge:
        answer.headers["WWW-Authenticate"] = challenge
    if status == 503:  # noqa: PLR2004
        answer.headers["Retry-After"] = str(PAUSE_SECONDS)
    return answer
