"""Recovery codes: ten, shown once, each good once in the place of the authenticator app.

They are stored as slow hashes under a salt of their own, which is sealed: so they outlive the
rotation of the installation's keys, and can be taken to another one.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Final

from backend.accounts import audit, limits, notices, sealing, verifiers
from backend.accounts.context import Caller, Context
from backend.accounts.errors import TotpNotFound
from backend.accounts.retries import own_change
from backend.accounts.sealing import CannotUnseal
from backend.accounts.tokens import keyed_hash, same
from backend.accounts.totp import TOTP
from backend.storage import recovery_codes, users
from backend.storage.recovery_codes import RecoveryCodes
from backend.storage.users import User

logger = logging.getLogger(__name__)

RECOVERY_CODE: Final = "recovery_code"
CODES: Final = 10
KEY_BYTES: Final = 32
# Crockford's base 32: 80 bits in four groups, and no letter that reads as another or as a digit.
ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
READ_AS: Final = str.maketrans("ilo", "110", " -")
GROUPS, GROUP_LENGTH = 4, 4


@dataclass(frozen=True)
class OpenCodes:
    """A set as it moves between installations: its salt, the key, and hashes of the unused."""

    key: bytes
    hashes: list[bytes]
    made_at: int


def make(context: Context, caller: Caller, user: User) -> list[str]:
    """A new set, which takes the place of the one before.

    Raises RateLimited, or TotpNotFound without an app.
    """
    # Asked before ten hashes are made, and again as the codes are stored.
    if TOTP not in user.second_factors:
        raise TotpNotFound
    codes, key = [_new_code() for _ in range(CODES)], secrets.token_bytes(KEY_BYTES)
    with limits.unless_unavailable(context, limits.recovery_codes(context, user.id)):
        hashes = [_hash(key, code) for code in codes]
    opened = OpenCodes(key, hashes, context.now())
    made = sealed(context, user.id, opened)

    def attempt(user: User) -> None:
        if TOTP not in user.second_factors:
            raise TotpNotFound
        write = recovery_codes.replaced(user.id, made)
        factors = (*_others(user), RECOVERY_CODE)
        users.change(context.database, user, context.now(), write, second_factors=factors)

    own_change(context, user, attempt)
    audit.record(context, caller, "recovery_codes.made", user.id)
    notices.tell(context, user, "recovery_codes_made", caller)
    return codes


def use(context: Context, caller: Caller, user: User, code: str) -> bool:
    """Whether the code is one of the set and was not used before; it is used now."""
    hashes = cache(partial(_hashes, code))

    def attempt(user: User) -> int | None:
        seen = recovery_codes.find(context.database, user.id)
        spent = _matching(context, user.id, seen, hashes) if seen else None
        if seen is None or spent is None:
            return None
        key = sealing.renewed(context.settings.signing_keys, RECOVERY_CODE, user.id, seen.key)
        write = recovery_codes.used(user.id, seen, spent, key)
        left = len(seen.hashes) - 1
        factors = user.second_factors if left else _others(user)
        users.change(context.database, user, context.now(), write, second_factors=factors)
        return left

    left = own_change(context, user, attempt)
    if left is None:
        return False
    audit.record(context, caller, "recovery_code.used", user.id, left=str(left))
    notices.tell(context, user, "recovery_code_used", caller, left=str(left))
    return True


def opened(context: Context, user_id: str, codes: RecoveryCodes) -> OpenCodes:
    """Raises CannotUnseal."""
    key = sealing.unseal(context.settings.signing_keys, RECOVERY_CODE, user_id, codes.key)
    return OpenCodes(key, codes.hashes, codes.made_at)


def sealed(context: Context, user_id: str, codes: OpenCodes) -> RecoveryCodes:
    key = sealing.seal(context.settings.signing_key, RECOVERY_CODE, user_id, codes.key)
    return RecoveryCodes(key, codes.hashes, codes.made_at)


def _new_code() -> str:
    group = ("".join(secrets.choice(ALPHABET) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS))
    return "-".join(group)


def _matching(
    context: Context, user_id: str, codes: RecoveryCodes, hashes: Callable[[bytes], list[bytes]]
) -> bytes | None:
    try:
        given = hashes(opened(context, user_id, codes).key)
    except CannotUnseal as failure:
        logger.error("codes not opened", extra={"user": user_id, "reason": str(failure)})
        return None
    return next((one for one in codes.hashes if any(same(one, other) for other in given)), None)


def _hash(key: bytes, code: str) -> bytes:
    return verifiers.derive(key, _read(code))


def _hashes(code: str, key: bytes) -> list[bytes]:
    """As a code is stored now, and as one of 60 bits was before."""
    return [_hash(key, code), keyed_hash(key, "recovery code", _read(code))]


def _read(code: str) -> str:
    return code.lower().translate(READ_AS)


def _others(user: User) -> tuple[str, ...]:
    return tuple(factor for factor in user.second_factors if factor != RECOVERY_CODE)
