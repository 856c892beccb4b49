"""What a month costs: how often each flow happens, what that takes of AWS, and its price."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from infra import costs, flows, prices
from infra.flows import Flow
from infra.prices import Price
from infra.stages import Stage


@dataclass(frozen=True)
class Month:
    """How much is done in it; a visit is somebody signed in who opens the page."""

    users: int
    registrations: int
    signins: int
    visits: int

    @property
    def events(self) -> int:
        return 2 * self.registrations + 2 * self.signins


@dataclass(frozen=True)
class Function:
    """As it is configured: MB, and the processor."""

    memory: int
    architecture: str


@dataclass(frozen=True)
class Line:
    """Something that happens so many times, and the amounts that are paid for."""

    what: str
    times: float
    amounts: Mapping[Price, float]

    def dollars(self, service: str | None = None) -> float:
        return sum(
            price.of(amount)
            for price, amount in self.amounts.items()
            if service in {None, price.service}
        )


@dataclass(frozen=True)
class Bill:
    lines: tuple[Line, ...]

    @property
    def prices(self) -> list[Price]:
        """Those that are asked for, in the order of their table."""
        asked = {price for line in self.lines for price in line.amounts}
        return [price for price in prices.PRICES if price in asked]

    @property
    def services(self) -> list[str]:
        return list(dict.fromkeys(price.service for price in self.prices))

    def dollars(self, service: str | None = None) -> float:
        return sum(line.dollars(service) for line in self.lines)

    def after_free(self) -> float:
        """What is left to pay where nothing else in the account uses what is free for ever."""
        amounts = _together(line.amounts for line in self.lines)
        return sum(price.after_free(amount) for price, amount in amounts.items())


def bill(stage: Stage, function: Function, month: Month) -> Bill:
    done = (
        (flows.REGISTER, month.registrations),
        (flows.VERIFY, month.registrations),
        (flows.SIGN_IN, month.signins),
        (flows.ME, month.visits),
        (flows.SIGN_OUT, month.signins),
    )
    return Bill(
        (
            *(Line(flow.name, times, _of(flow, times, stage, function)) for flow, times in done),
            _page(stage, month),
            _starts(function, month),
            _stored(month),
            _metrics(month),
            Line("idle", 1, costs.standing(stage)),
        )
    )


def _of(flow: Flow, times: int, stage: Stage, function: Function) -> dict[Price, float]:
    units, logged = flow.units(), times * flows.LOG
    amounts = {
        prices.WRITE: times * units.write,
        prices.READ: times * units.read,
        prices.CALL: times,
        prices.TIME[function.architecture]: times * flow.gb_seconds(function.memory),
        prices.API_REQUEST: times,
        prices.LOGGED: logged,
        prices.LOG_KEPT: logged * stage.log_retention_days / 30,
        prices.LETTER: times * flow.mails,
    }
    asked = times if stage.www_redirect else 0
    return _together([amounts, _edge(stage, times, times * flows.ANSWER, asked)])


def _page(stage: Stage, month: Month) -> Line:
    opened = month.visits + month.registrations
    requests = opened * flows.PAGE_REQUESTS
    return Line("page", opened, _edge(stage, requests, opened * flows.PAGE, requests))


def _edge(stage: Stage, requests: int, size: float, asked: int) -> dict[Price, float]:
    """`asked`: the requests that the function at the edge looks at."""
    amounts: dict[Price, float] = {
        prices.EDGE_REQUEST: requests,
        prices.EDGE_SENT: size,
        prices.EDGE_FUNCTION: asked,
    }
    return amounts | ({prices.FIREWALL_REQUEST: requests} if stage.waf else {})


def _starts(function: Function, month: Month) -> Line:
    visits = month.visits + month.registrations
    starts = min(visits, flows.IDLE_STARTS) + visits * flows.BUSY_STARTS
    seconds = starts * flows.START_MILLISECONDS / 1000
    taken = {prices.TIME[function.architecture]: seconds * function.memory / 1024}
    return Line("starts", starts, taken)


def _stored(month: Month) -> Line:
    kept = month.events * flows.MONTHS_OF_EVENTS * flows.EVENT
    stored = month.users * flows.USER + kept
    return Line("stored", month.users, {prices.STORED: stored, prices.RESTORABLE: stored})


def _metrics(month: Month) -> Line:
    hours = min((month.visits + month.registrations) / flows.HOURS, 1)
    return Line("metrics", flows.METRICS, {prices.METRIC: flows.METRICS * hours})


def _together(parts: Iterable[Mapping[Price, float]]) -> dict[Price, float]:
    total: defaultdict[Price, float] = defaultdict(float)
    for part in parts:
        for price, amount in part.items():
            total[price] += amount
    return dict(total)
