"""Many callers at one moment, and what became of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from werkzeug.test import TestResponse

from tests.support import Browser, browser_with, session_token

T = TypeVar("T")


def at_once(calls: Sequence[Callable[[], T]]) -> list[T]:
    """Makes all calls at the same moment; returns what each returned, in their order."""
    barrier = Barrier(len(calls), timeout=30)

    def run(call: Callable[[], T]) -> T:
        barrier.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as crowd:
        return list(crowd.map(run, calls))


def also(browser: Browser) -> Browser:
    """Another window with the same session."""
    return browser_with(browser.site, session_token(browser))


def outcome(answer: TestResponse) -> str:
    """`201`, or for a problem `409 username_taken`."""
    problem = answer.content_type == "application/problem+json"
    return f"{answer.status_code} {answer.json['code']}" if problem else str(answer.status_code)


def outcomes(answers: Sequence[TestResponse]) -> Counter[str]:
    return Counter(map(outcome, answers))
