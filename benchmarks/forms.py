"""Forms to sign in or to register with, ours and those of others: served, visited and weighed."""

from __future__ import annotations

import gzip
import statistics
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import brotli
from playwright.sync_api import Browser

from benchmarks import browsing, edge
from benchmarks.browsing import NotVisited, Visit
from benchmarks.bundles import BUNDLES, Bundle
from benchmarks.environments import NotInstalled
from benchmarks.report import Note

LOADS: Final = 5
REGISTRATION, SIGN_IN = "Latchstring, registration", "Latchstring, sign-in"
VIEWS: Final = {REGISTRATION: "/", SIGN_IN: "/#sign-in"}


@dataclass(frozen=True)
class Size:
    """Bytes of the files that a form needs."""

    files: int
    raw: int
    gzip: int
    brotli: int


@dataclass
class Form:
    """A page that is visited, or the reason why not."""

    title: str
    counted: str
    url: str | None
    until: str
    version: str = ""
    failure: str = ""
    size: Size | None = None
    first: Visit | None = None
    slow: list[Visit] = field(default_factory=list)

    def median(self, taken: Callable[[Visit], float | None]) -> float | None:
        """Of the slow visits, where each has it."""
        values = [value for visit in self.slow if (value := taken(visit)) is not None]
        return statistics.median(values) if values and len(values) == len(self.slow) else None


def views(url: str) -> list[Form]:
    counted = "HTML with the logo, style sheet and two scripts"
    return [Form(view, counted, f"{url}{place}", "usable") for view, place in VIEWS.items()]


def others(stack: ExitStack, folder: Path, note: Note) -> list[Form]:
    forms = []
    for bundle in BUNDLES:
        note(f"install {bundle.title}")
        forms.append(_other(stack, bundle, folder / "others" / bundle.name))
    return forms


def _other(stack: ExitStack, bundle: Bundle, folder: Path) -> Form:
    folder.mkdir(parents=True)
    try:
        version = bundle.page(folder)
    except NotInstalled as failure:
        return Form(bundle.title, bundle.counted, None, "", failure=str(failure))
    url = stack.enter_context(edge.served(edge.plain(folder)))
    return Form(bundle.title, bundle.counted, url, "executed", version)


def visit(browser: Browser, forms: Sequence[Form], note: Note) -> None:
    for turn in range(LOADS + 1):
        note(f"visit {turn} of {LOADS}")
        for form in forms:
            if form.url is None:
                continue
            try:
                seen = browsing.visit(browser, form.url, until=form.until, slow=turn > 0)
            except NotVisited as failure:
                form.url, form.failure = None, str(failure)
                continue
            if turn == 0:
                form.first = seen
                form.size = _size(form.url, seen.files)
            else:
                form.slow.append(seen)


def _size(url: str, asked: Sequence[str]) -> Size:
    """Of the files that the server has; what is asked of a service that is not here has no size."""
    origin = "/".join(url.split("/")[:3])
    bodies = [_body(one) for one in asked if one.startswith(origin) and "/api/" not in one]
    found = [body for body in bodies if body is not None]
    return Size(
        len(found),
        sum(map(len, found)),
        sum(len(gzip.compress(body, 9)) for body in found),
        sum(len(brotli.compress(body)) for body in found),
    )


def _body(url: str) -> bytes | None:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            body: bytes = answer.read()
            return body
    except OSError:
        return None
