"""Passkeys and second factors as files have them, with every secret open.

    passkeys        [{id, credential_id, public_key, sign_count, backup_eligible, backed_up,
                      transports, name, created_at, last_used_at}]
    totp            {secret, created_at, last_step}: the secret in base 32
    recovery_codes  {key, hashes, made_at}: keyed hashes of those that are not used yet, and the key

Times are in seconds since 1970, bytes in base64url.
"""

from __future__ import annotations

from base64 import b32decode
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, TypeVar

from backend.accounts import recovery_codes, totp
from backend.accounts.context import Context
from backend.accounts.ids import parse_id
from backend.accounts.passkeys import MAX_PASSKEYS
from backend.accounts.profile_text import parse_display_name
from backend.accounts.recovery_codes import RECOVERY_CODE, OpenCodes
from backend.accounts.tokens import TAG_BYTES, decoded, encoded
from backend.accounts.totp import TOTP, OpenTotp
from backend.storage import passkeys
from backend.storage import recovery_codes as stored_codes
from backend.storage import totp as stored_totp
from backend.storage.passkeys import Passkey
from backend.storage.users import User
from backend.storage.writes import Write

T = TypeVar("T")

# pyotp judges no code of a secret of less than 112 bits.
MIN_SECRET_BYTES: Final = 14
MAX_CODES: Final = 10


class NotAsExported(Exception):
    """A member that cannot be taken; the text says what is wrong with it."""

    def __init__(self, member: str, reason: str) -> None:
        super().__init__(reason)
        self.member = member


@dataclass(frozen=True)
class Factors:
    """What a user has besides a password."""

    passkeys: tuple[Passkey, ...] = ()
    totp: OpenTotp | None = None
    codes: OpenCodes | None = None

    def counted(self, user: User) -> User:
        """The user with these."""
        factors = ((TOTP, self.totp), (RECOVERY_CODE, self.codes))
        names = tuple(name for name, factor in factors if factor)
        return replace(user, passkeys=len(self.passkeys), second_factors=names)

    def writes(self, context: Context, user_id: str) -> list[Write]:
        """What is stored beside a new user, sealed."""
        found: list[Write] = [write for one in self.passkeys for write in passkeys.added(one)]
        if self.totp:
            found.append(stored_totp.placed(user_id, totp.sealed(context, user_id, self.totp)))
        if self.codes:
            made = recovery_codes.sealed(context, user_id, self.codes)
            found.append(stored_codes.replaced(user_id, made))
        return found


def of_user(context: Context, user: User) -> Factors:
    """Raises CannotUnseal where a secret was sealed under a key that is not at hand."""
    held = passkeys.of_user(context.database, user.id) if user.passkeys else []
    app = stored_totp.find(context.database, user.id) if TOTP in user.second_factors else None
    codes = None
    if RECOVERY_CODE in user.second_factors:
        codes = stored_codes.find(context.database, user.id)
    return Factors(
        tuple(held),
        totp.opened(context, user.id, app) if app else None,
        recovery_codes.opened(context, user.id, codes) if codes else None,
    )


def written(factors: Factors) -> dict[str, Any]:
    """The members of a record."""
    app, codes = factors.totp, factors.codes
    return {
        "passkeys": [_written(asdict(passkey), PASSKEY) for passkey in factors.passkeys],
        "totp": _written(asdict(app), TOTP_MEMBERS) if app else None,
        "recovery_codes": _written(asdict(codes), CODES) if codes else None,
    }


def read(user_id: str, record: Mapping[str, Any]) -> Factors:
    """From the members of a record. Raises NotAsExported."""
    held = record.get("passkeys") or []
    app, codes = record.get("totp"), record.get("recovery_codes")
    if len(held) > MAX_PASSKEYS:
        raise NotAsExported("passkeys", f"Give a list of at most {MAX_PASSKEYS}.")
    if codes and not app:
        reason = "They stand in for an authenticator app: give totp too."
        raise NotAsExported("recovery_codes", reason)
    return Factors(
        tuple(Passkey(user_id=user_id, **_read("passkeys", one, PASSKEY)) for one in held),
        OpenTotp(**_read("totp", app, TOTP_MEMBERS)) if app else None,
        OpenCodes(**_read("recovery_codes", codes, CODES)) if codes else None,
    )


