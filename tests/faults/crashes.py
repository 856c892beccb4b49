"""The app or the engine is killed in the middle of what somebody asks for, and started again."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from werkzeug.test import TestResponse

from backend.local import engine
from backend.local.engine import Engine
from tests.faults.proxy import Fault, Proxy
from tests.faults.served import CutOff, ServedSite
from tests.support import Site

# Before a call reaches the engine, and after it was carried out but before the app hears of it.
BEFORE, AFTER = Fault.CUT, Fault.LOST


class Mortal(Protocol):
    """What can be killed by SIGKILL, and started again."""

    def kill(self) -> None: ...

    def start(self) -> None: ...


@dataclass
class DurableEngine:
    """On disk, behind the proxy."""

    data: Path
    proxy: Proxy
    engine: Engine

    def kill(self) -> None:
        os.kill(self.engine.pid, signal.SIGKILL)
        assert self.engine.process.wait() == -signal.SIGKILL

    def start(self) -> None:
        self.engine.stop()
        self.engine = engine.start(self.data)
        self.proxy.upstream = self.engine.url


@dataclass(frozen=True)
class Crashed:
    """What was answered, None for nothing; `midway` is whether all was not yet done."""

    answer: TestResponse | None
    midway: bool


@dataclass(frozen=True)
class Crashes:
    """Of the one who is `mortal`, at this moment of a call to the database."""

    site: Site
    proxy: Proxy
    mortal: Mortal
    moment: Fault

    @classmethod
    def of_app(cls, site: ServedSite, proxy: Proxy, moment: Fault) -> Crashes:
        return cls(site, proxy, site, moment)

    def amid(self, act: Callable[[], TestResponse], call: int) -> Crashed:
        """Kills it at this call of the act, counted from 1; after the act, where it has fewer."""
        self.proxy.break_from(call, self.moment, calls=1, strike=self.mortal.kill)
        answer = _unless_cut_off(act)
        midway = self.proxy.heal()
        if not midway:
            self.mortal.kill()
        self.mortal.start()
        return Crashed(answer, midway)


def _unless_cut_off(act: Callable[[], TestResponse]) -> TestResponse | None:
    try:
        return act()
    except CutOff:
        return None
