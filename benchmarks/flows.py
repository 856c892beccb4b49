"""The four flows of every peer, in turn: how long an answer takes, and what CPU it costs."""

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

from benchmarks import environments, pictures, units
from benchmarks.environments import LOAD, NotInstalled
from benchmarks.floors import Floors
from benchmarks.peers import (
    FLOOR,
    FLOWS,
    LATCHSTRING,
    PEERS,
    USERS,
    WITHOUT_ARGON2,
    Answer,
    Peer,
    Request,
    with_calls,
)
from benchmarks.report import Note, Part, Picture, Table, Target
from benchmarks.serving import NotStarted, Server, serving

CONNECTIONS: Final = 4
ROUNDS: Final = 4
# allauth answers 401 to who has just signed out.
SUCCESS: Final = {200, 201, 202, 204, 401}
REQUESTS: Final = {"register": 60, "sign in": 60, "me": 400, "sign out": 60}
LOAD_LIMIT: Final = 300.0
MIB: Final = 2**20
NONE: Final = "did not start"
CALLING_FLOORS: Final = {
    "plain": "Flask, a hash and as many bare calls",
    "boto3": "Flask, a hash and as many calls with boto3",
}
BUSY: Final = (
    "The machine serves, sends and stores at once: times are those of a busy machine, and only the "
    "ratios within this run mean anything."
)
EMBEDDED: Final = (
    "SQLite in a peer's own process costs it less than a database over the network would; with "
    "PostgreSQL its CPU would be higher."
)
DOUBTS: Final = (BUSY, EMBEDDED)


