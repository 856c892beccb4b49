"""A deletion that is cut off can only be finished, and what is under way leaves nothing."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from backend.accounts import audit
from backend.accounts.context import Caller
from tests.faults.flows import member
from tests.faults.proxy import Fault, Proxy
from tests.invariants import assert_whole, stored
from tests.races.crowd import outcome
from tests.support import Browser, Site, administrator, assert_problem
from tests.tally import Tried

pytestmark = pytest.mark.usefixtures("hurried")

Deletion = Callable[[Browser, Browser, str], Callable[[], TestResponse]]


def by_an_admin(admin: Browser, _bob: Browser, bob_id: str) -> Callable[[], TestResponse]:
    return lambda: admin.delete(f"admin/users/{bob_id}")


def by_oneself(_admin: Browser, bob: Browser, _bob_id: str) -> Callable[[], TestResponse]:
    bob.prove()
    return lambda: bob.delete("users/me")


@pytest.mark.parametrize("deletion", [by_an_admin, by_oneself])
def test_half_an_account_is_not_enabled_again(
    site: Site, proxy: Proxy, deletion: Deletion, tried: Tried
) -> None:
    admin = administrator(site, "boss")
    admin.prove()
    for call in itertools.count(1):
        bob = member(site, f"bob{call}")
        bob_id = bob.get("users/me").json["id"]
        delete = deletion(admin, bob, bob_id)
        proxy.break_from(call, Fault.CUT)
        delete()
        broke = proxy.heal()
        found = stored(site).users.get(bob_id)
        if found and found["disabled"]:
            answer = admin.post(f"admin/users/{bob_id}/enable")
            assert_problem(answer, 404, "user_not_found")
            assert site.browser().sign_in(f"bob{call}").status_code == 401
        assert outcome(admin.delete(f"admin/users/{bob_id}")) in {"204", "404 user_not_found"}
        assert bob_id not in assert_whole(site).users
        if not broke:
            break
        tried("fault")
    assert call > 1


def test_an_event_written_during_a_deletion_says_nothing_of_who_it_was(site: Site) -> None:
    """At whichever call of the deletion it is written, and also some time after."""
    traces = Caller("192.0.2.7/32", "an agent", "", "request")
    for call in itertools.count(1):
        bob = member(site, f"bob{call}")
        bob_id = str(bob.get("users/me").json["id"])
        bob.prove()
        seen = itertools.count(1)

        def write(_operation: str, _asked: object) -> None:
            if next(seen) == call:  # noqa: B023 - it is called before the next round
                audit.record(site.context, traces, "session.created", bob_id)  # noqa: B023

        with site.calls.noted(write):
            assert bob.delete("users/me").status_code == 204
        last = next(seen)
        for _ in range(2):
            audit.record(site.context, traces, "session.created", bob_id)
        of_bob = [event for key, event in stored(site).events.items() if key.startswith(bob_id)]
        assert "192.0.2.7" not in str(of_bob), f"call {call}"
        assert "an agent" not in str(of_bob), f"call {call}"
        assert_whole(site)
        if last <= call:
            break
    assert call > 1


def test_an_account_whose_session_could_not_be_begun_is_told_of_all_the_same(
    site: Site, proxy: Proxy
) -> None:
    browser = site.browser()
    begun = browser.register("ann")
    proxy.break_from(1, Fault.CUT, calls=3, operation="PutItem")
    answer = browser.verify(begun, site.code("ann@example.com"))
    assert proxy.heal()
    assert_problem(answer, 503, "unavailable")
    events = [event for event in stored(site).events.values() if "action" in event]
    assert [event["action"] for event in events] == ["user.created"]
    assert browser.sign_in("ann").status_code == 201
    assert_whole(site)
