"""Two factors, where REQUIRE_SECOND_FACTOR asks for them (NIST SP 800-63B-4 2.2.1, 4.1.2.1).

A passkey is two, since it verifies its user; so is a code, which is only taken beside a password.
A password is one, and so is the code from the mailbox that begins an account.
"""

from __future__ import annotations

from typing import Final

from backend.accounts.context import Context
from backend.accounts.errors import SecondFactorRequired
from backend.storage import sessions
from backend.storage.sessions import Session
from backend.storage.users import User

PASSWORD: Final = "password"  # noqa: S105 - the name of a proof


def demand(context: Context, session: Session) -> None:
    """Before what others rely on. Raises SecondFactorRequired."""
    if context.settings.require_second_factor and not session.two_factors:
        raise SecondFactorRequired


def demand_to_bind(context: Context, session: Session, user: User) -> None:
    """Before a change of factors: with one factor nobody gets past those that the user has.

    Raises SecondFactorRequired.
    """
    if user.passkeys or user.second_factors:
        demand(context, session)


def bound(context: Context, session: Session) -> None:
    """Whoever has just added a factor has shown it, beside the one they came with."""
    if context.settings.require_second_factor and not session.two_factors:
        sessions.shown_two_factors(context.database, session)
