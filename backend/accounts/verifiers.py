"""Password verifiers: Argon2id at OWASP's figures (19 MiB, t=2, p=1), as PHC strings.

Those that came from other systems (`foreign_hashes.py`) are replaced at the first sign-in. All
hashing is done in turns (`turns.py`).
"""

from __future__ import annotations

import secrets
from base64 import b64encode
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import hash_secret_raw

from backend.accounts.passwords import MAX_LENGTH, normalise
from backend.accounts.turns import turn

_hasher: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def _verifier_of_nobody() -> str:
    """Its salt and hash are drawn, not made, so that a start need not hash: no password has it."""
    costs = f"m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
    salt, derived = (
        b64encode(secrets.token_bytes(length)).decode().rstrip("=")
        for length in (_hasher.salt_len, _hasher.hash_len)
    )
    return f"$argon2id$v=19${costs}${salt}${derived}"


# Verified in place of a user who is not there, so that both take the same time.
_NOBODY: Final = _verifier_of_nobody()


def hash_password(password: str) -> str:
    """The verifier of a password that is already normalised. Raises Unavailable."""
    with turn():
        return _hasher.hash(password)


def derive(salt: bytes, secret: str) -> bytes:
    """32 bytes of a secret that we made, at the cost of a password; the salt is kept elsewhere.

    Raises Unavailable.
    """
    with turn():
        return hash_secret_raw(
            secret.encode(),
            salt,
            time_cost=_hasher.time_cost,
            memory_cost=_hasher.memory_cost,
            parallelism=_hasher.parallelism,
            hash_len=_hasher.hash_len,
            type=_hasher.type,
        )


def verify(verifier: str | None, password: str) -> bool:
    """Whether the password is the verifier's; as slow where there is no verifier.

    Raises Unavailable, for either alike.
    """
    password = normalise(password)
    possible = bool(verifier) and len(password) <= MAX_LENGTH
    # An impossible password is cut, so that a long one costs no more than any other.
    with turn():
        return _matches(verifier or _NOBODY, password[:MAX_LENGTH]) and possible


def outdated(verifier: str) -> bool:
    """Whether the verifier was made otherwise than today."""
    return not _is_argon2(verifier) or _hasher.check_needs_rehash(verifier)


def _matches(verifier: str, password: str) -> bool:
    if not _is_argon2(verifier):
        from backend.accounts import foreign_hashes  # noqa: PLC0415 - few users have one

        return foreign_hashes.verify(verifier, password)
    try:
        return _hasher.verify(verifier, password)
    except (VerificationError, InvalidHashError):
        return False


def _is_argon2(verifier: str) -> bool:
    return verifier.startswith("$argon2")
