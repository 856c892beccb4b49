"""JWT: tokens that the site never signed, at each of the ready checks that services copy.

The first and plainest of them stand in tests/clients/test_tokens.py.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from jwt import PyJWK

from backend.accounts import token_keys
from tests.clients.doors import Clock, Door, each_kind
from tests.clients.fixtures import AccountSite
from tests.tally import Tried

pytestmark = each_kind

# The order of P-256.
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
BYTES = serialization.Encoding, serialization.PublicFormat
HUGE = 10**400


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def part(value: object) -> str:
    return encoded(json.dumps(value).encode())


def raw_signature(token: str) -> tuple[int, int]:
    raw = base64.urlsafe_b64decode(token.split(".")[2] + "==")
    return int.from_bytes(raw[:32]), int.from_bytes(raw[32:])


def with_signature(token: str, r: int, s: int) -> str:
    header, claims, _ = token.split(".")
    return f"{header}.{claims}.{encoded(r.to_bytes(32) + s.to_bytes(32))}"


def other_algorithms(accounts: AccountSite) -> Iterator[str]:
    """The name alone, with the real signature, and an HMAC with all that is public as its key."""
    key = token_keys.signing(accounts.site.context)
    _, claims, tag = accounts.token().split(".")
    names = [
        "none",
        "nOnE",
        "es256",
        "ES256 ",
        "ES256K",
        "ES384",
        "RS256",
        "PS256",
        "EdDSA",
        "HS512",
    ]
    for name in [*names, None, 0, ["ES256"], {"alg": "ES256"}]:
        header = part({"alg": name, "typ": "JWT", "kid": key.id})
        yield f"{header}.{claims}.{tag}"
        yield f"{header}.{claims}."
    public = PyJWK(key.jwk).key
    encoding, form = BYTES
    pem = public.public_bytes(encoding.PEM, form.SubjectPublicKeyInfo)
    der = public.public_bytes(encoding.DER, form.SubjectPublicKeyInfo)
    point = public.public_bytes(encoding.X962, form.UncompressedPoint)
    texts = [json.dumps(key.jwk), key.jwk["x"], key.id, ""]
    for secret in [pem, pem.strip(), der, point, *(text.encode() for text in texts)]:
        for name, digest in (("HS256", hashlib.sha256), ("HS384", hashlib.sha384)):
            signed = f"{part({'alg': name, 'kid': key.id})}.{claims}"
            yield f"{signed}.{encoded(hmac.digest(secret, signed.encode(), digest))}"


def keys_brought_along(accounts: AccountSite) -> Iterator[str]:
    """Headers that say by which key to check, and ids that lead elsewhere."""
    own = ec.generate_private_key(ec.SECP256R1())
    jwk = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(own.public_key()))
    known = token_keys.signing(accounts.site.context).id
    claims = jwt.decode(accounts.token(), options={"verify_signature": False})
    url = f"{accounts.url}/nothing"
    for more in (
        *[{"jwk": jwk}, {"jku": url}, {"x5u": url}, {"x5c": ["MIIB"]}, {"x5t": "x"}],
        *[{"jwk": {**jwk, "kid": known}}, {"jku": "file:///etc/passwd"}, {"jku": "data:,{}"}],
    ):
        for kid in (known, "own"):
            yield jwt.encode(claims, own, "ES256", headers={**more, "kid": kid})
    ids = [
        "/dev/null",
        "../../../dev/null",
        "' OR 1=1 --",
        f"{known}\0",
        f" {known}",
        known.upper(),
    ]
    for kid in [*ids, "a" * 5000, "keys", "__class__", url]:
        yield jwt.encode(claims, own, "ES256", headers={"kid": kid})
        yield accounts.signed(kid=kid)
    real, body, tag = accounts.token().split(".")
    for kid in [None, 0, True, [known], {"kid": known}, [], ""]:
        header = {**json.loads(base64.urlsafe_b64decode(real + "==")), "kid": kid}
        yield f"{part(header)}.{body}.{tag}"
    other = ed25519.Ed25519PrivateKey.generate()
    yield jwt.encode(claims, other, "EdDSA", headers={"kid": known})


def odd_headers(accounts: AccountSite) -> Iterator[str]:
    """Signed by the site's own key, with what changes how a token is read."""
    key = token_keys.signing(accounts.site.context)
    private = token_keys.private_pem(accounts.site.context, key)
    claims = jwt.decode(accounts.token(), options={"verify_signature": False})
    for more in ({"crit": ["x"], "x": 1}, {"crit": ["exp"], "exp": HUGE}, {"b64": False}):
        yield jwt.encode(claims, private, "ES256", headers={"kid": key.id, **more})


def signatures(accounts: AccountSite) -> Iterator[str]:
    """Of no key at all (CVE-2022-21449), of the wrong length, in another form."""
    token = accounts.token()
    r, s = raw_signature(token)
    pairs = [(0, 0), (0, s), (r, 0), (r, ORDER), (ORDER, s), (s, r), (1, 1), (r, (s + 1) % ORDER)]
    for pair in pairs:
        yield with_signature(token, *pair)
    if s + ORDER < 2**256:
        yield with_signature(token, r, s + ORDER)
    header, claims, tag = token.split(".")
    raw = base64.urlsafe_b64decode(tag + "==")
    for wrong in (b"", raw[:63], raw + b"\0", b"\0" + raw, raw[:32], raw * 2, bytes(64)):
        yield f"{header}.{claims}.{encoded(wrong)}"
    yield f"{header}.{claims}.{encoded(encode_dss_signature(r, s))}"


