"""Answers of the database that are lost, late or strange: what was done is told from the data."""

from __future__ import annotations

import time

import pytest

from tests.faults import factor_flows, flows
from tests.faults.every_flow import Begin, each
from tests.faults.proxy import Fault, Proxy
from tests.invariants import assert_whole
from tests.races.crowd import outcome
from tests.support import Site, assert_problem
from tests.tally import Tried

each_transaction = each(
    [
        flows.register,
        flows.verify,
        flows.rename,
        flows.end_others,
        factor_flows.confirm_app,
        factor_flows.answer_by_recovery_code,
        factor_flows.add_key,
        factor_flows.register_with_key,
        factor_flows.verify_with_key,
        flows.reset,
        flows.change_password,
        flows.change_email,
        flows.undo_email_change,
    ]
)


@each_transaction
@pytest.mark.usefixtures("hurried")
def test_a_transaction_whose_answers_are_all_lost_is_found_to_be_done(
    site: Site, proxy: Proxy, begin: Begin, tried: Tried
) -> None:
    flow = begin(site, "ann")
    proxy.break_from(1, Fault.LOST, operation="TransactWriteItems")
    answer = flow.act()
    assert proxy.heal()
    assert outcome(answer) == flow.done
    assert len(site.mails(flow.mailbox)) == flow.mails
    flow.check()
    assert_whole(site)
    tried("fault")


@each_transaction
@pytest.mark.usefixtures("hurried")
def test_a_transaction_that_never_gets_through_leaves_nothing(
    site: Site, proxy: Proxy, begin: Begin, tried: Tried
) -> None:
    flow = begin(site, "ann")
    before = assert_whole(site)
    proxy.break_from(1, Fault.CONFLICT, operation="TransactWriteItems")
    assert_problem(flow.act(), 503, "unavailable")
    assert proxy.heal()
    after = assert_whole(site)
    assert (after.users, after.names, after.mailboxes) == (
        before.users,
        before.names,
        before.mailboxes,
    )
    assert (after.sessions, after.holds) == (before.sessions, before.holds)
    assert outcome(flow.act()) == flow.done
    tried("fault")


@each_transaction
def test_a_late_answer_is_waited_for_no_longer_than_two_seconds(
    site: Site, proxy: Proxy, begin: Begin, tried: Tried
) -> None:
    flow = begin(site, "ann")
    proxy.break_from(1, Fault.LATE, calls=1, operation="TransactWriteItems")
    began = time.monotonic()
    answer = flow.act()
    assert 2 < time.monotonic() - began < 8
    assert proxy.heal()
    assert outcome(answer) == flow.done
    assert len(site.mails(flow.mailbox)) == flow.mails
    flow.check()
    assert_whole(site)
    tried("fault")


def test_an_engine_that_hangs_is_given_up_within_the_time_of_a_request(
    site: Site, proxy: Proxy, tried: Tried
) -> None:
    flow = flows.sign_in(site, "ann")
    proxy.break_from(1, Fault.LATE)
    began = time.monotonic()
    answer = flow.act()
    assert time.monotonic() - began < 15
    assert_problem(answer, 503, "unavailable")
    assert proxy.heal()
    assert outcome(flow.act()) == flow.done
    tried("fault")


@pytest.mark.usefixtures("hurried")
def test_lost_answers_do_not_use_up_the_tries_of_a_code(
    site: Site, proxy: Proxy, tried: Tried
) -> None:
    flow = flows.verify(site, "ann")
    for _ in range(3):
        proxy.break_from(1, Fault.LOST)
        assert_problem(flow.act(), 503, "unavailable")
        proxy.heal()
        tried("fault")
    assert outcome(flow.act()) == "201"
