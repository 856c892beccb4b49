"""Verifiers that other systems made: bcrypt, scrypt and PBKDF2, each in one form.

    $2b$12$…                              bcrypt
    $bcrypt-sha256-hex$2b$12$…            bcrypt over the hexadecimal SHA-256 (Django)
    $scrypt$ln=15,r=8,p=1$salt$hash
    $firebase-scrypt$ln=14,r=8$salt$hash
    $pbkdf2-sha256$i=600000$salt$hash     also sha1 and sha512

Salts and hashes are in base 64 without padding. `hash_spellings.py` brings what others write into
these forms. The set is closed, and what one costs is bounded: no more than about two seconds.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Final

from argon2 import Parameters, Type, extract_parameters
from argon2.exceptions import InvalidHashError

from backend.accounts.tokens import same

# Two seconds of a processor each, at the most, and 128 MiB.
BCRYPT_COST: Final = 14
BCRYPT_BYTES: Final = 72
SCRYPT_BYTES: Final = 128 * 1024 * 1024
SCRYPT_PASSES: Final = 2
PBKDF2_ROUNDS: Final = 6_000_000
# How many bytes a round gives, and what it costs.
DIGESTS: Final = {"sha1": (20, 1), "sha256": (32, 1), "sha512": (64, 2)}
ARGON2_KIB: Final = 128 * 1024
ARGON2_PASSES: Final = 10
ARGON2_LANES: Final = 8
AES_BYTES: Final = 32
HASH_BYTES: Final = range(16, 129)
SALT_BYTES: Final = range(1, 257)

BCRYPT: Final = re.compile(r"\$2[aby]\$([0-9]{2})\$[./A-Za-z0-9]{53}")
BASE64: Final = r"([A-Za-z0-9+/]*)"
NUMBER: Final = r"([1-9][0-9]{0,8})"
SCRYPT: Final = re.compile(rf"\$scrypt\$ln={NUMBER},r={NUMBER},p={NUMBER}\${BASE64}\${BASE64}")
FIREBASE: Final = re.compile(rf"\$firebase-scrypt\$ln={NUMBER},r={NUMBER}\${BASE64}\${BASE64}")
PBKDF2: Final = re.compile(rf"\$pbkdf2-(sha1|sha256|sha512)\$i={NUMBER}\${BASE64}\${BASE64}")
SHA256_BEFORE: Final = "$bcrypt-sha256-hex"


class Unusable(Exception):
    """The verifier is of no form that can be verified, or costs too much; the text says which."""


@dataclass(frozen=True)
class Bcrypt:
    """`verifier` is bcrypt's own text; `prehashed` says that it is over a SHA-256."""

    verifier: str
    prehashed: bool = False

    def __post_init__(self) -> None:
        match = BCRYPT.fullmatch(self.verifier)
        if not match:
            raise Unusable("it is no whole bcrypt hash")
        _bound("the cost of bcrypt", int(match[1]), BCRYPT_COST)

    def matches(self, password: bytes) -> bool:
        import bcrypt  # noqa: PLC0415

        if self.prehashed:
            password = hashlib.sha256(password).hexdigest().encode()
        # bcrypt has never seen more, and the library now refuses what others cut.
        return bcrypt.checkpw(password[:BCRYPT_BYTES], self.verifier.encode())

    def __str__(self) -> str:
        return f"{SHA256_BEFORE}{self.verifier}" if self.prehashed else self.verifier


@dataclass(frozen=True)
class Scrypt:
    """The cost is two to the power of `ln`."""

    ln: int
    r: int
    p: int
    salt: bytes
    hash: bytes

    def __post_init__(self) -> None:
        _scrypt_bound(self.ln, self.r)
        _bound("the passes of scrypt", self.p, SCRYPT_PASSES)
        _whole(self.salt, self.hash)

    def matches(self, password: bytes) -> bool:
        length = len(self.hash)
        derived = scrypt(password, self.salt, ln=self.ln, r=self.r, p=self.p, length=length)
        return same(derived, self.hash)

    def __str__(self) -> str:
        costs = f"ln={self.ln},r={self.r},p={self.p}"
        return f"$scrypt${costs}${_text(self.salt)}${_text(self.hash)}"


