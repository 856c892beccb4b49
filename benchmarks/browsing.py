"""A first visit in Chromium: what goes over the wire, and how soon there is something to use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from playwright.sync_api import Browser, CDPSession, Error, sync_playwright

from tests.e2e import chromium

# Whatever a page asks of others, nobody answers.
FLAGS: Final = (*chromium.FLAGS, "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost")

# "Slow 4G" of Lighthouse and of Chromium's own tools: ms, bytes a second; and a slow telephone.
SLOW: Final = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1.6e6 / 8,
    "uploadThroughput": 750e3 / 8,
}
CPU_SLOWDOWN: Final = 4
PATIENCE: Final = 60_000  # ms

# A form answers as soon as it stands there: the task that draws it also listens to it.
WATCH: Final = """
new MutationObserver((_, observer) => {
  if (document.querySelector('main input, #form input')) {
    performance.mark('usable');
    observer.disconnect();
  }
}).observe(document, { childList: true, subtree: true });
"""
# Not by Playwright's own waiting, whose `eval` the page's policy forbids from the second look on.
MARKED: Final = """([name, patience]) => new Promise((resolve, reject) => {
  const look = () => performance.getEntriesByName(name).length
    ? resolve() : requestAnimationFrame(look);
  setTimeout(() => reject(new Error(`no mark ${name}`)), patience);
  look();
})"""
TOLD: Final = """() => Object.fromEntries(['paint', 'mark'].flatMap((type) =>
  performance.getEntriesByType(type).map(({ name, startTime }) => [name, startTime])))"""


class NotVisited(Exception):
    """The reason, in one line."""


@dataclass(frozen=True)
class Visit:
    """Bytes as they came over the wire, headers of the answers included; ms since the address.

    A time is None where nothing was painted, no field was there to type into, or no mark was set.
    """

    files: tuple[str, ...]
    wire: int
    contentful: float | None
    usable: float | None
    executed: float | None

    @property
    def requests(self) -> int:
        return len(self.files)


@contextmanager
def launched(path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


def visit(browser: Browser, url: str, *, until: str, slow: bool = False) -> Visit:
    """With an empty cache, until the mark `until` is there and the network is still.

    Raises NotVisited.
    """
    context = browser.new_context()
    try:
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.add_init_script(WATCH)
        session = context.new_cdp_session(page)
        asked, received = _watched(session)
        if slow:
            session.send("Network.emulateNetworkConditions", SLOW)
            session.send("Emulation.setCPUThrottlingRate", {"rate": CPU_SLOWDOWN})
        page.goto(url, wait_until="networkidle")
        page.evaluate(MARKED, [until, PATIENCE])
        told: dict[str, float] = page.evaluate(TOLD)
    except Error as failure:
        raise NotVisited(f"Chromium: {failure.message.splitlines()[0]}") from None
    finally:
        context.close()
    return Visit(
        files=tuple(asked.values()),
        wire=sum(received[one] for one in asked if one in received),
        contentful=told.get("first-contentful-paint"),
        usable=told.get("usable"),
        executed=told.get("executed"),
    )


def _watched(session: CDPSession) -> tuple[dict[str, str], dict[str, int]]:
    """The addresses that go over the wire and the bytes of each answer, while the page loads."""
    asked: dict[str, str] = {}
    received: dict[str, int] = {}

    def sent(event: dict[str, Any]) -> None:
        asked[event["requestId"]] = event["request"]["url"]

    def cached(event: dict[str, Any]) -> None:
        asked.pop(event["requestId"], None)

    def answered(event: dict[str, Any]) -> None:
        if event["response"].get("fromDiskCache"):
            cached(event)

    def finished(event: dict[str, Any]) -> None:
        received[event["requestId"]] = int(event["encodedDataLength"])

    session.on("Network.requestWillBeSent", sent)
    session.on("Network.requestServedFromCache", cached)
    session.on("Network.responseReceived", answered)
    session.on("Network.loadingFinished", finished)
    session.send("Network.enable")
    return asked, received
