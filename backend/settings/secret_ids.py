"""What names a secret and reveals nothing of it: eight hexadecimal digits, derived from it."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

KEY_BYTES: Final = 32
ID_DIGITS: Final = 8


def secret_id(secret: bytes) -> str:
    return derived(secret, "key id").hex()[:ID_DIGITS]


def derived(key: bytes, info: str) -> bytes:
    """HKDF-SHA-256 (RFC 5869) without a salt, for as many bytes as one round of it gives."""
    extracted = hmac.digest(bytes(KEY_BYTES), key, hashlib.sha256)
    return hmac.digest(extracted, info.encode() + b"\x01", hashlib.sha256)
