"""Whatever breaks between the account and the outbox, the other service learns of what was done."""

from __future__ import annotations

import itertools
from contextlib import suppress
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from backend.storage.database import Unavailable
from tests.faults.proxy import Fault, Proxy
from tests.invariants import assert_whole
from tests.races.crowd import outcome
from tests.receiver import Receiver, deliver
from tests.support import Browser, Site
from tests.tally import Tried

pytestmark = pytest.mark.usefixtures("hurried")

OUTAGE = 1_000


@pytest.fixture
def site(proxy: Proxy, tmp_path: Path, receiver: Receiver) -> Site:
    return Site(proxy.url, tmp_path, receiver.settings)


def assert_told(site: Site, receiver: Receiver, answer: TestResponse) -> None:
    """Now, or when it is due again; each time under the same id."""
    site.clock.advance(seconds=60)
    deliver(site)
    session = answer.json["session"]["id"]
    told = [call for call in receiver.calls if call.json["data"]["session"] == session]
    assert told
    assert len({call.id for call in told}) == 1
    assert_whole(site)


@pytest.mark.parametrize("calls", [1, OUTAGE], ids=["once", "from then on"])
@pytest.mark.parametrize("fault", [Fault.CUT, Fault.LOST])
def test_what_was_done_is_told(
    site: Site, proxy: Proxy, receiver: Receiver, fault: Fault, *, calls: int, tried: Tried
) -> None:
    site.browser().become()
    for call in itertools.count(1):
        browser = site.browser()
        proxy.break_from(call, fault, calls=calls)
        answer = browser.sign_in()
        broke = proxy.heal()
        assert outcome(answer) in {"201", "503 unavailable"}
        if answer.status_code == 201:
            assert_told(site, receiver, answer)
        if not broke:
            break
        tried("fault")
    assert call > 1


@pytest.mark.parametrize("fault", [Fault.CUT, Fault.LOST])
def test_it_is_told_too_where_the_receiver_fails_at_the_same_moment(
    site: Site, proxy: Proxy, receiver: Receiver, fault: Fault, tried: Tried
) -> None:
    site.browser().become()
    for call in itertools.count(1):
        receiver.answers = [500]
        proxy.break_from(call, fault, calls=1)
        answer = site.browser().sign_in()
        broke = proxy.heal()
        assert_told(site, receiver, answer)
        if not broke:
            break
        tried("fault")
    assert call > 1


def test_a_courier_who_is_cut_off_has_lost_nothing(
    site: Site, browser: Browser, proxy: Proxy, receiver: Receiver, tried: Tried
) -> None:
    for call in itertools.count(1):
        receiver.calls.clear()
        receiver.answers = [500]
        browser.become(f"ann{call}")
        site.clock.advance(seconds=60)
        proxy.break_from(call, Fault.CUT)
        with suppress(Unavailable):
            deliver(site)
        broke = proxy.heal()
        # The next try is due by then, whoever began the last one.
        site.clock.advance(minutes=4)
        deliver(site)
        refused, *taken = receiver.calls
        assert {one.id for one in taken} == {refused.id}
        assert_whole(site)
        if not broke:
            break
        tried("crash")
    assert call > 1
