"""One installation and one Chromium for each process of tests; a new profile for each visitor.

Whatever a page complains of, and whatever it asks another origin for, fails the test at its end.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect

from tests.e2e import chromium as browsers
from tests.installation import Installation, running

PATIENCE = 5_000  # ms
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = browsers.executable()
    if path is None:
        missing = f"Chromium is not installed: there is no `{browsers.PACKAGE}` on the PATH"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    with browsers.launched(path) as browser:
        yield browser


@pytest.fixture(scope="session")
def installation(
    chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    with running(tmp_path_factory.mktemp("installation")) as found:
        yield found


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What the pages complain of in this test: there is nothing to complain of."""
    heard: list[str] = []
    yield heard
    assert heard == []


@pytest.fixture
def visit(chromium: Browser, complaints: list[str]) -> Iterator[Callable[..., Page]]:
    """`visit(url, **options)`: an empty tab of somebody who has never been here."""
    contexts: list[BrowserContext] = []

    def visit_with(url: str, **options: Any) -> Page:
        context = chromium.new_context(base_url=url, **options)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        watch(context, url, complaints)
        return context.new_page()

    yield visit_with
    for context in contexts:
        # A request that a test does not wait for fails with the tab, not within the next test.
        context.unroute_all(behavior="ignoreErrors")
        context.close()


@pytest.fixture
def new_page(visit: Callable[..., Page], installation: Installation) -> Callable[..., Page]:
    """`new_page(**options)`: somebody else, with a browser profile of their own."""

    def make(**options: Any) -> Page:
        return visit(installation.url, **options)

    return make


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    return new_page()


def watch(context: BrowserContext, url: str, complaints: list[str]) -> None:
    def on_console(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not is_answer(message, url):
            complaints.append(message.text)

    def on_request(request: Request) -> None:
        if not request.url.startswith(f"{url}/"):
            complaints.append(f"asked another origin: {request.url}")

    context.on("console", on_console)
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    context.on("request", on_request)


def is_answer(message: ConsoleMessage, url: str) -> bool:
    """Whether this is only the browser's own note of a refusal by the API, or of no network."""
    return (
        message.text.startswith("Failed to load resource")
        and message.location["url"].startswith(f"{url}/api/v1/")
        and "status of 5" not in message.text
    )
