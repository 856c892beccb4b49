"""Whether answers look the same from outside, in what they say and in the slow work behind them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from argon2 import PasswordHasher
from werkzeug.test import TestResponse

from tests.support import Site

Act = Callable[[], TestResponse]


def observed(site: Site, act: Act) -> tuple[TestResponse, list[str], int]:
    """The answer, the slow work it took (database calls, hashes), and how many mails went out."""
    work: list[str] = []
    mails = len(site.mails())

    def note_call(operation: str, _asked: dict[str, Any]) -> None:
        work.append(operation)

    def noting(name: str) -> Callable[..., Any]:
        real = getattr(PasswordHasher, name)

        def note_hash(*arguments: Any) -> Any:
            work.append(name)
            return real(*arguments)

        return note_hash

    with site.calls.noted(note_call), pytest.MonkeyPatch.context() as patch:
        for name in ("hash", "verify"):
            patch.setattr(PasswordHasher, name, noting(name))
        answer = act()
    return answer, work, len(site.mails()) - mails


def shape(answer: TestResponse) -> tuple[int, dict[str, str], Any]:
    """All that a caller sees, but for what differs between any two answers."""
    headers = {name: value for name, value in answer.headers if name != "X-Request-Id"}
    return answer.status_code, headers, _blank(answer.json)


def assert_alike(site: Site, *acts: Act) -> None:
    """The acts are answered alike, with the same work and as many mails; there is some work."""
    answers, work, mails = zip(*(observed(site, act) for act in acts), strict=True)
    first = shape(answers[0])
    assert all(shape(answer) == first for answer in answers)
    assert work[0]
    assert all(done == work[0] for done in work)
    assert len(set(mails)) == 1


def _blank(body: Any) -> Any:
    if isinstance(body, dict):
        return {
            name: len(value) if name in {"id", "request_id"} else _blank(value)
            for name, value in body.items()
        }
    return body
