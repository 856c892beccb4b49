"""Registration: a pending registration becomes an account when its mailbox is proved.

Nothing in an answer, its headers or its time tells whether the address has an account (see
`mailbox_codes.py`). A registration holds its username, and no address: whoever proves the mailbox
first has it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from backend.accounts import audit, limits, mailbox_codes, mailboxes, passkeys, verifiers
from backend.accounts.context import Caller, Context
from backend.accounts.errors import (
    AccountExists,
    CodeExhausted,
    Invalid,
    InvalidCredentials,
    PasskeyExists,
    RateLimited,
    RegistrationExpired,
    RegistrationNotFound,
    UsernameTaken,
)
from backend.accounts.idempotency import RepeatableRequest
from backend.accounts.identifiers import EmailAddress, Username
from backend.accounts.ids import new_id, parse_id
from backend.accounts.passkeys import NewPasskey
from backend.accounts.pending import NewUser, Pending
from backend.accounts.sessions import SignedIn, begin_session
from backend.storage import holds, registrations, users
from backend.storage import passkeys as stored_passkeys
from backend.storage.counters import Taken
from backend.storage.database import ConditionFailed, Unavailable
from backend.storage.items import Item
from backend.storage.passkeys import Passkey
from backend.storage.registrations import CODE_TRIES, Registration, Remembered
from backend.storage.users import User
from backend.storage.writes import Key, Write

logger = logging.getLogger(__name__)

REGISTRATION_SECONDS: Final = 30 * 60


def register(
    context: Context, new: NewUser, caller: Caller, idempotency_key: str | None = None
) -> Pending:
    """Begins a registration and sends one mail.

    Raises UsernameTaken, RateLimited, or Invalid for a passkey that was not made for this, a
    breached password or a reused key.
    """
    tries = limits.registration(context, caller)
    requests = _repeatable(context, idempotency_key, new)
    request = next(iter(requests), None)
    mailbox = new.email.key(context.settings.lookup_key)
    seen = _look(context, new, requests)
    if seen.answered:
        asked, remembered = seen.answered
        return asked.answer(remembered)
    if seen.username_taken:
        if request:
            return request.answer_taken(context.database, context.now())
        raise UsernameTaken
    passkey = passkeys.signing_up(context, new.passkey) if new.passkey is not None else None
    if new.password and context.breached(new.password):
        raise Invalid.at("/password", "password_compromised")
    counted = limits.mail(context, mailbox)
    with limits.unless_unavailable(context, tries + counted):
        verifier = verifiers.hash_password(new.password) if new.password else ""
    registering = _New(new, verifier, mailbox, passkey, seen.account_exists)
    return _begin(context, registering, request, counted)


def passkey_options(
    context: Context, username: Username, display_name: str | None, caller: Caller
) -> dict[str, Any]:
    """What an authenticator is asked for by a person who will register with a passkey.

    Raises UsernameTaken or RateLimited, so that no passkey is made in vain.
    """
    limits.registration(context, caller)
    if _taken(context, *context.database.get(*_name_keys(username.key))):
        raise UsernameTaken
    return passkeys.options_to_sign_up(context, username.text, display_name)


def change_email(
    context: Context, registration_id: str, email: EmailAddress, caller: Caller
) -> Pending:
    """Replaces the mistyped address; the old code is worthless from now on.

    Raises RegistrationNotFound or RateLimited.
    """
    limits.registration(context, caller)
    seen = _find(context, registration_id)
    key = email.key(context.settings.lookup_key)
    return mailbox_codes.replace_code(context, seen, replace(seen, email=email.text, email_key=key))


def resend(context: Context, registration_id: str, caller: Caller) -> Pending:
    """Sends another code, which replaces the one before.

    Raises RegistrationNotFound, or RateLimited before `resend_after`.
    """
    limits.registration(context, caller)
    seen = _find(context, registration_id)
    wait = seen.resend_after - context.now()
    if wait > 0:
        raise RateLimited(wait)
    return mailbox_codes.replace_code(context, seen, seen)


def verify(context: Context, registration_id: str, code: str, caller: Caller) -> SignedIn:
    """Makes the account, and signs its user in, for whoever has the code from the mailbox.

    Raises Invalid, CodeExhausted, RegistrationExpired, RegistrationNotFound, AccountExists,
    UsernameTaken or PasskeyExists.
    """
    registration = _count_attempt(context, registration_id)
    if not mailbox_codes.is_right(context, registration, code):
        left = CODE_TRIES - registration.attempts
        raise Invalid.at("/code", "code_invalid", attempts_left=left)
    session_id = new_id()
    # The address decides, since a key may have been replaced meanwhile.
    email_keys = mailboxes.keys(context, registration.email)
    user = _user(registration, email_keys[0], session_id, context.now())
    also = _with_passkey(registration, user)
    try:
        users.create(context.database, user, context.now(), *also, email_keys=email_keys)
    except users.MailboxTaken:
        raise AccountExists from None
    except users.UsernameTaken:
        raise UsernameTaken from None
    except users.Stale:
        raise PasskeyExists from None
    logger.info("account created", extra={"user": user.id})
    try:
        signed_in = begin_session(context, user, caller, session_id)
    except (Unavailable, InvalidCredentials):
        # There is an account all the same, and others are to learn of it.
        audit.record(context, caller, "user.created", user.id)
        raise
    audit.record(context, caller, "user.created", user.id, session=session_id)
    return signed_in


@dataclass(frozen=True)
class _New:
    """What a registration is made of."""

    user: NewUser
    password_hash: str
    mailbox: str
    passkey: NewPasskey | None
    account_exists: bool


@dataclass(frozen=True)
class _Seen:
    username_taken: bool
    account_exists: bool
    answered: tuple[RepeatableRequest, Remembered] | None


def _look(context: Context, new: NewUser, requests: Sequence[RepeatableRequest]) -> _Seen:
    """All that decides the answer, in one read; costs 3 read units, 4 with an idempotency key.

    While a key is replaced, one more for each that is.
    """
    mailbox = mailboxes.sentinels(context, new.email.text)
    remembered = [registrations.remembered_key(request.key) for request in requests]
    keys = [*_name_keys(new.username.key), *mailbox, *remembered]
    now = context.now()
    name, hold, *items = context.database.get(*keys)
    owners, answers = items[: len(mailbox)], items[len(mailbox) :]
    return _Seen(
        username_taken=_taken(context, name, hold),
        account_exists=users.mailbox_taken(owners, now),
        answered=_answered(requests, answers, now),
    )


def _answered(
    requests: Sequence[RepeatableRequest], items: Sequence[Item | None], now: int
) -> tuple[RepeatableRequest, Remembered] | None:
    for request, item in zip(requests, items, strict=True):
        remembered = registrations.read_remembered(item) if item else None
        if remembered and remembered.expires_at > now:
            return request, remembered
    return None


def _repeatable(
    context: Context, idempotency_key: str | None, new: NewUser
) -> list[RepeatableRequest]:
    """The request as it is remembered, then as it was under the keys of before."""
    if not idempotency_key:
        return []
    keys = context.settings.signing_keys
    return [RepeatableRequest.of(key, idempotency_key, new) for key in keys]


def _name_keys(name_key: str) -> list[Key]:
    return [users.name_sentinel(name_key), holds.hold_key(name_key)]


def _taken(context: Context, name: Item | None, hold: Item | None) -> bool:
    return name is not None or holds.held(hold, context.now())


def _begin(
    context: Context, new: _New, request: RepeatableRequest | None, counted: Sequence[Taken]
) -> Pending:
    now = context.now()
    registration, code = mailbox_codes.with_code(
        context, _registration(new, now), account_exists=new.account_exists
    )
    remembered = request.answered(Pending.of(registration), now) if request else None
    spent = new.passkey.ceremony.mark() if new.passkey else None
    try:
        registrations.create(context.database, registration, now, remembered, spent)
    except users.UsernameTaken:
        raise UsernameTaken from None
    except registrations.PasskeySpent:
        raise Invalid.at("/passkey", "passkey_invalid") from None
    except registrations.AlreadyAnswered as first:
        if request is None:
            raise
        return request.answer(first.remembered)
    pending = mailbox_codes.send(context, registration, code, counted)
    if request and not pending.sent:
        registrations.correct(context.database, request.answered(pending, now))
    return pending


def _registration(new: _New, now: int) -> Registration:
    """Without a code yet. Its id is the one that the passkey was made for."""
    user, passkey = new.user, new.passkey.passkey if new.passkey else None
    return Registration(
        id=passkey.user_id if passkey else new_id(),
        username=user.username.text,
        name_key=user.username.key,
        email=user.email.text,
        email_key=new.mailbox,
        password_hash=new.password_hash,
        passkey=asdict(passkey) if passkey else None,
        display_name=user.display_name,
        locale=user.locale,
        expires_at=now + REGISTRATION_SECONDS,
    )


def _user(registration: Registration, email_key: str, session_id: str, now: int) -> User:
    return User(
        id=registration.id,
        username=registration.username,
        name_key=registration.name_key,
        email=registration.email,
        email_key=email_key,
        password_hash=registration.password_hash,
        passkeys=1 if registration.passkey else 0,
        display_name=registration.display_name,
        locale=registration.locale,
        created_at=now,
        updated_at=now,
        email_verified_at=now,
        created_in=session_id,
    )


def _with_passkey(registration: Registration, user: User) -> tuple[Write, ...]:
    """The writes that add the one it was made with: as old as the user or older, whatever the
    clock by which it was made.
    """
    if not registration.passkey:
        return ()
    made = Passkey(**registration.passkey)
    return stored_passkeys.added(replace(made, created_at=min(made.created_at, user.created_at)))


def _find(context: Context, registration_id: str) -> Registration:
    known = parse_id(registration_id)
    found = registrations.find(context.database, known) if known else None
    if found is None or found.expires_at <= context.now():
        raise RegistrationNotFound
    return found


def _count_attempt(context: Context, registration_id: str) -> Registration:
    known = parse_id(registration_id)
    if known is None:
        raise RegistrationNotFound
    now = context.now()
    try:
        return registrations.count_attempt(context.database, known, new_id(), now)
    except ConditionFailed:
        found = registrations.find(context.database, known)
        if found is None:
            raise RegistrationNotFound from None
        raise (RegistrationExpired if found.expires_at <= now else CodeExhausted)() from None