@dataclass(frozen=True)
class _Member:
    """How a member is read and written; one without a `default` is needed."""

    read: Callable[[Any], Any]
    write: Callable[[Any], Any] = lambda value: value
    default: Any = None
    optional: bool = False


def _written(values: Mapping[str, Any], members: Mapping[str, _Member]) -> dict[str, Any]:
    return {name: member.write(values[name]) for name, member in members.items()}


def _read(what: str, given: Any, members: Mapping[str, _Member]) -> dict[str, Any]:
    if not isinstance(given, dict) or not given.keys() <= members.keys():
        raise NotAsExported(what, f"Allowed are {', '.join(members)}.")
    found = {}
    for name, member in members.items():
        value = given.get(name)
        if value is None and member.optional:
            found[name] = member.default
            continue
        try:
            found[name] = member.read(value)
        except (TypeError, ValueError):
            reason = f"{name} is missing, or not as it is exported."
            raise NotAsExported(what, reason) from None
    return found


def _is(kind: type[T], value: Any) -> T:
    # To Python, a truth value is a number too.
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise TypeError
    return value


def _number(value: Any) -> int:
    number = _is(int, value)
    if not 0 <= number < 1 << 53:
        raise ValueError
    return number


def _flag(value: Any) -> bool:
    return _is(bool, value)


def _bytes(value: Any, length: int | None = None) -> bytes:
    raw = decoded(_is(str, value), length)
    if not raw:
        raise ValueError
    return raw


def _id(value: Any) -> str:
    known = parse_id(_is(str, value))
    if known is None:
        raise ValueError
    return known


def _credential_id(value: Any) -> bytes:
    from backend.accounts.credentials import CREDENTIAL_ID_BYTES  # noqa: PLC0415

    raw = _bytes(value)
    if len(raw) > CREDENTIAL_ID_BYTES:
        raise ValueError
    return raw


def _public_key(value: Any) -> bytes:
    from backend.accounts.credentials import is_usable  # noqa: PLC0415

    raw = _bytes(value)
    if not is_usable(raw):
        raise ValueError
    return raw


def _transports(value: Any) -> list[str]:
    from backend.accounts.credentials import TRANSPORTS  # noqa: PLC0415

    given = _is(list, value)
    return [one for one in TRANSPORTS if one in given]


def _secret(value: Any) -> str:
    secret = _is(str, value).replace(" ", "").upper().rstrip("=")
    if len(b32decode(secret + "=" * (-len(secret) % 8))) < MIN_SECRET_BYTES:
        raise ValueError
    return secret


def _hashes(value: Any) -> list[bytes]:
    found = [_bytes(one, TAG_BYTES) for one in _is(list, value)]
    if not 1 <= len(found) <= MAX_CODES:
        raise ValueError
    return found


def _key(value: Any) -> bytes:
    return _bytes(value, recovery_codes.KEY_BYTES)


PASSKEY: Final = {
    "id": _Member(_id),
    "credential_id": _Member(_credential_id, encoded),
    "public_key": _Member(_public_key, encoded),
    "sign_count": _Member(_number),
    "backup_eligible": _Member(_flag),
    "backed_up": _Member(_flag),
    "transports": _Member(_transports, default=[], optional=True),
    "name": _Member(parse_display_name, optional=True),
    "created_at": _Member(_number),
    "last_used_at": _Member(_number, default=0, optional=True),
}
TOTP_MEMBERS: Final = {
    "secret": _Member(_secret),
    "created_at": _Member(_number, default=0, optional=True),
    "last_step": _Member(_number, default=0, optional=True),
}
CODES: Final = {
    "key": _Member(_key, encoded),
    "hashes": _Member(_hashes, lambda hashes: [encoded(one) for one in hashes]),
    "made_at": _Member(_number, default=0, optional=True),
}
