"""Step-up: a recent proof that it is still the user, before what is sensitive.

Signing in is no such proof, so that a session that was left open, or taken, can do little. With
each proof the session gets a new token (OWASP ASVS 5.0 7.2.4).
"""

from __future__ import annotations

from typing import Final

from backend.accounts import audit, limits, verifiers
from backend.accounts.context import Caller, Context
from backend.accounts.errors import InvalidCredentials, NotAuthenticated, StepUpRequired
from backend.accounts.sessions import Opened
from backend.accounts.tokens import SessionToken
from backend.storage import sessions
from backend.storage.database import ConditionFailed
from backend.storage.sessions import Session
from backend.storage.users import User

RECENT_SECONDS: Final = 5 * 60


def demand(context: Context, session: Session) -> None:
    """Raises StepUpRequired unless the session's holder proved to be the user a moment ago."""
    if session.proved_at + RECENT_SECONDS <= context.now():
        raise StepUpRequired


def by_password(
    context: Context, caller: Caller, session: Session, user: User, password: str
) -> Opened:
    """Raises InvalidCredentials or RateLimited; wrong tries count like those of a known device."""
    tries = limits.device_sign_in(context, user.id, session.id)
    if not verifiers.verify(user.password_hash, password):
        raise InvalidCredentials
    limits.right_after_all(context, tries)
    return passed(context, caller, session, "password")


def passed(context: Context, caller: Caller, session: Session, proof: str) -> Opened:
    """The session after a proof, with a new token. Raises NotAuthenticated if it was ended."""
    token = SessionToken.new(session.user_id, session.id)
    try:
        proved = sessions.prove(context.database, session, context.now(), token.hash)
    except ConditionFailed:
        raise NotAuthenticated from None
    audit.record(context, caller, "step_up.passed", session.user_id, proof=proof)
    return Opened(proved, str(token))