@dataclass(frozen=True)
class FirebaseScrypt:
    """Firebase encrypts its project's key with what scrypt gives, in AES-256-CTR.

    `hash` is the key stream, so that nobody who verifies a password has the project's key.
    """

    ln: int
    r: int
    salt: bytes
    hash: bytes

    def __post_init__(self) -> None:
        _scrypt_bound(self.ln, self.r)
        _whole(self.salt, self.hash)

    def matches(self, password: bytes) -> bool:
        from cryptography.hazmat.primitives.ciphers import Cipher  # noqa: PLC0415
        from cryptography.hazmat.primitives.ciphers.algorithms import AES  # noqa: PLC0415
        from cryptography.hazmat.primitives.ciphers.modes import CTR  # noqa: PLC0415

        key = scrypt(password, self.salt, ln=self.ln, r=self.r, p=1, length=AES_BYTES)
        stream = Cipher(AES(key), CTR(bytes(16))).encryptor().update(bytes(len(self.hash)))
        return same(stream, self.hash)

    def __str__(self) -> str:
        costs = f"ln={self.ln},r={self.r}"
        return f"$firebase-scrypt${costs}${_text(self.salt)}${_text(self.hash)}"


@dataclass(frozen=True)
class Pbkdf2:
    """`digest` is sha1, sha256 or sha512."""

    digest: str
    iterations: int
    salt: bytes
    hash: bytes

    def __post_init__(self) -> None:
        _whole(self.salt, self.hash)
        size, cost = DIGESTS[self.digest]
        rounds = self.iterations * cost * -(-len(self.hash) // size)
        _bound("the work of PBKDF2", rounds, PBKDF2_ROUNDS)

    def matches(self, password: bytes) -> bool:
        derived = hashlib.pbkdf2_hmac(
            self.digest, password, self.salt, self.iterations, len(self.hash)
        )
        return same(derived, self.hash)

    def __str__(self) -> str:
        salt, derived = _text(self.salt), _text(self.hash)
        return f"$pbkdf2-{self.digest}$i={self.iterations}${salt}${derived}"


ForeignHash = Bcrypt | Scrypt | FirebaseScrypt | Pbkdf2


def verify(verifier: str, password: str) -> bool:
    """Whether the password is that of a verifier in one of the forms."""
    try:
        return parse(verifier).matches(password.encode())
    except Unusable:
        return False


def parse(verifier: str) -> ForeignHash:
    """Raises Unusable."""
    if verifier.startswith(SHA256_BEFORE):
        return Bcrypt(verifier.removeprefix(SHA256_BEFORE), prehashed=True)
    if verifier.startswith("$2"):
        return Bcrypt(verifier)
    if match := SCRYPT.fullmatch(verifier):
        ln, r, p = map(int, match.groups()[:3])
        return Scrypt(ln, r, p, _bytes(match[4]), _bytes(match[5]))
    if match := FIREBASE.fullmatch(verifier):
        return FirebaseScrypt(int(match[1]), int(match[2]), _bytes(match[3]), _bytes(match[4]))
    if match := PBKDF2.fullmatch(verifier):
        return Pbkdf2(match[1], int(match[2]), _bytes(match[3]), _bytes(match[4]))
    raise Unusable("its form is not known")


def check_argon2(verifier: str) -> str:
    """The verifier, if it is Argon2id's or Argon2i's and not too costly. Raises Unusable."""
    try:
        found: Parameters = extract_parameters(verifier)
    except InvalidHashError:
        raise Unusable("it is no whole Argon2 hash") from None
    if found.type not in {Type.ID, Type.I}:
        raise Unusable("of Argon2, only id and i are taken")
    _bound("the memory of Argon2", found.memory_cost, ARGON2_KIB)
    _bound("the passes of Argon2", found.time_cost, ARGON2_PASSES)
    _bound("the lanes of Argon2", found.parallelism, ARGON2_LANES)
    return verifier


def scrypt(password: bytes, salt: bytes, *, ln: int, r: int, p: int, length: int) -> bytes:
    needed = 128 * r * ((1 << ln) + p + 2)
    return hashlib.scrypt(password, salt=salt, n=1 << ln, r=r, p=p, maxmem=needed, dklen=length)


def _scrypt_bound(ln: int, r: int) -> None:
    if ln == 0:
        raise Unusable("the cost of scrypt is 1")
    _bound("the memory of scrypt", 128 * r << min(ln, 40), SCRYPT_BYTES)


def _bound(what: str, found: int, most: int) -> None:
    if found > most:
        raise Unusable(f"{what} is {found}, and may be {most} at most")


def _whole(salt: bytes, derived: bytes) -> None:
    if len(salt) not in SALT_BYTES or len(derived) not in HASH_BYTES:
        raise Unusable("its salt or its hash is too short or too long")


def _text(raw: bytes) -> str:
    return b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    try:
        return b64decode(text + "=" * (-len(text) % 4), validate=True)
    except ValueError:
        raise Unusable("its salt or its hash is no base 64") from None
