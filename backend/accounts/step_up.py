"""Step-up: a recent proof that it is still the user, before what is sensitive.

Signing in is no such proof, so that a session that was left open, or taken, can do little. With
each proof the session gets a new token (OWASP ASVS 5.0 7.2.4).
"""

from __future__ import annotations

from typing import Final

from backend.accounts import audit, limits, passkeys, second_factors, verifiers
from backend.accounts.context import Caller, Context
from backend.accounts.errors import InvalidCredentials, NotAuthenticated, StepUpRequired
from backend.accounts.passkeys import Credential
from backend.accounts.sessions import Opened
from backend.accounts.tokens import SessionToken
from backend.accounts.totp import TOTP
from backend.accounts.two_factors import PASSWORD
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
    """Raises InvalidCredentials or RateLimited."""
    check_password(context, session, user, password)
    return passed(context, caller, session, PASSWORD)


def check_password(context: Context, session: Session, user: User, password: str) -> None:
    """Raises InvalidCredentials or RateLimited; wrong tries count like those of a known device."""
    tries = limits.device_sign_in(context, user.id, session.id)
    with limits.unless_unavailable(context, tries):
        right = verifiers.verify(user.password_hash, password)
    if not right:
        raise InvalidCredentials
    limits.right_after_all(context, tries)


def by_totp(context: Context, caller: Caller, session: Session, user: User, code: str) -> Opened:
    """Raises InvalidCode or RateLimited."""
    second_factors.prove(context, caller, user, TOTP, code, device_id=session.id)
    return passed(context, caller, session, TOTP)


def by_passkey(
    context: Context, caller: Caller, session: Session, user: User, credential: Credential
) -> Opened:
    """Raises InvalidCredentials, also for somebody else's passkey."""
    if passkeys.prove(context, credential).id != user.id:
        raise InvalidCredentials
    return passed(context, caller, session, "passkey")


def passed(context: Context, caller: Caller, session: Session, proof: str) -> Opened:
    """The session after a proof, with a new token. Raises NotAuthenticated if it was ended."""
    token = SessionToken.new(session.user_id, session.id)
    try:
        proved = sessions.prove(
            context.database,
            session,
            context.now(),
            token.hash,
            two_factors=proof != PASSWORD,
        )
    except ConditionFailed:
        raise NotAuthenticated from None
    audit.record(context, caller, "step_up.passed", session.user_id, proof=proof)
    return Opened(proved, str(token))
