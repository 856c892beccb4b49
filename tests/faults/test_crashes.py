"""The app or the engine is killed at every call to the database, before it and after it.

What was acknowledged stays, nothing is left by half, and whoever asks again is served.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

from tests.faults import factor_flows, flows
from tests.faults.crashes import AFTER, BEFORE, Crashes, DurableEngine
from tests.faults.every_flow import CHANGING, Begin
from tests.faults.proxy import Fault, Proxy
from tests.faults.served import ServedSite
from tests.invariants import assert_whole
from tests.races.crowd import outcome
from tests.support import Site
from tests.tally import Tried

pytestmark = pytest.mark.usefixtures("hurried")

ACCOUNTS: list[Begin] = [
    flows.register,
    flows.verify,
    flows.forget,
    flows.reset,
    flows.change_password,
    flows.begin_email_change,
    flows.change_email,
    flows.undo_email_change,
    flows.delete_account,
    factor_flows.register_with_key,
    factor_flows.verify_with_key,
]


def each_moment_of(begins: list[Begin], *telling: Begin) -> pytest.MarkDecorator:
    """Of the telling ones `make test` has the moment after each call, and of the others none."""
    return pytest.mark.parametrize(
        ("begin", "moment"),
        [
            pytest.param(
                begin,
                moment,
                id=f"{begin.__name__}-{when}",
                marks=() if begin in telling and moment is AFTER else pytest.mark.torture,
            )
            for begin in begins
            for when, moment in (("before", BEFORE), ("after", AFTER))
        ],
    )


@each_moment_of(CHANGING, flows.register, flows.verify, flows.change_email)
def test_whoever_asks_again_is_served_once_the_app_was_killed(
    served: ServedSite, proxy: Proxy, begin: Begin, moment: Fault, tried: Tried
) -> None:
    survive(Crashes.of_app(served, proxy, moment), begin, tried)


@each_moment_of(ACCOUNTS, flows.verify)
def test_whoever_asks_again_is_served_once_the_engine_was_killed(
    durable: DurableEngine, tmp_path: Path, begin: Begin, moment: Fault, tried: Tried
) -> None:
    site = Site(durable.proxy.url, tmp_path)
    survive(Crashes(site, durable.proxy, durable, moment), begin, tried)


def survive(crashes: Crashes, begin: Begin, tried: Tried) -> None:
    site = crashes.site
    bystander = flows.member(site, "bystander")
    for call in itertools.count(1):
        name = f"ann{call:03}"
        flow = begin(site, name)
        before = others(site, name)
        crashed = crashes.amid(flow.act, call)
        tried("crash")
        assert bystander.get("users/me").status_code == 200
        assert others(site, name) == before
        answered = crashed.answer and outcome(crashed.answer)
        if answered in {None, "503 unavailable"}:
            again = flow.act()
            assert outcome(again) in flow.repeated, f"call {call}: {again.json}"
        else:
            assert answered == flow.done, f"call {call}"
        flow.check()
        assert_whole(site)
        if not crashed.midway:
            break
    assert call > 1


def others(site: Site, name: str) -> dict[str, dict[str, Any]]:
    """Every user but those whose name begins so; no rule is broken."""
    users = assert_whole(site).users
    return {key: user for key, user in users.items() if not user["username"].startswith(name)}
