"""Any order of calls, by many people, with time passing: each is answered as the contract says."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import get_state_machine_test

from tests.states.machine import AnyOrder
from tests.support import NEW_PASSWORD, PASSWORD, Site
from tests.tally import Tried
from tests.web.contract import ENDPOINTS

# The same in every run, and few; the long form is another each time.
SHORT = {"max_examples": 10, "stateful_step_count": 40, "derandomize": True}
LONG = {"max_examples": 100, "stateful_step_count": 60}


def play(
    make_site: Callable[..., Site], *, begin: int | None = None, **chosen: Any
) -> Counter[str]:
    """Plays many stories; returns how often each endpoint gave each answer."""
    asked: Counter[str] = Counter()
    quiet: dict[str, Any] = {
        "database": None,
        "deadline": None,
        "report_multiple_bugs": False,
        "suppress_health_check": list(HealthCheck),
    }
    story = get_state_machine_test(
        lambda: AnyOrder(make_site, asked), settings=settings(**quiet, **chosen)
    )
    (story if begin is None else seed(begin)(story))()
    return asked


def test_any_order_of_calls_is_answered_as_the_contract_says(
    make_site: Callable[..., Site], tried: Tried
) -> None:
    tried("state", play(make_site, **SHORT).total())


@pytest.mark.torture
def test_many_orders_of_calls_are_answered_as_the_contract_says(
    make_site: Callable[..., Site], tried: Tried, record_property: Callable[[str, object], None]
) -> None:
    begin = secrets.randbits(32)
    record_property("seed", begin)
    print(f"The stories begin with the seed {begin}.")  # noqa: T201
    asked = play(make_site, begin=begin, **LONG)
    tried("state", asked.total())


def test_every_operation_is_in_a_story(make_site: Callable[..., Site]) -> None:
    asked: Counter[str] = Counter()
    tell(AnyOrder(make_site, asked))
    succeeded = {" ".join(one.split()[:2]) for one in asked if one.split()[2].startswith("2")}
    assert succeeded == ENDPOINTS.keys()


def tell(people: AnyOrder) -> None:
    """Each rule once, in an order in which it comes to something."""
    ann, bob, chief = "ann's laptop", "bob's laptop", "chief's laptop"
    once: Any = {"times": 1, "when": "now"}
    dora: Any = {"username": "dora", "email": "dora@example.com", "password": PASSWORD}
    people.ask_for_health(by=ann)
    people.register(by="ann's phone", key="key-number-1", proves=False, **dora)
    people.register_again_with_the_same_key(by="ann's phone")
    people.time_passes(time="a minute")
    people.resend(by="ann's phone", nth=0)
    people.change_the_address_of_a_registration(by="ann's phone", nth=0, email="eve@example.com")
    people.verify(by="ann's phone", nth=0, whose="right", **once)
    people.register_with_a_passkey(
        by="thief's laptop", username="fay", email="fay@example.com", again=False
    )
    people.read_oneself(by=ann)
    people.read_somebody(by=chief, whom=0)
    people.change_oneself(by=ann, body={"username": "anna"}, fresh=True)
    people.change_the_password(
        by=ann, password=NEW_PASSWORD, wrong=False, unsaid=False, proves=False
    )
    people.sign_in(by="ann's phone", identifier="anna", wrong=False, times=1)
    people.list_sessions(by=ann)
    people.end_a_session(by=ann, nth=0)
    people.end_the_other_sessions(by=ann)
    people.read_own_events(by=ann, limit=100)
    people.export(by=ann, proves=True)
    people.have_an_access_token(by=ann)
    people.begin_a_change_of_address(by=ann, email="dora@example.com", proves=True, moves=True)
    people.undo_a_change_of_address(by="ann's phone", nth=0, when="now")
    people.forget_the_password(
        by="ann's phone", email="ann@example.com", resets=True, password=PASSWORD
    )
    people.steal_the_cookie(thief="ann's phone", of=bob)
    people.make_recovery_codes(by=bob, proves=True)
    people.list_passkeys(by=bob)
    people.name_a_passkey(by=bob, proves=True, nth=1, name="My phone")
    people.sign_in(by=ann, identifier="bob", wrong=False, times=1)
    people.answer_a_challenge(by=ann, nth=0, which="recovery", **once)
    people.time_passes(time="a minute")
    people.step_up_by_totp(by=ann, which="now")
    people.step_up_by_passkey(by=ann, nth=1, again=False)
    people.sign_in_by_passkey(by=bob, nth=1, again=False, **once)
    people.remove_a_passkey(by=bob, proves=True, nth=1)
    people.remove_the_app(by=bob, proves=True)
    people.sign_out(by=ann)
    tell_of_an_admin(people)
    people.sign_in(by=ann, identifier="ann@example.com", wrong=False, times=1)
    people.delete_oneself(by=ann, proves=True, returns=True)
    people.all_holds()


def tell_of_an_admin(people: AnyOrder) -> None:
    chief = "chief's laptop"
    people.list_users(by=chief, prefix="", limit=25)
    people.find_a_user(by=chief, email="bob@example.com")
    for act in (people.read_a_user, people.disable_a_user, people.enable_a_user):
        act(by=chief, whom=2)
    people.end_sessions_of_a_user(by=chief, whom=2)
    people.reset_second_factors(by=chief, whom=2, proves=True)
    people.give_roles(by=chief, whom=2, given=["editor"], proves=True)
    people.read_events_of_a_user(by=chief, whom=2, limit=100)
    people.read_all_events(by=chief, limit=100)
    people.delete_a_user(by=chief, whom=2, proves=True)
