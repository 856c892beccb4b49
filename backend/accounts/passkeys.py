"""Passkeys of an account: added, named, removed, and what proves who somebody is.

A passkey with user verification is two factors in one: nothing is asked for after it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from backend.accounts import audit, ceremonies, notices, webauthn
from backend.accounts.ceremonies import ADD, PROVE, SIGN_UP, Ceremony
from backend.accounts.context import Caller, Context
from backend.accounts.errors import (
    Invalid,
    InvalidCredentials,
    LastWayIn,
    PasskeyExists,
    PasskeyLimitReached,
    PasskeyNotFound,
)
from backend.accounts.ids import new_id, parse_id
from backend.accounts.retries import own_change
from backend.storage import passkeys, users
from backend.storage.passkeys import Passkey
from backend.storage.users import User

MAX_PASSKEYS: Final = 10

Credential = Mapping[str, Any]


@dataclass(frozen=True)
class NewPasskey:
    """A passkey that may be added once, by the user to whom it was offered."""

    passkey: Passkey
    ceremony: Ceremony


def options_to_add(context: Context, user: User) -> dict[str, Any]:
    """What the authenticator is asked for, once a recent proof was given."""
    if user.passkeys >= MAX_PASSKEYS:
        raise PasskeyLimitReached
    return webauthn.creation_options(
        context.settings,
        ceremonies.begin(context, ADD, user.id),
        user_id=user.id,
        username=user.username,
        display_name=user.display_name,
        exclude=passkeys.of_user(context.database, user.id),
    )


def options_to_sign_up(context: Context, username: str, display_name: str | None) -> dict[str, Any]:
    """What the authenticator is asked for on behalf of a user who is still to be, with a new id."""
    user_id = new_id()
    return webauthn.creation_options(
        context.settings,
        ceremonies.begin(context, SIGN_UP, user_id),
        user_id=user_id,
        username=username,
        display_name=display_name,
    )


def options_to_prove(context: Context) -> dict[str, Any]:
    """Anybody's: which passkeys there are is known to authenticators alone."""
    return webauthn.request_options(context.settings, ceremonies.begin(context, PROVE))


def signing_up(context: Context, credential: Credential) -> NewPasskey:
    """The passkey of a user who is still to be. Raises Invalid."""
    return _registered(context, SIGN_UP, credential, "/passkey")


def add(
    context: Context, caller: Caller, user: User, credential: Credential, name: str | None
) -> Passkey:
    """Raises Invalid, PasskeyExists or PasskeyLimitReached."""
    new = _registered(context, ADD, credential, "/credential")
    # None is as old as the account but the one that it was made with (see `revocation.py`).
    created_at = max(new.passkey.created_at, user.created_at + 1)
    passkey = replace(new.passkey, name=name, created_at=created_at)
    if passkey.user_id != user.id:
        raise Invalid.at("/credential", "passkey_invalid")

    def attempt(user: User) -> None:
        if user.passkeys >= MAX_PASSKEYS:
            raise PasskeyLimitReached
        writes = (*passkeys.added(passkey), new.ceremony.mark())
        count = user.passkeys + 1
        try:
            users.change(context.database, user, context.now(), *writes, passkeys=count)
        except users.Stale as stale:
            _, credential_taken, spent = stale.found
            if spent:
                raise Invalid.at("/credential", "passkey_invalid") from None
            if credential_taken:
                raise PasskeyExists from None
            raise

    own_change(context, user, attempt)
    audit.record(context, caller, "passkey.added", user.id, passkey=passkey.id)
    notices.tell(context, user, "passkey_added", caller)
    return passkey


def of_user(context: Context, user: User) -> list[Passkey]:
    """Oldest first."""
    return passkeys.of_user(context.database, user.id)


def rename(
    context: Context, caller: Caller, user: User, passkey_id: str, name: str | None
) -> Passkey:
    """Raises PasskeyNotFound."""
    known = parse_id(passkey_id)
    found = passkeys.rename(context.database, user.id, known, name) if known else None
    if found is None:
        raise PasskeyNotFound
    audit.record(context, caller, "passkey.renamed", user.id, passkey=found.id)
    return found


def remove(context: Context, caller: Caller, user: User, passkey_id: str) -> None:
    """Raises PasskeyNotFound, or LastWayIn where nothing would be left to sign in with."""
    known = parse_id(passkey_id)
    if known is None:
        raise PasskeyNotFound

    def attempt(user: User) -> None:
        passkey = passkeys.find(context.database, user.id, known)
        if passkey is None:
            raise PasskeyNotFound
        if not user.password_hash and user.passkeys <= 1:
            raise LastWayIn
        writes, count = passkeys.removed(passkey), user.passkeys - 1
        users.change(context.database, user, context.now(), *writes, passkeys=count)

    own_change(context, user, attempt)
    audit.record(context, caller, "passkey.removed", user.id, passkey=known)
    notices.tell(context, user, "passkey_removed", caller)


def prove(context: Context, credential: Credential) -> User:
    """Who is proved by a passkey's answer, which is used up. Raises InvalidCredentials."""
    from backend.accounts import credentials  # noqa: PLC0415 - takes long

    try:
        said = credentials.asserted(context.settings, credential)
        ceremony = ceremonies.find(context, PROVE, said.challenge)
        found = passkeys.find_by_credential(context.database, said.credential_id)
        if ceremony is None or found is None:
            raise InvalidCredentials
        passkey, user = found
        if user.disabled or user.id != said.user_id:
            raise InvalidCredentials
        said.check(passkey)
    except credentials.NotBelieved:
        raise InvalidCredentials from None
    used = replace(
        passkey,
        sign_count=said.sign_count,
        backed_up=said.backed_up,
        last_used_at=context.now(),
        last_use=new_id(),
    )
    if not ceremony.spend(context) or not passkeys.use(context.database, used):
        raise InvalidCredentials
    return user


def _registered(context: Context, purpose: str, credential: Credential, pointer: str) -> NewPasskey:
    """What an authenticator made for one of our ceremonies. Raises Invalid."""
    from backend.accounts import credentials  # noqa: PLC0415 - takes long

    try:
        made = credentials.registered(context.settings, credential)
    except credentials.NotBelieved:
        raise Invalid.at(pointer, "passkey_invalid") from None
    ceremony = ceremonies.find(context, purpose, made.challenge)
    if ceremony is None:
        raise Invalid.at(pointer, "passkey_invalid")
    passkey = Passkey(
        id=new_id(),
        user_id=ceremony.subject,
        credential_id=made.credential_id,
        public_key=made.public_key,
        sign_count=made.sign_count,
        backup_eligible=made.backup_eligible,
        backed_up=made.backed_up,
        transports=made.transports,
        created_at=context.now(),
    )
    return NewPasskey(passkey, ceremony)
