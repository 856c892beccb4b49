"""Whom the ready checks let in: in Flask and before an API, who the site has signed for."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt import PyJWK

from backend.accounts import token_keys
from tests.clients.doors import Door, each_kind
from tests.clients.fixtures import AccountSite

pytestmark = each_kind


def encoded(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def test_who_is_signed_in_comes_in(
    kind: str, accounts: AccountSite, make: Callable[..., Door]
) -> None:
    assert make(kind)(accounts.token()) == "in"
    assert make(kind, "accounting")(accounts.token()) == "in"


def test_a_role_that_is_missing_keeps_out(
    kind: str, accounts: AccountSite, make: Callable[..., Door]
) -> None:
    assert make(kind, "accounting", "audit")(accounts.token()) == "role missing"
    assert make(kind, "account")(accounts.token()) == "role missing"


@pytest.mark.parametrize("token", [None, "", "a.b.c", "nonsense"])
def test_what_is_no_token_keeps_out(
    kind: str, token: str | None, make: Callable[..., Door]
) -> None:
    assert make(kind)(token) == "refused"


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": None},
        {"aud": "https://another.example.com"},
        {"aud": ["https://billing.example.com", "https://another.example.com"]},
        {"aud": None},
        {"iss": "https://another.example.com"},
        {"iss": None},
        {"sub": None},
        {"roles": None},
        {"kid": "an unknown key"},
        {"kid": ""},
        {"kid": "../../etc/passwd"},
        {"kid": "https://evil.example.com/.well-known/jwks.json"},
        {"kid": None},
    ],
    ids=str,
)
def test_a_token_that_is_not_for_this_service_now_keeps_out(
    kind: str, changes: dict[str, object], accounts: AccountSite, make: Callable[..., Door]
) -> None:
    door = make(kind)
    assert door(accounts.signed()) == "in"
    assert door(accounts.signed(**changes)) == "refused"


def test_a_token_is_good_in_its_time_give_or_take_a_minute(
    kind: str, accounts: AccountSite, make: Callable[..., Door]
) -> None:
    """The minute is for clocks that are not quite right."""
    door, now = make(kind), int(time.time())
    assert door(accounts.signed(iat=now - 330, exp=now - 30)) == "in"
    assert door(accounts.signed(iat=now - 370, exp=now - 70)) == "refused"
    assert door(accounts.signed(iat=now + 100, exp=now + 400)) == "refused"


def test_a_signature_with_the_public_key_as_secret_keeps_out(
    kind: str, accounts: AccountSite, make: Callable[..., Door]
) -> None:
    door = make(kind)
    public = PyJWK(token_keys.signing(accounts.site.context).jwk).key
    pem = public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    header, claims, _ = accounts.token().split(".")
    forged = {"alg": "HS256", "typ": "JWT", "kid": token_keys.signing(accounts.site.context).id}
    signed = f"{encoded(forged)}.{claims}"
    digest = hmac.digest(pem, signed.encode(), hashlib.sha256)
    tag = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    assert header != encoded(forged)
    assert door(f"{signed}.{tag}") == "refused"


def test_no_signature_keeps_out(
    kind: str, accounts: AccountSite, make: Callable[..., Door]
) -> None:
    door, (header, claims, tag) = make(kind), accounts.token().split(".")
    key_id = token_keys.signing(accounts.site.context).id
    for algorithm in ("none", "None", "NONE", ""):
        unsigned = encoded({"alg": algorithm, "typ": "JWT", "kid": key_id})
        assert door(f"{unsigned}.{claims}.") == "refused"
        assert door(f"{unsigned}.{claims}.{tag}") == "refused"
    assert door(f"{header}.{claims}.") == "refused"


def test_a_signature_of_somebody_elses_key_keeps_out(
    kind: str, accounts: AccountSite, make: Callable[..., Door]
) -> None:
    door, stranger = make(kind), ec.generate_private_key(ec.SECP256R1())
    assert door(accounts.signed(key=stranger)) == "refused"


def test_a_key_that_a_token_brings_along_counts_for_nothing(
    kind: str, accounts: AccountSite, make: Callable[..., Door]
) -> None:
    stranger = ec.generate_private_key(ec.SECP256R1())
    brought = accounts.signed(key=stranger, kid=token_keys.signing(accounts.site.context).id)
    assert make(kind)(brought) == "refused"


def test_altered_claims_keep_out(
    kind: str, accounts: AccountSite, make: Callable[..., Door]
) -> None:
    header, claims, tag = accounts.token().split(".")
    read = json.loads(base64.urlsafe_b64decode(claims + "=="))
    altered = encoded({**read, "roles": ["accounting", "admin"]})
    assert make(kind)(f"{header}.{altered}.{tag}") == "refused"
