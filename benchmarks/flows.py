"""The four flows of every peer, in turn: how long an answer takes, and how much CPU it costs."""

from __future__ import annotations

import json
import statistics
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Final

from benchmarks import environments
from benchmarks.environments import LOAD, NotInstalled
from benchmarks.peers import FLOWS, LATCHSTRING, PEERS, USERS, Answer, Peer, Request
from benchmarks.serving import NotStarted, Server, serving

CONNECTIONS: Final = 4
ROUNDS: Final = 4
# allauth answers 401 to who has just signed out.
SUCCESS: Final = {200, 201, 202, 204, 401}
REQUESTS: Final = {"register": 60, "sign in": 60, "me": 400, "sign out": 60}
LOAD_LIMIT: Final = 300.0


@dataclass(frozen=True)
class Measured:
    """One flow of one peer over all rounds. Times of answers in ms, CPU in ms a request."""

    median: float
    p99: float
    cpu: float
    engine_cpu: float
    memory: int
    requests: int
    wrong: int


@dataclass(frozen=True)
class Row:
    peer: str
    flows: dict[str, Measured]
    failure: str | None = None


@dataclass
class Runner:
    """A peer that serves, with the accounts that its flows use."""

    server: Server
    signed_in: list[dict[str, str]]
    new: Iterator[int] = field(default_factory=lambda: count(1000))
    rounds: dict[str, list[dict[str, Any]]] = field(
        default_factory=lambda: {flow: [] for flow in FLOWS}
    )

    @classmethod
    def begin(cls, server: Server) -> Runner:
        """Raises NotStarted where the peer refuses what it should do."""
        peer = server.peer
        if peer is not LATCHSTRING:  # whose accounts are there: it makes none without a mailbox
            for number in range(USERS):
                _right(server.ask(peer.register(number)))
        answers = [_right(server.ask(peer.sign_in(number))) for number in range(USERS)]
        return cls(server, [peer.session(answer) for answer in answers])

    def run(self, flow: str, load: Path) -> None:
        requests = [asdict(self.server.placed(one)) for one in self._requests(flow)]
        before, engine_before = self.server.usage(), self.server.engine_usage()
        told = _load(load, self.server.url, requests)
        after, engine_after = self.server.usage(), self.server.engine_usage()
        told["cpu"] = after.seconds - before.seconds
        told["engine_cpu"] = engine_after.seconds - engine_before.seconds
        told["memory"] = after.memory
        self.rounds[flow].append(told)

    def _requests(self, flow: str) -> list[Request]:
        peer, numbers = self.server.peer, range(REQUESTS[flow])
        made: dict[str, Callable[[int], Request]] = {
            "register": lambda _n: peer.register(next(self.new)),
            "sign in": lambda n: self._sign_in(n % USERS),
            "me": lambda n: peer.me(self.signed_in[n % USERS]),
            "sign out": lambda n: peer.sign_out(self._fresh(n % USERS)),
        }
        return [made[flow](number) for number in numbers]

    def _sign_in(self, number: int) -> Request:
        """From a device that signed in before, which is the usual case."""
        peer = self.server.peer
        request, device = peer.sign_in(number), peer.device(self.signed_in[number])
        return Request(request.method, request.path, {**request.headers, **device}, request.body)

    def _fresh(self, number: int) -> dict[str, str]:
        answer = self.server.ask(self._sign_in(number))
        return self.server.peer.session(_right(answer))


def measure(note: Callable[[str], None], peers: tuple[Peer, ...] = PEERS) -> list[Row]:
    """Every peer's flows in turn, A B A B; a peer that cannot be measured says why."""
    failures: dict[str, str] = {}
    runners: dict[str, Runner] = {}
    load = environments.node(LOAD)
    with ExitStack() as stack:
        for peer in peers:
            note(f"{peer.title}: install and start")
            try:
                runners[peer.name] = Runner.begin(stack.enter_context(serving(peer)))
            except (NotInstalled, NotStarted) as failure:
                failures[peer.name] = f"{type(failure).__name__}: {failure}"
        for turn in range(ROUNDS + 1):
            for flow in FLOWS:
                for runner in runners.values():
                    note(f"round {turn} of {ROUNDS}: {flow}, {runner.server.peer.title}")
                    runner.run(flow, load)
    return [_row(peer, runners.get(peer.name), failures.get(peer.name)) for peer in peers]


def _row(peer: Peer, runner: Runner | None, failure: str | None) -> Row:
    if runner is None:
        return Row(peer.title, {}, failure)
    # The first round warms up.
    return Row(peer.title, {flow: _sum(rounds[1:]) for flow, rounds in runner.rounds.items()})


def _sum(rounds: list[dict[str, Any]]) -> Measured:
    times = [time for one in rounds for time in one["milliseconds"]]
    statuses = [(int(s), n) for one in rounds for s, n in one["statuses"].items()]
    answers = sum(n for _, n in statuses)
    right = sum(n for status, n in statuses if status in SUCCESS)
    lost = sum(one["errors"] + one["timeouts"] for one in rounds)
    return Measured(
        median=statistics.median(times),
        p99=statistics.quantiles(times, n=100)[98],
        cpu=1000 * sum(one["cpu"] for one in rounds) / answers,
        engine_cpu=1000 * sum(one["engine_cpu"] for one in rounds) / answers,
        memory=max(one["memory"] for one in rounds),
        requests=answers,
        wrong=answers - right + lost,
    )


def _load(load: Path, url: str, requests: list[dict[str, Any]]) -> dict[str, Any]:
    asked = {"url": url, "connections": CONNECTIONS, "requests": requests}
    ended = subprocess.run(
        ["node", str(load / "load.mjs")],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
        timeout=LOAD_LIMIT,
    )
    told: dict[str, Any] = json.loads(ended.stdout)
    return told


def _right(answer: Answer) -> Answer:
    if answer.status not in SUCCESS:
        raise NotStarted(f"it answers {answer.status}: {answer.body[:200]}")
    return answer
