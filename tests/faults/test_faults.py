"""Every call to the database breaks once, in every way: all of a request is carried out or none."""

from __future__ import annotations

import itertools

import pytest

from tests.faults import reading_flows
from tests.faults.every_flow import ALL, Begin, each_flow, noted
from tests.faults.proxy import Fault, Proxy
from tests.invariants import assert_whole
from tests.races.crowd import outcome
from tests.support import Site
from tests.tally import Tried

pytestmark = pytest.mark.usefixtures("hurried")


def each_fault(*always: Fault, torture: tuple[Fault, ...] = ()) -> pytest.MarkDecorator:
    long = [pytest.param(fault, marks=pytest.mark.torture) for fault in torture]
    return pytest.mark.parametrize("fault", [*always, *long], ids=lambda fault: fault.name.lower())


def test_every_operation_of_the_api_is_in_a_flow(site: Site) -> None:
    asked: set[str] = set()
    for number, begin in enumerate(ALL):
        flow = begin(site, f"ann{number}")
        with noted(asked):
            flow.act()
    paths = site.browser().get("openapi.json").json["paths"]
    assert asked == {
        f"{method.upper()} {path}" for path, methods in paths.items() for method in methods
    }


def test_what_an_authenticator_is_asked_for_needs_no_database(site: Site, proxy: Proxy) -> None:
    flow = reading_flows.options_to_sign_in(site, "ann")
    proxy.break_from(1, Fault.CUT)
    assert outcome(flow.act()) == flow.done
    assert not proxy.heal()


@each_flow
@each_fault(
    Fault.LOST,
    torture=(
        Fault.REFUSED,
        Fault.CUT,
        Fault.FAILED,
        Fault.FAILED_LATE,
        Fault.THROTTLED,
        Fault.CONFLICT,
        Fault.NONSENSE,
        Fault.REPLAYED,
    ),
)
def test_nobody_notices_a_single_fault(
    site: Site, proxy: Proxy, begin: Begin, fault: Fault, tried: Tried
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
        tried("fault")
    assert call > 1


@each_flow
@each_fault(
    Fault.CUT,
    Fault.LOST,
    torture=(
        Fault.REFUSED,
        Fault.FAILED,
        Fault.FAILED_LATE,
        Fault.THROTTLED,
        Fault.CONFLICT,
    ),
)
def test_an_outage_is_said_and_the_request_can_be_repeated_after_it(
    site: Site, proxy: Proxy, begin: Begin, fault: Fault, tried: Tried
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
            assert len(site.mails(flow.mailbox)) <= flow.mails + 1
        flow.check()
        assert_whole(site)
        if not broke:
            break
        tried("fault")
    assert call > 1


@pytest.mark.torture
@each_flow
@each_fault(Fault.SLOW, Fault.REPLAYED)
def test_a_network_that_is_slow_or_repeats_everything_changes_nothing(
    site: Site, proxy: Proxy, begin: Begin, fault: Fault, tried: Tried
) -> None:
    flow = begin(site, "ann")
    proxy.break_from(1, fault)
    answer = flow.act()
    assert proxy.heal()
    assert outcome(answer) == flow.done
    assert len(site.mails(flow.mailbox)) == flow.mails
    flow.check()
    assert_whole(site)
    tried("fault")


@pytest.mark.torture
@pytest.mark.usefixtures("impatient")
@each_flow
def test_a_database_that_answers_everything_too_late_is_said_to_be_unavailable(
    site: Site, proxy: Proxy, begin: Begin, tried: Tried
) -> None:
    """To the app, one answer that is too late is one that is lost."""
    flow = begin(site, "ann")
    proxy.break_from(1, Fault.LATE)
    answer = flow.act()
    assert proxy.heal()
    assert outcome(answer) in {flow.done, "503 unavailable"}
    if outcome(answer) != flow.done:
        assert outcome(flow.act()) in flow.repeated
    flow.check()
    assert_whole(site)
    tried("fault")
