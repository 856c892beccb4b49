"""Hashing as a test looks at it: each hash noted, or all turns taken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final

import pytest
from argon2 import PasswordHasher

from backend.accounts import foreign_hashes, turns, verifiers

# Argon2id at the least it can cost.
CHEAP: Final = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
NOBODY: Final = CHEAP.hash("a password that is nobody's")
HASHING = (
    (PasswordHasher, "hash"),
    (PasswordHasher, "verify"),
    (verifiers, "hash_secret_raw"),
    (foreign_hashes, "verify"),
)


@contextmanager
def seen(tell: Callable[[], None]) -> Iterator[None]:
    """Each hash tells before it is made, in the turn that it has."""

    def telling(real: Callable[..., Any]) -> Callable[..., Any]:
        def hashing(*arguments: Any, **costs: Any) -> Any:
            tell()
            return real(*arguments, **costs)

        return hashing

    with pytest.MonkeyPatch.context() as patch:
        for owner, name in HASHING:
            patch.setattr(owner, name, telling(getattr(owner, name)))
        yield


@contextmanager
def all_turns_taken() -> Iterator[None]:
    """As by a flood; who comes then is refused after a moment."""
    with pytest.MonkeyPatch.context() as patch, ExitStack() as taken:
        for _ in range(turns.cores()):
            taken.enter_context(turns.turn())
        patch.setattr(turns, "PATIENCE_SECONDS", 0.01)
        yield
