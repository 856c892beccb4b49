"""Sessions: begun with a password, seen at every request, ended with the next one in force."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from backend.accounts import audit, limits, notices, tokens, verifiers
from backend.accounts.context import Caller, Context
from backend.accounts.errors import (
    InvalidCredentials,
    NotAuthenticated,
    Rejected,
    SessionNotFound,
)
from backend.accounts.identifiers import USERNAME_LENGTH, EmailAddress, Username, parse_email
from backend.accounts.ids import new_id, parse_id
from backend.accounts.passwords import normalise
from backend.accounts.tokens import SessionToken
from backend.storage import sessions, users
from backend.storage.sessions import Session
from backend.storage.users import User
from backend.storage.writes import Key

# A use is noted this often at most, since each note is a write.
SEEN_SECONDS: Final = 5 * 60
USER_AGENT_LENGTH: Final = 256
END_OTHERS_TRIES: Final = 4


@dataclass(frozen=True)
class Opened:
    """A session with a new token, which is known only here and to the browser."""

    session: Session
    token: str


@dataclass(frozen=True)
class SignedIn(Opened):
    """A session that has just begun."""

    user: User
    device_cookie: str


def sign_in(context: Context, identifier: str, password: str, caller: Caller) -> SignedIn:
    """Begins a session for a username or an address with its password.

    Raises RateLimited, or InvalidCredentials: one answer in one time for a wrong password, an
    unknown, a disabled and an unverified account.
    """
    sentinel = _sentinel(context, identifier)
    user = users.find_by_sentinel(context.database, sentinel)
    device_id = _known_device(context, user, caller)
    if user and device_id:
        tries = limits.device_sign_in(context, user.id, device_id)
    else:
        tries = limits.sign_in(context, caller, sentinel.pk)
    right = verifiers.verify(user.password_hash if user else None, password)
    if user is None or user.disabled or not right:
        raise InvalidCredentials
    limits.right_after_all(context, tries)
    if verifiers.outdated(user.password_hash):
        new = verifiers.hash_password(normalise(password))
        users.rehash(context.database, user, new)
    signed_in = begin_session(context, user, caller, new_id(), device_id)
    tell_sign_in(context, caller, signed_in, "password", new_device=device_id is None)
    return signed_in


def tell_sign_in(
    context: Context, caller: Caller, signed_in: SignedIn, proof: str, *, new_device: bool
) -> None:
    """Into the log, and where the device is new to the account, to its owner."""
    user, session = signed_in.user, signed_in.session
    audit.record(context, caller, "session.created", user.id, session=session.id, proof=proof)
    if new_device:
        notices.tell(context, user, "new_device", caller)


def begin_session(
    context: Context, user: User, caller: Caller, session_id: str, device_id: str | None = None
) -> SignedIn:
    """A new session with a new token, and the cookie by which the device is known again."""
    now, settings = context.now(), context.settings
    token = SessionToken.new(user.id, session_id)
    expires_at = now + int(settings.session_absolute.total_seconds())
    session = Session(
        id=session_id,
        user_id=user.id,
        token_hash=token.hash,
        created_at=now,
        last_seen_at=now,
        idle_at=_idle_at(context, expires_at),
        expires_at=expires_at,
        user_agent=caller.user_agent[:USER_AGENT_LENGTH],
        ip_prefix=caller.ip_prefix,
        epoch=user.epoch,
    )
    sessions.create(context.database, session)
    cookie = tokens.device_cookie(settings.signing_key, user.id, device_id or new_id())
    return SignedIn(session, str(token), user, cookie)


def authenticate(context: Context, token_text: str) -> tuple[Session, User]:
    """The session that a token opens, with its user. Raises NotAuthenticated."""
    token = SessionToken.parse(token_text)
    found = token and sessions.find(context.database, token.user_id, token.session_id)
    if not token or not found:
        raise NotAuthenticated
    session, user = found
    if not tokens.same(token.hash, session.token_hash) or not _in_force(context, session, user):
        raise NotAuthenticated
    if context.now() - session.last_seen_at >= SEEN_SECONDS:
        idle_at = _idle_at(context, session.expires_at)
        session = sessions.touch(context.database, session, context.now(), idle_at)
    return session, user


def list_sessions(context: Context, user: User) -> list[Session]:
    """The user's sessions that are in force, newest first."""
    found = sessions.of_user(context.database, user.id)
    return [session for session in reversed(found) if _in_force(context, session, user)]


def end_session(context: Context, user: User, session_id: str, caller: Caller) -> None:
    """Raises SessionNotFound for what is not a session of this user."""
    known = parse_id(session_id)
    # Looked for first: a deletion that is repeated after a lost answer finds nothing.
    found = sessions.find(context.database, user.id, known) if known else None
    if known is None or found is None or not _in_force(context, *found):
        raise SessionNotFound
    sessions.delete(context.database, user.id, known)
    audit.record(context, caller, "session.ended", user.id, session=known)


def sign_out(context: Context, session: Session, caller: Caller) -> None:
    sessions.delete(context.database, session.user_id, session.id)
    audit.record(context, caller, "session.ended", session.user_id, session=session.id)


def end_other_sessions(context: Context, session: Session, user: User, caller: Caller) -> None:
    """Ends all sessions but this one. Raises NotAuthenticated if this one was ended meanwhile."""
    for _ in range(END_OTHERS_TRIES):
        if sessions.end_others(context.database, session, user):
            audit.record(context, caller, "sessions.ended", user.id, kept=session.id)
            return
        found = sessions.find(context.database, user.id, session.id)
        if not found or not _in_force(context, *found):
            raise NotAuthenticated
        session, user = found
    raise NotAuthenticated


def _in_force(context: Context, session: Session, user: User) -> bool:
    now = context.now()
    unexpired = session.idle_at > now and session.expires_at > now
    return unexpired and session.epoch == user.epoch and not user.disabled


def _idle_at(context: Context, expires_at: int) -> int:
    return min(context.now() + int(context.settings.session_idle.total_seconds()), expires_at)


def _known_device(context: Context, user: User | None, caller: Caller) -> str | None:
    if user is None:
        return None
    return tokens.known_device(context.settings.signing_key, user.id, caller.device_cookie)


def _sentinel(context: Context, identifier: str) -> Key:
    """Where the owner of an identifier is found; an impossible one is looked for like any other."""
    if "@" not in identifier:
        name = Username(identifier.strip()).key
        # Nobody has a longer one, and a database key has to end somewhere.
        return users.name_sentinel(name if len(name) <= USERNAME_LENGTH else "")
    try:
        email = parse_email(identifier)
    except Rejected:
        email = EmailAddress(identifier)
    return users.mailbox_sentinel(email.key(context.settings.lookup_key))
