"""`cost`: the bill of a month for each flow, beside what others ask for as many users."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from infra.bill import Bill, Function, Month, bill
from infra.errors import Refusal
from infra.prices import Price
from infra.providers import PROVIDERS, Provider
from infra.screen import say
from infra.stages import ROOT, Stage

SIGNINS_A_USER: Final = 4
USERS_A_REGISTRATION: Final = 10
VISITS_A_SIGNIN: Final = 5
ON_REQUEST: Final = "on request"
NOT_COUNTED: Final = (
    "Not counted: credits of a new account, and the million HTTP API requests a month of its first "
    "year; alarms, dashboards, parameters and certificates, which are free."
)
REGIONS: Final = (
    "List prices of us-east-1 (CloudFront: Europe), without tax; others, up to 25 % more:"
)


def month(users: int, signins: int | None, registrations: int | None, visits: int | None) -> Month:
    """What is not given follows from what is, as small sites have it."""
    signed_in = users * SIGNINS_A_USER if signins is None else signins
    return Month(
        users=users,
        registrations=-(-users // USERS_A_REGISTRATION) if registrations is None else registrations,
        signins=signed_in,
        visits=signed_in * VISITS_A_SIGNIN if visits is None else visits,
    )


def function(stage: Stage) -> Function:
    """As Zappa will configure it. Raises Refusal where it has no such stage."""
    configured = json.loads((ROOT / "zappa_settings.json").read_text(encoding="utf-8"))
    if stage.name not in configured:
        raise Refusal(
            f"zappa_settings.json has no {stage.name!r}; copy the entry of another stage."
        )
    its = configured[stage.name]
    return Function(its["memory_size"], its["architecture"])


def cost(stage: Stage, done: Month, *, as_json: bool) -> None:
    configured = function(stage)
    made = bill(stage, configured, done)
    if as_json:
        say(json.dumps(_figures(made, configured, done), indent=2))
        return
    say(
        f"A month with {done.users:,} users, {done.registrations:,} registrations, "
        f"{done.signins:,} sign-ins and {done.visits:,} visits, "
        f"on {configured.memory:,} MB of {configured.architecture}, in dollars:\n"
    )
    _say_table(_rows(made))
    say(f"\nLess what AWS gives each account for nothing, for ever: {made.after_free():,.2f}")
    given = "; ".join(_free(price) for price in made.prices if price.free)
    say(f"That is, each month: {given}.")
    say(NOT_COUNTED)
    say(f"\nOthers, with {done.users:,} active users, in dollars:\n")
    _say_table([_other(one, done.users) for one in PROVIDERS], left=(0, 2))
    say(f"\n{REGIONS}\n")
    _say_table([_price(price) for price in made.prices], left=(0, 2, 3))


def _rows(made: Bill) -> list[list[str]]:
    services = made.services
    rows = [["", "times", *services, "together"]]
    for line in made.lines:
        parts = [f"{line.dollars(service):,.2f}" for service in services]
        rows.append([line.what, f"{line.times:,.0f}", *parts, f"{line.dollars():,.2f}"])
    sums = [f"{made.dollars(service):,.2f}" for service in services]
    rows.append(["together", "", *sums, f"{made.dollars():,.2f}"])
    return rows


def _other(provider: Provider, users: int) -> list[str]:
    asked = provider.monthly(users)
    remark = f"; {provider.remark}" if provider.remark else ""
    dollars = ON_REQUEST if asked is None else f"{asked:,.2f}"
    return [provider.name, dollars, f"{provider.source}, {provider.dated}{remark}"]


def _price(price: Price) -> list[str]:
    rate = f"{price.dollars:g} / {price.per:,}"
    return [price.service, rate, price.unit, f"{price.source}, {price.dated}"]


def _free(price: Price) -> str:
    return f"{price.free:,} {price.unit} ({price.service})"


def _figures(made: Bill, configured: Function, done: Month) -> dict[str, Any]:
    return {
        "month": asdict(done),
        "function": asdict(configured),
        "flows": {
            line.what: {
                "times": line.times,
                "dollars": {service: line.dollars(service) for service in made.services},
                "together": line.dollars(),
            }
            for line in made.lines
        },
        "together": made.dollars(),
        "after_free": made.after_free(),
        "others": {
            one.name: {
                "dollars": one.monthly(done.users),
                "source": one.source,
                "dated": one.dated,
                "remark": one.remark,
            }
            for one in PROVIDERS
        },
        "prices": [asdict(price) for price in made.prices],
    }


def _say_table(rows: Sequence[Sequence[str]], left: tuple[int, ...] = (0,)) -> None:
    """Columns to the right, but those in `left`."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            text.ljust(width) if place in left else text.rjust(width)
            for place, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        say("  ".join(cells).rstrip())
