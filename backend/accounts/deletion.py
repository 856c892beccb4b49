"""The end of an account: nobody can sign in from the first write on, and nothing is left of it.

First the user is disabled and all sessions end, but for the one that asked: it may ask again where
the work was cut off. Then everything else goes, and the user with username and address last. The
audit log keeps what happened and loses who it was; it is swept once more behind its last event,
after which it takes nobody's traces.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Final

from backend.accounts import audit, notices, roles
from backend.accounts.context import Caller, Context
from backend.accounts.errors import NotAuthenticated, UserNotFound
from backend.storage import audit as events
from backend.storage import deletion, sessions, users
from backend.storage.database import Unavailable
from backend.storage.sessions import Session
from backend.storage.users import User
from backend.storage.writes import Write

logger = logging.getLogger(__name__)

TRIES: Final = 10


def delete_user(
    context: Context,
    caller: Caller,
    user: User,
    *,
    session: Session | None = None,
    actor: str | None = None,
) -> None:
    """Deletes the user, who asks in `session` unless another `actor` does; repeatable.

    Raises LastAdmin; and where another call was first, NotAuthenticated or UserNotFound.
    """
    locked = _lock_out(context, user, session)
    deletion.delete_belongings(context.database, locked)
    events.forget_person(context.database, locked.id)
    _delete(context, locked)
    # Whoever deletes themselves leaves no trace of where they were.
    where = caller if actor else replace(caller, ip_prefix="", user_agent="")
    audit.record(context, where, events.DELETED, locked.id, actor=actor)
    _sweep_again(context, locked)
    notices.tell(context, locked, "account_deleted", caller)


def _sweep_again(context: Context, user: User) -> None:
    """Best effort: the account is gone."""
    try:
        events.forget_person(context.database, user.id)
    except Unavailable as failure:
        extra = {"user": user.id, "reason": str(failure)}
        logger.error("events not swept again", extra=extra)


def _lock_out(context: Context, user: User, session: Session | None) -> User:
    """The user, disabled, with no session but the one that asks."""
    leaving = session.id if session else users.BY_ANOTHER
    for _ in range(TRIES):
        if user.disabled and user.leaving == leaving:
            return user
        wanted = {"disabled": True, "leaving": leaving, "epoch": user.epoch + 1}
        also = [*roles.kept(context, user, replace(user, disabled=True)), *_kept(session)]
        try:
            return users.change(context.database, user, context.now(), *also, **wanted)
        except users.Stale:
            user, session = _read_again(context, user, session)
    raise Unavailable("the user is changed all the time")


def _kept(session: Session | None) -> list[Write]:
    return [sessions.renewed(session, session.token_hash)[1]] if session else []


def _read_again(
    context: Context, user: User, session: Session | None
) -> tuple[User, Session | None]:
    if session is None:
        found = users.find(context.database, user.id)
        if found is None:
            raise UserNotFound
        return found, None
    both = sessions.find(context.database, user.id, session.id)
    if both is None or both[0].epoch != both[1].epoch:
        raise NotAuthenticated
    return both[1], both[0]


def _delete(context: Context, user: User) -> None:
    for _ in range(TRIES):
        if deletion.delete(context.database, user):
            return
        user = users.find(context.database, user.id) or user
    raise Unavailable("the user is changed all the time")
