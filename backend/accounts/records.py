"""A user as files have them: read with everything judged, written with everything in it.

    username, email, id, email_verified, email_verified_at, password_hash, password_salt,
    display_name, locale, roles, disabled, created_at, updated_at, passkeys, totp, recovery_codes

All but the first two may be left out. Times are RFC 3339 or seconds since 1970, a hash is in any of
the spellings of `hash_spellings.py`. What is secret is open in a record, and the keys of an
installation are not in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from backend.accounts import factor_records, hash_spellings
from backend.accounts.context import Context
from backend.accounts.errors import Rejected
from backend.accounts.factor_records import Factors
from backend.accounts.foreign_hashes import Unusable
from backend.accounts.hash_spellings import Firebase
from backend.accounts.identifiers import parse_email, parse_username
from backend.accounts.ids import new_id, parse_id
from backend.accounts.profile_text import parse_display_name, parse_locale
from backend.accounts.roles import parse_roles
from backend.storage.users import User

LAST_TIME: Final = 253402300799
REQUIRED: Final = ("username", "email")


class RowRefused(Exception):
    """A record that cannot be taken: which member, and what to do about it."""

    def __init__(self, member: str, reason: str) -> None:
        super().__init__(f"{member}: {reason}" if member else reason)
        self.member = member
        self.reason = reason


@dataclass(frozen=True)
class Incoming:
    """A user who is to come in, with what belongs to them."""

    user: User
    factors: Factors


def read(context: Context, record: Mapping[str, Any], firebase: Firebase | None) -> Incoming:
    """Raises RowRefused."""
    for name in REQUIRED:
        if not record.get(name):
            raise RowRefused(name, "This is needed.")
    values = {name: _read_member(name, value) for name, value in record.items()}
    if values.get("email_verified") is False:
        raise RowRefused("email_verified", "The address was never proved: let its owner register.")
    user = _user(context, values, _verifier(record, firebase))
    try:
        factors = factor_records.read(user.id, values)
    except factor_records.NotAsExported as wrong:
        raise RowRefused(wrong.member, str(wrong)) from None
    if factors.passkeys and "id" not in values:
        raise RowRefused("id", "Passkeys name their user by id: give it too.")
    return Incoming(factors.counted(user), factors)


def written(user: User, factors: Factors) -> dict[str, Any]:
    """The record of a user; what `read` makes of it is written the same again."""
    return {
        "id": user.id,
        "username": user.username,
        "email": user.email,
        "email_verified_at": rfc3339(user.email_verified_at),
        "password_hash": user.password_hash or None,
        "display_name": user.display_name,
        "locale": user.locale,
        "roles": list(user.roles),
        "disabled": user.disabled,
        "created_at": rfc3339(user.created_at),
        "updated_at": rfc3339(user.updated_at),
        **factor_records.written(factors),
    }


def rfc3339(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds(value: Any) -> int:
    """A time as seconds since 1970. Raises ValueError."""
    if isinstance(value, str) and not value.isdecimal():
        given = datetime.fromisoformat(value)
        value = int((given if given.tzinfo else given.replace(tzinfo=UTC)).timestamp())
    found = int(value)
    if isinstance(value, bool | float) or not 0 <= found <= LAST_TIME:
        raise ValueError
    return found


def _user(context: Context, values: Mapping[str, Any], verifier: str) -> User:
    now = context.now()
    username, email = values["username"], values["email"]
    created_at = values.get("created_at") or now
    return User(
        id=values.get("id") or new_id(),
        username=username.text,
        name_key=username.key,
        email=email.text,
        email_key=email.key(context.settings.lookup_key),
        password_hash=verifier,
        created_at=created_at,
        updated_at=values.get("updated_at") or now,
        email_verified_at=values.get("email_verified_at") or created_at,
        created_in=new_id(),
        display_name=values.get("display_name"),
        locale=values.get("locale"),
        roles=values.get("roles") or (),
        disabled=values.get("disabled") or False,
    )


def _read_member(name: str, value: Any) -> Any:
    parse = PARSERS.get(name)
    if parse is None:
        raise RowRefused(name, "There is no such member.")
    if value is None:
        return None
    try:
        return parse(value)
    except Rejected as rejected:
        raise RowRefused(name, rejected.detail) from None
    except (AttributeError, LookupError, OverflowError, TypeError, ValueError):
        raise RowRefused(name, ALLOWED.get(name, "This is not of the right form.")) from None


def _verifier(record: Mapping[str, Any], firebase: Firebase | None) -> str:
    """The verifier of a record in our form; empty where there is no password."""
    given, salt = record.get("password_hash"), record.get("password_salt")
    # Django marks a password that nobody has by a `!`.
    if given is None or (isinstance(given, str) and given[:1] in {"", "!"}):
        return ""
    try:
        if isinstance(given, Mapping):
            return hash_spellings.from_keycloak(given)
        if not salt:
            return hash_spellings.from_text(given)
    except Unusable as unusable:
        raise RowRefused("password_hash", f"The hash cannot be used: {unusable}.") from None
    if firebase is None:
        raise RowRefused("password_salt", "Give the parameters of the Firebase project.")
    try:
        return firebase.verifier(given, salt)
    except Unusable as unusable:
        raise RowRefused("password_hash", f"The hash cannot be used: {unusable}.") from None


def _id(value: Any) -> str:
    found = parse_id(value)
    if found is None:
        raise ValueError
    return found


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _is(*kinds: type) -> Callable[[Any], Any]:
    def parse(value: Any) -> Any:
        if not isinstance(value, kinds):
            raise TypeError
        return value

    return parse


PARSERS: Final[dict[str, Callable[[Any], Any]]] = {
    "id": _id,
    "username": parse_username,
    "email": parse_email,
    "email_verified": _flag,
    "email_verified_at": seconds,
    "password_hash": _is(str, dict),
    "password_salt": _is(str),
    "display_name": parse_display_name,
    "locale": parse_locale,
    "roles": parse_roles,
    "disabled": _flag,
    "created_at": seconds,
    "updated_at": seconds,
    "passkeys": _is(list),
    "totp": _is(dict),
    "recovery_codes": _is(dict),
}
ALLOWED: Final = {
    "id": "Use a UUID in lower case, or leave it out.",
    "email_verified": "Use true or false.",
    "disabled": "Use true or false.",
    **dict.fromkeys(
        ("created_at", "updated_at", "email_verified_at"),
        "Use a time such as 2026-05-31T12:00:00Z, or seconds since 1970.",
    ),
}
