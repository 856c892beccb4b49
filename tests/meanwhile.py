"""What happens between two calls of the app to its database: see `NotedCalls.noted`."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any, TypeVar

from backend.storage.database import Unavailable
from tests.support import Site

T = TypeVar("T")
Asked = dict[str, Any]
Tell = Callable[[str, Asked], T]


def at(
    which: Tell[bool], act: Callable[[], object], *, after: int = 0, times: int = 1
) -> Tell[None]:
    """Acts before calls that are such, but for so many at first and those that it makes itself."""
    seen = itertools.count()
    acting: list[bool] = []

    def tell(operation: str, asked: Asked) -> None:
        if acting or not which(operation, asked) or next(seen) not in range(after, after + times):
            return
        acting.append(True)
        act()
        acting.clear()

    return tell


def changed_before_each(which: Tell[bool], site: Site, user_id: str) -> Tell[None]:
    """Has the user be another before each such call, so that none finds them as they were read."""
    names = map("Ann {}".format, itertools.count())
    return at(which, lambda: site.change_user(user_id, display_name=next(names)), times=100)


def cut() -> None:
    raise Unavailable("cut off")