def wrappings(accounts: AccountSite) -> Iterator[str]:
    """Other forms of the same, and texts that are too deep, too long or not text."""
    token = accounts.token()
    header, claims, tag = token.split(".")
    yield from (f"{token}.", f".{token}", f"{token}.{tag}", f"{header}.{claims}", f"{claims}.{tag}")
    yield from (f"{header}.{claims}{tag}", f"{header}..{tag}", f"..{tag}", "..", "....")
    yield json.dumps({"protected": header, "payload": claims, "signature": tag})
    yield f"{header}.{token}.{tag}"
    for text in (
        b"[" * 5000,
        b'{"a":' * 3000,
        b"\xff\xfe",
        b"null",
        b"[]",
        b'"x"',
        b"{}",
        b"9" * 5000,
    ):
        yield f"{encoded(text)}.{claims}.{tag}"
        yield f"{header}.{encoded(text)}.{tag}"


def other_claims(accounts: AccountSite) -> Iterator[str]:
    """As only the site could sign them, and as it does not."""
    now, audience = int(time.time()), "https://billing.example.com"
    for wrong in (now - 61, -1, 0, str(now - 100), [now + 300], {}, True):
        yield accounts.signed(exp=wrong)
    yield accounts.signed(nbf=now + 3600)
    yield accounts.signed(nbf="tomorrow")
    yield accounts.signed(iat=now + 3600)
    site = accounts.url
    for issuer in (f"{site}/", site.upper(), f"{site}.evil.example", site[:-1], ""):
        yield accounts.signed(iss=issuer)
    for wrong in (f"{audience}/", audience.upper(), audience[:-1], [audience], {audience: 1}, site):
        yield accounts.signed(aud=wrong)
    for name in ("iss", "sub", "aud", "exp", "iat", "jti", "sid", "roles"):
        yield accounts.signed(**{name: None})
    real, claims, tag = accounts.token().split(".")
    read = json.loads(base64.urlsafe_b64decode(claims + "=="))
    for changes in ({"sub": "x"}, {"roles": ["admin"]}, {"exp": HUGE}, {"aud": [audience]}):
        yield f"{real}.{part({**read, **changes})}.{tag}"


def other_proofs(accounts: AccountSite) -> Iterator[str]:
    session = accounts.browser.client.get_cookie("session", domain="127.0.0.1")
    assert session
    yield session.value
    yield str(accounts.browser.get("users/me").json["id"])
    yield str(accounts.browser.post("passkeys/authentication-options").json["challenge"])


Forge = Callable[[AccountSite], Iterator[str]]
FORGERIES: list[Forge] = [
    *[other_algorithms, keys_brought_along, odd_headers, signatures],
    *[wrappings, other_claims, other_proofs],
]


def test_no_forged_token_lets_anybody_in(
    kind: str, accounts: AccountSite, make: Callable[..., Door], tried: Tried
) -> None:
    door = make(kind)
    assert door(accounts.token()) == "in"
    fetches = accounts.fetches
    for forge in FORGERIES:
        forged = list(forge(accounts))
        tried("attack", len(forged))
        for token in forged:
            assert door(token) == "refused", (forge.__name__, token)
    # No header made the check ask anywhere, nor ask again and again.
    assert accounts.fetches == fetches


def test_the_other_signature_of_a_token_is_the_same_token(
    kind: str, accounts: AccountSite, make: Callable[..., Door]
) -> None:
    """Whoever has a token can write its signature in a second way (r, n - s), which gains nothing:
    who it is of and when it ends are signed. So no service may know a token again by its text.
    """
    door, token = make(kind, "accounting"), accounts.token()
    r, s = raw_signature(token)
    assert door(with_signature(token, r, ORDER - s)) == "in"
    ended = accounts.signed(exp=int(time.time()) - 61)
    r, s = raw_signature(ended)
    assert door(with_signature(ended, r, ORDER - s)) == "refused"


def test_a_key_is_worth_nothing_after_the_rotation_that_follows_its_own(
    kind: str, accounts: AccountSite, make: Callable[..., Door], clock: Clock
) -> None:
    """Be it that it leaks then: what it signs ends late by its own word."""
    door = make(kind)
    key = token_keys.signing(accounts.site.context)
    private = token_keys.private_pem(accounts.site.context, key)
    late = accounts.signed(key=private, kid=key.id, exp=int(time.time()) + 86400)
    assert door(late) == "in"
    for _ in range(2):
        accounts.rotate()
        accounts.site.clock.advance(minutes=58)
        clock.advance(18 * 60)
    now = int(time.time())
    assert door(accounts.signed(iat=now, exp=now + 300)) == "in"
    assert door(late) == "refused"
