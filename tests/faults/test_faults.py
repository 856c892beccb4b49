"""Every call to the database breaks once, in every way: all of a request is carried out or none."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from tests.faults import factor_flows, flows
from tests.faults.flows import Flow
from tests.faults.proxy import Fault, Proxy
from tests.invariants import assert_whole
from tests.races.crowd import outcome
from tests.support import Site

Begin = Callable[[Site, str], Flow]

pytestmark = pytest.mark.usefixtures("hurried")
each_flow = pytest.mark.parametrize(
    "begin", [*flows.ALL, *factor_flows.ALL], ids=lambda begin: begin.__name__
)


def each_fault(*faults: Fault) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("fault", faults, ids=lambda fault: fault.name.lower())


@each_flow
@each_fault(Fault.LOST, Fault.FAILED, Fault.THROTTLED, Fault.CONFLICT)
def test_nobody_notices_a_single_fault(
    site: Site, proxy: Proxy, begin: Begin, fault: Fault
) -> None:
    for call in itertools.count(1):
        flow = begin(site, f"ann{call}")
        proxy.break_from(call, fault, calls=1)
        answer = flow.act()
        broke = proxy.heal()
        assert outcome(answer) == flow.done, f"call {call}: {answer.json}"
        assert len(site.mails(flow.mailbox)) == flow.mails, f"call {call}"
        flow.check()
        assert_whole(site)
        if not broke:
            break
    assert call > 1


@each_flow
@each_fault(Fault.CUT, Fault.LOST, Fault.CONFLICT)
def test_an_outage_is_said_and_the_request_can_be_repeated_after_it(
    site: Site, proxy: Proxy, begin: Begin, fault: Fault
) -> None:
    for call in itertools.count(1):
        flow = begin(site, f"ann{call}")
        proxy.break_from(call, fault)
        answer = flow.act()
        broke = proxy.heal()
        assert outcome(answer) in {flow.done, "503 unavailable"}, f"call {call}: {answer.json}"
        if outcome(answer) == flow.done:
            assert len(site.mails(flow.mailbox)) == flow.mails, f"call {call}"
        else:
            assert int(answer.headers["Retry-After"]) > 0
            again = flow.act()
            assert outcome(again) in flow.repeated, f"call {call}: {again.json}"
        flow.check()
        assert_whole(site)
        if not broke:
            break
    assert call > 1
