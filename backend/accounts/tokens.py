"""What proves something: one-time codes, session tokens, device cookies.

All are made from the system's CSPRNG, and none is stored as it is.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import secrets
import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

CODE, DEVICE = "code", "device"
CODE_DIGITS: Final = 6
ID_BYTES: Final = 16
SECRET_BYTES: Final = 32
TAG_BYTES: Final = 32


def keyed_hash(key: bytes, purpose: str, *parts: str) -> bytes:
    """HMAC-SHA-256 over the purpose and the parts, which cannot run into one another."""
    message = "\0".join([purpose, *(f"{len(part)}:{part}" for part in parts)])
    return hmac.digest(key, message.encode(), hashlib.sha256)


def keyed(keys: Iterable[bytes], given: bytes, purpose: str, *parts: str) -> bool:
    """Whether it is the keyed hash of these parts under one of the keys."""
    return any(same(keyed_hash(key, purpose, *parts), given) for key in keys)


def same(given: bytes, stored: bytes) -> bool:
    """Compares in a time that does not depend on where they differ."""
    return hmac.compare_digest(given, stored)


def new_code() -> str:
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"


def code_hash(key: bytes, registration_id: str, code: str) -> bytes:
    """Spaces and hyphens, which people type to keep their place, do not count."""
    return keyed_hash(key, CODE, registration_id, _digits(code))


def is_code(keys: Iterable[bytes], registration_id: str, code: str, stored: bytes) -> bool:
    """Whether the code's hash under one of the keys is the one that is stored."""
    return keyed(keys, stored, CODE, registration_id, _digits(code))


def no_code_hash() -> bytes:
    """What is stored where no code was sent: no code has this hash."""
    return secrets.token_bytes(TAG_BYTES)


@dataclass(frozen=True)
class SessionToken:
    """An opaque token of 256 random bits behind the ids of its user and session."""

    user_id: str
    session_id: str
    secret: bytes

    @classmethod
    def new(cls, user_id: str, session_id: str) -> SessionToken:
        return cls(user_id, session_id, secrets.token_bytes(SECRET_BYTES))

    @classmethod
    def parse(cls, text: str) -> SessionToken | None:
        raw = decoded(text, 2 * ID_BYTES + SECRET_BYTES)
        if raw is None:
            return None
        return cls(_id(raw[:ID_BYTES]), _id(raw[ID_BYTES : 2 * ID_BYTES]), raw[2 * ID_BYTES :])

    def __str__(self) -> str:
        return encoded(_bytes(self.user_id) + _bytes(self.session_id) + self.secret)

    @property
    def hash(self) -> bytes:
        return hashlib.sha256(str(self).encode()).digest()


@dataclass(frozen=True)
class OneTimeToken:
    """What a link in a mail carries: 256 random bits behind the user's id, for one purpose."""

    purpose: str
    user_id: str
    secret: bytes

    @classmethod
    def new(cls, purpose: str, user_id: str) -> OneTimeToken:
        return cls(purpose, user_id, secrets.token_bytes(SECRET_BYTES))

    @classmethod
    def parse(cls, purpose: str, text: str) -> OneTimeToken | None:
        raw = decoded(text, ID_BYTES + SECRET_BYTES)
        return cls(purpose, _id(raw[:ID_BYTES]), raw[ID_BYTES:]) if raw else None

    def __str__(self) -> str:
        return encoded(_bytes(self.user_id) + self.secret)

    @property
    def hash(self) -> bytes:
        """Covers the purpose, so that a token for another one never fits."""
        return hashlib.sha256(f"{self.purpose}\0{self}".encode()).digest()


@dataclass(frozen=True)
class Device:
    """A browser that signed in to an account before."""

    user_id: str
    id: str


def device_cookie(key: bytes, device: Device) -> str:
    """Names the user and proves that the device signed in to the account; it opens nothing."""
    tag = keyed_hash(key, DEVICE, device.user_id, device.id)
    return encoded(_bytes(device.user_id) + _bytes(device.id) + tag)


def device(keys: Iterable[bytes], cookie: str) -> Device | None:
    """The device if the cookie was made for it under one of the keys."""
    raw = decoded(cookie, 2 * ID_BYTES + TAG_BYTES)
    if raw is None:
        return None
    named = Device(_id(raw[:ID_BYTES]), _id(raw[ID_BYTES : 2 * ID_BYTES]))
    known = keyed(keys, raw[2 * ID_BYTES :], DEVICE, named.user_id, named.id)
    return named if known else None


def known_device(keys: Iterable[bytes], user_id: str, cookie: str) -> str | None:
    """The id of the device if the cookie was made for this user."""
    found = device(keys, cookie)
    return found.id if found and found.user_id == user_id else None


def encoded(raw: bytes) -> str:
    """Base64url without padding."""
    return urlsafe_b64encode(raw).decode().rstrip("=")


def decoded(text: str, length: int | None = None) -> bytes | None:
    """The bytes of the one spelling, so many if `length` is given; None for anything else."""
    try:
        raw = urlsafe_b64decode(text.encode("ascii") + b"==")
    except (binascii.Error, UnicodeEncodeError):
        return None
    return raw if length in {None, len(raw)} and encoded(raw) == text else None


def _digits(code: str) -> str:
    return code.replace(" ", "").replace("-", "")


def _bytes(identifier: str) -> bytes:
    return uuid.UUID(identifier).bytes


def _id(raw: bytes) -> str:
    return str(uuid.UUID(bytes=raw))
