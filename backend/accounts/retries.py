"""Changes of a user that others change at the same time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from backend.accounts.context import Context
from backend.accounts.errors import NotAuthenticated
from backend.storage import users
from backend.storage.database import Unavailable
from backend.storage.users import User

T = TypeVar("T")

TRIES: Final = 60


def with_fresh_user(context: Context, user: User, attempt: Callable[[User], T]) -> T:
    """What comes of the attempt, which is made again with the user as it is now while it is Stale.

    Raises NotAuthenticated where the user was deleted meanwhile.
    """
    for _ in range(TRIES):
        try:
            return attempt(user)
        except users.Stale:
            found = users.find(context.database, user.id)
            if found is None:
                raise NotAuthenticated from None
            user = found
    raise Unavailable("the user is changed all the time")


def own_change(context: Context, user: User, attempt: Callable[[User], T]) -> T:
    """The same for a change that a user makes, who may have been disabled or deleted meanwhile.

    Raises NotAuthenticated then, so that nothing is added to an account that is going.
    """

    def still(user: User) -> T:
        if user.disabled:
            raise NotAuthenticated
        return attempt(user)

    return with_fresh_user(context, user, still)
