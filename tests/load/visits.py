"""Visits: somebody registers, proves the mailbox, signs in, looks who they are, and signs out."""

from __future__ import annotations

import itertools
import json
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from threading import Thread
from typing import Any, Final

from tests.load.service import Service
from tests.support import PASSWORD

# Longer than the app may take, and whatever waits before it.
PATIENCE_SECONDS: Final = 60.0
REFUSED: Final = {429, 503}

_serial = itertools.count(1)


@dataclass
class Visit:
    """What became of it: the status of each request, and a sentence for whatever was not right."""

    service: Service
    name: str = field(default_factory=lambda: f"user{next(_serial)}")
    statuses: list[int] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    cut_off: str = ""

    def go(self) -> Visit:
        try:
            for _ in self._steps():
                if self.statuses[-1] in REFUSED or self.wrong:
                    break
        except (OSError, HTTPException) as failure:
            self.cut_off = type(failure).__name__
        return self

    @property
    def done(self) -> bool:
        return self.statuses == [202, 201, 201, 200, 204]

    def _steps(self) -> Iterator[None]:
        email = f"{self.name}@example.com"
        body = {"username": self.name, "email": email, "password": PASSWORD}
        begun, _ = self._ask("POST", "users", 202, body)
        yield
        path = f"registrations/{begun['registration']['id']}/verify"
        verified, _ = self._ask("POST", path, 201, {"code": self.service.code(email)})
        yield
        credentials = {"identifier": email, "password": PASSWORD}
        _, session = self._ask("POST", "sessions", 201, credentials)
        yield
        me, _ = self._ask("GET", "users/me", 200, cookie=session)
        if self.statuses[-1] == 200 and me["id"] != verified["user"]["id"]:
            self.wrong.append(f"{self.name} is taken for {me}")
        yield
        self._ask("DELETE", "sessions/current", 204, cookie=session)
        yield

    def _ask(
        self, method: str, path: str, wanted: int, body: Any = None, cookie: str = ""
    ) -> tuple[Any, str]:
        connection = HTTPConnection("127.0.0.1", self.service.port, timeout=PATIENCE_SECONDS)
        headers = {"Content-Type": "application/json", "Cookie": cookie}
        try:
            raw = json.dumps(body) if body else None
            connection.request(method, f"/api/v1/{path}", raw, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        self.statuses.append(answer.status)
        cookies = [one.partition(";")[0] for one in answer.headers.get_all("Set-Cookie", [])]
        if answer.status in REFUSED:
            self._judge_refusal(answer.headers, text)
        elif answer.status != wanted:
            self.wrong.append(f"{method} {path} is answered {answer.status}: {text}")
        return json.loads(text) if text else None, "; ".join(cookies)

    def _judge_refusal(self, headers: Any, text: str) -> None:
        problem = headers["Content-Type"] == "application/problem+json"
        if not problem or int(headers["Retry-After"] or 0) < 1:
            self.wrong.append(f"a refusal does not say when to come again: {text}")


@dataclass(frozen=True)
class Load:
    """All visits of a while."""

    visits: list[Visit]
    seconds: float

    @property
    def rate(self) -> float:
        """Visits a second that were done."""
        return sum(visit.done for visit in self.visits) / self.seconds

    @property
    def requests(self) -> int:
        return sum(len(visit.statuses) + bool(visit.cut_off) for visit in self.visits)

    @property
    def wrong(self) -> list[str]:
        return [sentence for visit in self.visits for sentence in visit.wrong]

    def __str__(self) -> str:
        answered = Counter(status for visit in self.visits for status in visit.statuses)
        cut = Counter(visit.cut_off for visit in self.visits if visit.cut_off)
        return (
            f"{self.rate:.1f} visits/s of {len(self.visits)}: {dict(answered)}, cut off {dict(cut)}"
        )


def served(service: Service, callers: int, seconds: float) -> Load:
    """As many callers as keep it busy, each coming again as soon as they are served."""
    began = time.monotonic()

    def come(_number: int) -> list[Visit]:
        visits = []
        while time.monotonic() - began < seconds:
            visits.append(Visit(service).go())
        return visits

    with ThreadPoolExecutor(callers) as crowd:
        visits = [visit for each in crowd.map(come, range(callers)) for visit in each]
    return Load(visits, time.monotonic() - began)


def offered(service: Service, rate: float, seconds: float) -> Load:
    """So many visits begun a second, however many are still waiting."""
    began, visits, crowd = time.monotonic(), [], []
    for number in range(round(rate * seconds)):
        time.sleep(max(0.0, began + number / rate - time.monotonic()))
        visits.append(Visit(service))
        crowd.append(Thread(target=visits[-1].go))
        crowd[-1].start()
    for one in crowd:
        one.join()
    return Load(visits, time.monotonic() - began)


def usual(service: Service) -> float:
    """Seconds of a visit when nobody else is there."""
    return statistics.median(timed(Visit(service).go) for _ in range(5))


def timed(act: Callable[[], Visit]) -> float:
    began = time.monotonic()
    assert act().done
    return time.monotonic() - began
