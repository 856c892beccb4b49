"""The keys of tokens for other services: made at first use, published, rotated.

A new key is published at once and signs only when whoever keeps a copy of the published keys has
it, also where the clocks of instances are apart. So a rotation is noticed by nobody, and every
instance changes keys at the same time of its clock.
"""

from __future__ import annotations

import hashlib
import json
from typing import Final

from backend.accounts import audit, sealing
from backend.accounts.context import Caller, Context
from backend.accounts.tokens import encoded
from backend.storage import token_keys
from backend.storage.clocks import APART_SECONDS
from backend.storage.token_keys import Keyring, Overtaken, TokenKey

# How long an instance goes by what it read, and how long the published keys may be kept by whoever
# fetches them: by CloudFront, and by a service that takes them from there.
REMEMBERED_SECONDS: Final = 60
PUBLISHED_SECONDS: Final = 5 * 60
SIGNS_AFTER_SECONDS: Final = REMEMBERED_SECONDS + 2 * PUBLISHED_SECONDS + APART_SECONDS
TOKEN_SECONDS: Final = 5 * 60
# By how much the clock of another service may be behind.
LEEWAY_SECONDS: Final = 60
# After it begins to sign, all tokens of the key before are over.
SETTLED_AFTER_SECONDS: Final = TOKEN_SECONDS + LEEWAY_SECONDS + APART_SECONDS
PURPOSE: Final = "token key"


class TooSoon(Exception):
    """Tokens that the key before has signed are still good, until `until` (seconds since 1970)."""

    def __init__(self, until: int) -> None:
        super().__init__(until)
        self.until = until


def published(context: Context) -> Keyring:
    """The current key and the one before it; the first is made here."""
    remembered, now = context.token_keys, context.now()
    # A clock that was set back must not make it last longer.
    if not 0 < remembered.until - now <= REMEMBERED_SECONDS:
        remembered.keyring = _ring(context)
        remembered.until = now + REMEMBERED_SECONDS
    return remembered.keyring


def signing(context: Context) -> TokenKey:
    """The key that signs now."""
    return published(context).signing(context.now())


def private_pem(context: Context, key: TokenKey) -> bytes:
    """Raises CannotUnseal where it was sealed under another SIGNING_KEY than those at hand."""
    return sealing.unseal(context.settings.signing_keys, PURPOSE, key.id, key.sealed)


def rotate(context: Context, caller: Caller, *, at_once: bool = False) -> TokenKey:
    """Makes the next key. The one before stays published until the rotation after this one.

    `at_once` is for a key that has leaked: the new one signs from now on and is published alone,
    so that nothing stays good that another has signed. Raises TooSoon or Overtaken.
    """
    seen, now = token_keys.find(context.database), context.now()
    if at_once or not seen.keys:
        keys: tuple[TokenKey, ...] = (_new(context, now),)
    else:
        current, *before = seen.keys
        settled = current.signs_from + SETTLED_AFTER_SECONDS
        if before and now < settled:
            raise TooSoon(settled)
        keys = (_new(context, now + SIGNS_AFTER_SECONDS), current)
    token_keys.replace(context.database, seen, keys)
    context.token_keys.until = 0
    audit.record(context, caller, "keys.rotated", audit.OPERATOR, key=keys[0].id)
    return keys[0]


def _ring(context: Context) -> Keyring:
    """The keyring as it is stored; of many who find none, one makes the first key."""
    found = token_keys.find(context.database)
    if found.keys:
        return found
    try:
        return token_keys.replace(context.database, found, (_new(context, context.now()),))
    except Overtaken:
        return token_keys.find(context.database)


def _new(context: Context, signs_from: int) -> TokenKey:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

    private = ec.generate_private_key(ec.SECP256R1())
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    point = private.public_key().public_numbers()
    public = {"crv": "P-256", "kty": "EC", "x": _coordinate(point.x), "y": _coordinate(point.y)}
    key_id = _thumbprint(public)
    return TokenKey(
        id=key_id,
        jwk={**public, "kid": key_id, "use": "sig", "alg": "ES256"},
        sealed=sealing.seal(context.settings.signing_key, PURPOSE, key_id, pem),
        made_at=context.now(),
        signs_from=signs_from,
    )


def _thumbprint(public: dict[str, str]) -> str:
    text = json.dumps(public, separators=(",", ":"), sort_keys=True)
    return encoded(hashlib.sha256(text.encode()).digest())


def _coordinate(number: int) -> str:
    return encoded(number.to_bytes(32, "big"))
