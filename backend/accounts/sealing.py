"""Secrets at rest: sealed with AES-256-GCM under a key of their purpose, bound to their owner.

    key id (4 bytes) | nonce (12 bytes) | what is sealed and its tag (16 bytes)

The key of a purpose is derived from a signing key by HKDF-SHA-256 (RFC 5869); its id says which
one, so that what was sealed before a rotation opens as long as the key before is at hand.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Final

from backend.settings.secret_ids import ID_DIGITS, derived, secret_id

KEY_ID_BYTES: Final = ID_DIGITS // 2
NONCE_BYTES: Final = 12


class CannotUnseal(Exception):
    """Sealed under a key that is not at hand, for another purpose or owner, or altered."""


def seal(key: bytes, purpose: str, owner: str, plain: bytes) -> bytes:
    """`owner` is the id of what the secret belongs to: beside another it does not open."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = AESGCM(derived(key, f"seal {purpose}")).encrypt(nonce, plain, owner.encode())
    return _key_id(key) + nonce + sealed


def unseal(keys: Iterable[bytes], purpose: str, owner: str, sealed: bytes) -> bytes:
    """What was sealed under one of the keys. Raises CannotUnseal."""
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    key_id, rest = sealed[:KEY_ID_BYTES], sealed[KEY_ID_BYTES:]
    nonce, body = rest[:NONCE_BYTES], rest[NONCE_BYTES:]
    key = next((key for key in keys if _key_id(key) == key_id), None)
    if key is None:
        raise CannotUnseal("the key is not at hand")
    try:
        return AESGCM(derived(key, f"seal {purpose}")).decrypt(nonce, body, owner.encode())
    except (InvalidTag, ValueError):
        raise CannotUnseal("it was altered, or belongs elsewhere") from None


def renewed(keys: tuple[bytes, ...], purpose: str, owner: str, sealed: bytes) -> bytes:
    """The same secret under the first of the keys; as it is if it is so already."""
    if sealed.startswith(_key_id(keys[0])):
        return sealed
    return seal(keys[0], purpose, owner, unseal(keys, purpose, owner, sealed))


def sealed_under(sealed: bytes) -> str:
    """The id of the key that it was sealed under."""
    return sealed[:KEY_ID_BYTES].hex()


def _key_id(key: bytes) -> bytes:
    return bytes.fromhex(secret_id(key))
