"""Sessions: begun by signing in, seen at every request, ended with the next one in force."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Final

from backend.accounts import audit, tokens
from backend.accounts.context import Caller, Context
from backend.accounts.errors import InvalidCredentials, NotAuthenticated, SessionNotFound
from backend.accounts.ids import new_id, parse_id
from backend.accounts.tokens import Device, SessionToken
from backend.storage import sessions, users
from backend.storage.database import Unavailable
from backend.storage.sessions import Session
from backend.storage.users import User
from backend.storage.writes import Update

logger = logging.getLogger(__name__)

# A use is noted this often at most, since each note is a write.
SEEN_SECONDS: Final = 5 * 60
END_OTHERS_TRIES: Final = 4
# Of a user. One more ends the one that was not used for longest.
MAX_SESSIONS: Final = 100
# So many of those that are too many are ended at a time.
SURPLUS: Final = 25


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


def begin_session(
    context: Context,
    user: User,
    caller: Caller,
    session_id: str,
    device_id: str | None = None,
    *,
    two_factors: bool = False,
) -> SignedIn:
    """A new session with a new token, and the cookie by which the device is known again.

    Raises InvalidCredentials where the user was disabled or is being deleted.
    """
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
        user_agent=caller.user_agent,
        ip_prefix=caller.ip_prefix,
        epoch=user.epoch,
        two_factors=two_factors,
    )
    _create(context, session)
    device = Device(user.id, device_id or new_id())
    cookie = tokens.device_cookie(settings.signing_key, device)
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
    """Ends all sessions but this one.

    Raises NotAuthenticated if this one was ended meanwhile, or Unavailable.
    """
    for _ in range(END_OTHERS_TRIES):
        if sessions.end_others(context.database, session, user):
            audit.record(context, caller, "sessions.ended", user.id, kept=session.id)
            return
        session, user = _still_in_force(context, session)
    raise Unavailable("sessions are ended all the time")


def end_surplus(context: Context, user: User, caller: Caller, events: int) -> None:
    """Leaves MAX_SESSIONS to a user of whom there are so many events; best effort.

    Each session began with an event, so that with few events there is nothing to look for.
    """
    if events <= MAX_SESSIONS:
        return
    try:
        for session in _surplus(context, user):
            sessions.delete(context.database, user.id, session.id)
            if _in_force(context, session, user):
                audit.record(context, caller, "session.ended", user.id, session=session.id)
    except Unavailable as failure:
        logger.warning("sessions not counted", extra={"user": user.id, "reason": str(failure)})


def taken_along(context: Context, session: Session, user: User) -> Update:
    """The write that keeps this session while a change of the user's epoch ends all others.

    Raises NotAuthenticated if it was ended meanwhile.
    """
    _still_in_force(context, session)
    return sessions.taken_along(user, session.id)


def _surplus(context: Context, user: User) -> list[Session]:
    """Those that are over first, then those that were not used for longest."""
    held = sessions.oldest(context.database, user.id, MAX_SESSIONS + SURPLUS)
    held.sort(key=lambda one: (_in_force(context, one, user), one.last_seen_at, one.id))
    return held[: max(0, len(held) - MAX_SESSIONS)]


def _still_in_force(context: Context, session: Session) -> tuple[Session, User]:
    """The session and its user as they are now. Raises NotAuthenticated if it was ended."""
    found = sessions.find(context.database, session.user_id, session.id)
    if not found or not _in_force(context, *found):
        raise NotAuthenticated
    return found


def _create(context: Context, session: Session) -> None:
    """Looks at the user once more, so that no session is left behind by a deletion."""
    sessions.create(context.database, session)
    user = users.find(context.database, session.user_id)
    if user is None or user.disabled:
        sessions.delete(context.database, session.user_id, session.id)
        raise InvalidCredentials


def _in_force(context: Context, session: Session, user: User) -> bool:
    unexpired = session.idle_at > context.now()
    # A session that began to delete its user may finish that.
    enabled = not user.disabled or user.leaving == session.id
    return unexpired and session.epoch == user.epoch and enabled


def _idle_at(context: Context, expires_at: int) -> int:
    """When a session that is not used ends; none lasts longer than it may."""
    return min(context.now() + int(context.settings.idle_limit.total_seconds()), expires_at)
