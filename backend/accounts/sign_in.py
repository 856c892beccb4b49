"""Signing in: by a password, by a second factor after it, by a passkey alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from backend.accounts import (
    audit,
    limits,
    mailboxes,
    notices,
    passkeys,
    second_factors,
    tokens,
    verifiers,
)
from backend.accounts.context import Caller, Context
from backend.accounts.errors import ChallengeExpired, InvalidCredentials, Rejected
from backend.accounts.identifiers import USERNAME_LENGTH, EmailAddress, Username, parse_email
from backend.accounts.ids import new_id, parse_id
from backend.accounts.passkeys import Credential
from backend.accounts.passwords import normalise
from backend.accounts.sessions import SignedIn, begin_session, end_surplus
from backend.accounts.tokens import Device
from backend.accounts.two_factors import PASSWORD
from backend.storage import challenges, users
from backend.storage.challenges import Challenge
from backend.storage.users import User
from backend.storage.writes import Key

CHALLENGE_SECONDS: Final = 10 * 60


@dataclass(frozen=True)
class Challenged:
    """The password was right, and one of these methods is asked for besides.

    `expires_at` is in seconds since 1970.
    """

    id: str
    methods: tuple[str, ...]
    expires_at: int


def by_password(
    context: Context, identifier: str, password: str, caller: Caller
) -> SignedIn | Challenged:
    """Begins a session, or a challenge where the user has second factors.

    Raises RateLimited, Unavailable, or InvalidCredentials: one answer in one time for a wrong
    password, an unknown, a disabled and an unverified account, and for one without a password.
    """
    sentinels = _sentinels(context, identifier)
    device = tokens.device(context.settings.signing_keys, caller.device_cookie)
    user = _of_device(context, sentinels, device)
    user = user or users.find_by_sentinel(context.database, *sentinels)
    device_id = device.id if device and user and device.user_id == user.id else None
    if user and device_id:
        tries = limits.device_sign_in(context, user.id, device_id)
    else:
        first = sentinels[0]
        tries = limits.sign_in(context, caller, f"{first.pk}/{first.sk}")
    with limits.unless_unavailable(context, tries):
        right = verifiers.verify(user.password_hash if user else None, password)
    if user is None or user.disabled or not right:
        raise InvalidCredentials
    limits.right_after_all(context, tries)
    if verifiers.outdated(user.password_hash):
        new = verifiers.hash_password(normalise(password))
        users.rehash(context.database, user, new)
    if user.second_factors:
        return _challenge(context, user)
    return _begin(context, user, caller, PASSWORD, device_id)


def by_challenge(
    context: Context, challenge_id: str, method: str, code: str, caller: Caller
) -> SignedIn:
    """Begins the session that the challenge stood before.

    Raises InvalidCode, ChallengeExpired or RateLimited.
    """
    user = _answered(context, challenge_id)
    device_id = _known_device(context, user, caller)
    second_factors.prove(context, caller, user, method, code, device_id=device_id)
    challenges.end(context.database, challenge_id)
    return _begin(context, user, caller, method, device_id)


def by_passkey(context: Context, credential: Credential, caller: Caller) -> SignedIn:
    """Begins a session. Raises InvalidCredentials, whatever it is that is not right."""
    user = passkeys.prove(context, credential)
    return _begin(context, user, caller, "passkey", _known_device(context, user, caller))


def _begin(
    context: Context, user: User, caller: Caller, proof: str, device_id: str | None
) -> SignedIn:
    """A session, told to the log and, where the device is new to the account, to its owner."""
    two_factors = proof != PASSWORD
    signed_in = begin_session(context, user, caller, new_id(), device_id, two_factors=two_factors)
    session_id = signed_in.session.id
    events = audit.record(
        context, caller, "session.created", user.id, session=session_id, proof=proof
    )
    end_surplus(context, user, caller, events)
    if device_id is None:
        notices.tell(context, user, "new_device", caller)
    return signed_in


def _challenge(context: Context, user: User) -> Challenged:
    expires_at = context.now() + CHALLENGE_SECONDS
    challenge = Challenge(new_id(), user.id, user.epoch, expires_at)
    challenges.create(context.database, challenge)
    return Challenged(challenge.id, user.second_factors, expires_at)


def _answered(context: Context, challenge_id: str) -> User:
    """The user whose challenge is answered; the try is counted. Raises ChallengeExpired."""
    known = parse_id(challenge_id)
    now = context.now()
    challenge = challenges.count_attempt(context.database, known, new_id(), now) if known else None
    user = users.find(context.database, challenge.user_id) if challenge else None
    if challenge is None or user is None or user.disabled or user.epoch != challenge.epoch:
        raise ChallengeExpired
    return user


def _of_device(context: Context, sentinels: list[Key], device: Device | None) -> User | None:
    """The user whom the caller's device names, where a sentinel leads to the same: a read less.

    Who has no such cookie of their own learns nothing by it.
    """
    user = users.find(context.database, device.user_id) if device else None
    return user if user and users.is_found_by(user, sentinels) else None


def _known_device(context: Context, user: User, caller: Caller) -> str | None:
    return tokens.known_device(context.settings.signing_keys, user.id, caller.device_cookie)


def _sentinels(context: Context, identifier: str) -> list[Key]:
    """Where the owner of an identifier is found; an impossible one is looked for like any other."""
    if "@" not in identifier:
        name = Username(identifier.strip()).key
        # Nobody has a longer one, and a database key has to end somewhere.
        return [users.name_sentinel(name if len(name) <= USERNAME_LENGTH else "")]
    try:
        email = parse_email(identifier)
    except Rejected:
        email = EmailAddress(identifier)
    return mailboxes.sentinels(context, email.text)