@dataclass(frozen=True)
class Measured:
    """One flow of one peer over all rounds. Times of answers in ms, CPU in ms a request."""

    median: float
    p99: float
    cpu: float
    engine_cpu: float
    memory: int
    wrong: int


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
        if peer not in PEERS:
            return cls(server, [{}] * USERS)
        if peer is not LATCHSTRING:  # whose accounts are there: it makes none without a mailbox
            for number in range(USERS):
                _right(server.ask(peer.register(number)))
        server.check_hashes()
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

    def measured(self, flow: str) -> Measured:
        """All rounds but the first, which warms up."""
        rounds = self.rounds[flow][1:]
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
            wrong=answers - right + lost,
        )

    def _requests(self, flow: str) -> list[Request]:
        peer, numbers = self.server.peer, range(REQUESTS[flow])
        made: dict[str, Callable[[int], Request]] = {
            "register": lambda _: peer.register(next(self.new)),
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


def calling_floors() -> list[Peer]:
    """The hash with as many calls of the database as our flow makes, by two clients."""
    flows = units.documented(units.PAGE.read_text(encoding="utf-8"))
    trips = units.COLUMNS.index("round trips")
    register, sign_in = (int(flows[name][trips]) for name in ("register", "sign in, known device"))
    return [
        with_calls(client, title, register, sign_in) for client, title in CALLING_FLOORS.items()
    ]


def measure(note: Note) -> Part:
    """Every peer's flows in turn, A B A B; a peer that cannot be measured says why."""
    failures: dict[str, str] = {}
    runners: dict[str, Runner] = {}
    with ExitStack() as stack:
        for peer in (*PEERS, FLOOR, *calling_floors()):
            note(f"{peer.title}: install and start")
            try:
                runners[peer.title] = Runner.begin(stack.enter_context(serving(peer)))
            except (NotInstalled, NotStarted, OSError) as failure:
                failures[peer.title] = str(failure)
        if LATCHSTRING.title in failures:
            raise NotStarted(f"Latchstring: {failures[LATCHSTRING.title]}")
        load = environments.node(LOAD)
        floors = Floors(runners[LATCHSTRING.title].server.engine.url)
        for turn in range(ROUNDS + 1):
            floors.run()
            for flow in FLOWS:
                for title, runner in runners.items():
                    if flow in runner.server.peer.flows:
                        note(f"round {turn} of {ROUNDS}: {flow}, {title}")
                        runner.run(flow, load)
    measured = {
        title: {flow: runner.measured(flow) for flow in runner.server.peer.flows}
        for title, runner in runners.items()
    }
    return _part(measured, failures, floors)


Measurements = dict[str, dict[str, Measured]]


def _part(measured: Measurements, failures: dict[str, str], floors: Floors) -> Part:
    return Part(
        title="Four flows, beside what would be chosen instead",
        method=(
            "Each peer runs with its usual production server and two workers (better-auth: one "
            "process of Node) and hashes with Argon2id at 19 MiB, t=2, p=1. Peers keep their data "
            "in SQLite in the same process; ours is a DynamoDB engine in a process of its own, "
            "whose CPU stands apart, since in AWS it is bought by the request. autocannon sends "
            f"the same flow to each in turn over {CONNECTIONS} connections, {ROUNDS} rounds after "
            f"one that warms up: {', '.join(f'{n} of {flow}' for flow, n in REQUESTS.items())} a "
            "round. CPU and memory are those of all processes of the peer. A registration of ours "
            "makes no account before the mailbox is proved; it is the call that hashes. "
            f"{WITHOUT_ARGON2}"
        ),
        tables=[
            *(_flow_table(flow, measured, failures) for flow in FLOWS),
            _floor_table(measured, floors),
        ],
        targets=_targets(measured, floors),
        pictures=[_picture(flow, measured, failures) for flow in FLOWS],
        doubts=DOUBTS,
    )


def _flow_table(flow: str, measured: Measurements, failures: dict[str, str]) -> Table:
    columns = ("", "median ms", "p99 ms", "CPU ms", "to ours", "engine CPU ms", "MiB", "wrong")
    ours = measured[LATCHSTRING.title][flow].cpu
    rows = []
    for peer in PEERS:
        if peer.title in failures:
            rows.append((peer.title, failures[peer.title], *[""] * (len(columns) - 2)))
            continue
        one = measured[peer.title][flow]
        rows.append(
            (
                peer.title,
                f"{one.median:.1f}",
                f"{one.p99:.1f}",
                f"{one.cpu:.2f}",
                f"{one.cpu / ours:.2f}",
                f"{one.engine_cpu:.2f}" if one.engine_cpu else "in the peer's",
                f"{one.memory / MIB:.0f}",
                str(one.wrong),
            )
        )
    return Table(flow.capitalize(), columns, tuple(rows))


def _floor_table(measured: Measurements, floors: Floors) -> Table:
    def cpu(title: str, flow: str) -> str:
        return f"{measured[title][flow].cpu:.2f}" if title in measured else NONE

    return Table(
        "The floors",
        ("", "CPU ms"),
        (
            ("a request to a Flask app that does nothing", cpu(FLOOR.title, "me")),
            ("one to a Flask app that hashes", cpu(FLOOR.title, "sign in")),
            *(
                (f"{title} of the database as our {flow}", cpu(title, flow))
                for title in CALLING_FLOORS.values()
                for flow in ("register", "sign in")
            ),
            ("one hash by itself, nothing else at work", f"{floors.of('hashes'):.2f}"),
            ("one BatchGetItem of two items with boto3", f"{floors.of('reads'):.2f}"),
        ),
    )


def _targets(measured: Measurements, floors: Floors) -> list[Target]:
    ours = measured[LATCHSTRING.title]
    if FLOOR.title not in measured:
        return [
            Target(f"CPU of {flow}", 1.1, None, "times", "the floor did not start")
            for flow in ("register", "sign in", "me")
        ]
    floor = measured[FLOOR.title]
    hashing, reading = floor["sign in"].cpu, floors.of("reads") + floor["me"].cpu
    beside = "times a request to Flask with the bare hash"

    def hashed(what: str, flow: str) -> Target:
        limits = ", ".join(
            f"{title}: {measured[title][flow].cpu / hashing:.2f}"
            for title in CALLING_FLOORS.values()
            if title in measured
        )
        return Target(what, 1.1, ours[flow].cpu / hashing, beside, limits)

    return [
        hashed("CPU of a registration", "register"),
        hashed("CPU of a sign-in", "sign in"),
        Target(
            "CPU of `me`",
            1.3,
            ours["me"].cpu / reading,
            "times an empty request and boto3's read of two items",
        ),
    ]


def _picture(flow: str, measured: Measurements, failures: dict[str, str]) -> Picture:
    title = f"CPU of {flow}, ms"
    values = {
        peer.title: None if peer.title in failures else measured[peer.title][flow].cpu
        for peer in PEERS
    }
    name = f"cpu-{flow.replace(' ', '-')}"
    return Picture(name, f"{title}, of each peer", pictures.bars(title, "ms", values))


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
