"""Another password: judged beside its user, set, and told of."""

from __future__ import annotations

from backend.accounts import audit, notices, passwords, step_up, verifiers
from backend.accounts.context import Caller, Context
from backend.accounts.errors import Invalid, NotAuthenticated
from backend.accounts.sessions import Opened
from backend.accounts.tokens import SessionToken
from backend.storage import password_changes, sessions
from backend.storage.sessions import Session
from backend.storage.users import User


def change(
    context: Context,
    caller: Caller,
    session: Session,
    user: User,
    *,
    current: str | None,
    new: str,
) -> Opened:
    """The session with a new token; all others end.

    Raises InvalidCredentials, RateLimited or Invalid, StepUpRequired for a first password, and
    NotAuthenticated if the session was ended meanwhile.
    """
    # What costs nothing refuses before the current password is hashed.
    _refuse_names(context, user, new)
    _prove(context, session, user, current)
    verifier = _verifier(context, new)
    token = SessionToken.new(user.id, session.id)
    kept, write = sessions.renewed(session, token.hash)
    if not password_changes.change_password(context.database, user, verifier, context.now(), write):
        raise NotAuthenticated
    tell(context, caller, user, "password.changed")
    return Opened(kept, str(token))


def judged(context: Context, user: User, password: str) -> str:
    """The verifier of a password that is right by itself, once it is judged beside its user.

    Raises Invalid for one that names the user, or is known from a breach.
    """
    _refuse_names(context, user, password)
    return _verifier(context, password)


def tell(context: Context, caller: Caller, user: User, action: str) -> None:
    """Into the log as `action`, and to the user."""
    audit.record(context, caller, action, user.id)
    notices.tell(context, user, "password_changed", caller)


def _refuse_names(context: Context, user: User, password: str) -> None:
    identities = [user.username, user.email, context.settings.brand_name]
    if passwords.names(password, identities):
        raise Invalid.at("/password", "password_contains_identity")


def _verifier(context: Context, password: str) -> str:
    if context.breached(password):
        raise Invalid.at("/password", "password_compromised")
    return verifiers.hash_password(password)


def _prove(context: Context, session: Session, user: User, current: str | None) -> None:
    """Who has no password yet cannot name it, and proves otherwise to be the user."""
    if current is None and not user.password_hash:
        step_up.demand(context, session)
        return
    if current is None:
        raise Invalid.at("/current_password", "required")
    step_up.check_password(context, session, user, current)
