"""`GET` and `DELETE` of `/sessions`: where one is signed in, and how it ends."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from backend.accounts import audit, sessions
from backend.accounts.context import Caller
from backend.accounts.ids import new_id
from backend.storage import sessions as storage
from tests.meanwhile import Asked, at, cut
from tests.support import (
    Browser,
    Site,
    assert_problem,
    browser_with,
    session_token,
)

SESSION = {"id", "created_at", "last_seen_at", "expires_at", "user_agent", "ip_prefix", "current"}
NOBODY = "01980000-0000-7000-8000-000000000000"
CALLER = Caller("192.0.2.7/32", "a telephone", "", "a-request")


def is_signed_in(browser: Browser) -> bool:
    return browser.get("users/me").status_code == 200


def test_sessions_are_listed_newest_first_with_where_they_began(site: Site) -> None:
    laptop, phone = site.browser("192.0.2.1"), site.browser("2001:db8:1:2:3::4")
    laptop.become()
    site.clock.advance(minutes=1)
    phone.sign_in(headers={"User-Agent": "Phone/1.0 " + "x" * 1000})
    newest, oldest = phone.get("sessions").json["items"]
    assert newest.keys() == oldest.keys() == SESSION
    assert (newest["current"], oldest["current"]) == (True, False)
    assert (newest["ip_prefix"], oldest["ip_prefix"]) == ("2001:db8:1:2::/64", "192.0.2.1/32")
    assert newest["user_agent"].startswith("Phone/1.0 xxx")
    assert len(newest["user_agent"]) == 256
    assert newest["created_at"] > oldest["created_at"]
    assert uuid.UUID(newest["id"]).version == 7


def test_sessions_of_others_are_not_listed(site: Site, browser: Browser) -> None:
    site.browser().become("bob")
    browser.become("ann")
    assert len(browser.get("sessions").json["items"]) == 1


def test_a_use_is_noted(site: Site, browser: Browser) -> None:
    browser.become()
    [before] = browser.get("sessions").json["items"]
    site.clock.advance(minutes=10)
    [after] = browser.get("sessions").json["items"]
    assert after["last_seen_at"] > before["last_seen_at"]
    assert after["expires_at"] > before["expires_at"]


def test_signing_out_is_in_force_with_the_next_request(site: Site, browser: Browser) -> None:
    browser.become()
    stolen = browser_with(site, session_token(browser))
    assert is_signed_in(stolen)
    answer = browser.delete("sessions/current")
    assert (answer.status_code, answer.get_data()) == (204, b"")
    assert browser.client.get_cookie("session") is None
    assert_problem(stolen.get("users/me"), 401, "not_authenticated")
    assert_problem(stolen.delete("sessions/current"), 401, "not_authenticated")


def test_signing_out_leaves_the_other_sessions(site: Site) -> None:
    laptop, phone = site.browser(), site.browser()
    laptop.become()
    phone.sign_in()
    laptop.delete("sessions/current")
    assert is_signed_in(phone)


def test_ending_all_sessions_keeps_this_one(site: Site) -> None:
    laptop, phone, tablet, stranger = (site.browser() for _ in range(4))
    laptop.become()
    stranger.become("bob")
    for browser in (phone, tablet):
        browser.sign_in()
    answer = phone.delete("sessions")
    assert (answer.status_code, answer.get_data()) == (204, b"")
    assert "Content-Type" not in answer.headers
    assert [is_signed_in(browser) for browser in (laptop, tablet)] == [False, False]
    assert [is_signed_in(browser) for browser in (phone, stranger)] == [True, True]
    [left] = phone.get("sessions").json["items"]
    assert left["current"] is True
    assert laptop.sign_in().status_code == 201
    assert phone.delete("sessions").status_code == 204
    assert not is_signed_in(laptop)


def test_one_ends_another_session_of_ones_own(site: Site) -> None:
    laptop, phone = site.browser(), site.browser()
    laptop.become()
    ended = phone.sign_in().json["session"]["id"]
    answer = laptop.delete(f"sessions/{ended}")
    assert (answer.status_code, answer.get_data()) == (204, b"")
    assert "Set-Cookie" not in answer.headers
    assert not is_signed_in(phone)
    assert is_signed_in(laptop)
    assert_problem(laptop.delete(f"sessions/{ended}"), 404, "session_not_found")


def test_one_ends_this_session_by_its_id(browser: Browser) -> None:
    browser.become()
    [session] = browser.get("sessions").json["items"]
    assert browser.delete(f"sessions/{session['id']}").status_code == 204
    assert browser.client.get_cookie("session") is None


def test_the_session_of_somebody_else_cannot_be_ended(site: Site) -> None:
    ann, bob = site.browser(), site.browser()
    ann.become("ann")
    bob.become("bob")
    stolen = ann.get("sessions").json["items"][0]["id"]
    assert_problem(bob.delete(f"sessions/{stolen}"), 404, "session_not_found")
    assert is_signed_in(ann)


@pytest.mark.parametrize("session", [NOBODY, NOBODY.upper(), "0", "-", "%00", "me", "*", "S%23"])
def test_a_session_that_there_is_not_cannot_be_ended(session: str, browser: Browser) -> None:
    browser.become()
    assert_problem(browser.delete(f"sessions/{session}"), 404, "session_not_found")


def test_a_session_that_is_not_used_ends(site: Site, browser: Browser) -> None:
    browser.become()
    site.clock.advance(days=7, seconds=-1)
    assert is_signed_in(browser)
    site.clock.advance(days=7)
    assert_problem(browser.get("users/me"), 401, "not_authenticated")
    assert browser.sign_in().status_code == 201
    assert len(browser.get("sessions").json["items"]) == 1


def test_a_session_ends_even_when_it_is_used_daily(site: Site, browser: Browser) -> None:
    browser.become()
    for _ in range(29):
        site.clock.advance(days=1)
        assert is_signed_in(browser)
    site.clock.advance(days=1, seconds=-1)
    assert is_signed_in(browser)
    site.clock.advance(seconds=1)
    assert_problem(browser.get("users/me"), 401, "not_authenticated")


@pytest.mark.parametrize(
    "setting", [{"SESSION_IDLE_DAYS": "2"}, {"SESSION_ABSOLUTE_DAYS": "2"}], ids=str
)
def test_both_limits_of_a_session_are_settings(
    setting: dict[str, str], make_site: Callable[..., Site]
) -> None:
    site = make_site(**setting)
    browser = site.browser()
    browser.become()
    site.clock.advance(days=2, seconds=-1)
    assert len(browser.get("sessions").json["items"]) == 1
    site.clock.advance(days=2)
    assert not is_signed_in(browser)


def test_both_limits_can_be_those_of_aal2(make_site: Callable[..., Site]) -> None:
    """NIST SP 800-63B-4 2.2.3: a day in all, and an hour without use."""
    site = make_site(SESSION_ABSOLUTE_DAYS="1", SESSION_IDLE_MINUTES="60")
    browser = site.browser()
    browser.become()
    site.clock.advance(minutes=60)
    assert_problem(browser.get("users/me"), 401, "not_authenticated")
    browser.sign_in()
    for _ in range(47):
        site.clock.advance(minutes=30)
        assert is_signed_in(browser)
    site.clock.advance(minutes=30)
    assert_problem(browser.get("users/me"), 401, "not_authenticated")


@pytest.mark.parametrize("change", [{"disabled": True}, {"epoch": 1}], ids=str)
def test_what_ends_all_sessions_is_in_force_with_the_next_request(
    change: dict[str, Any], site: Site, browser: Browser
) -> None:
    user = browser.become()
    site.change_user(user["id"], **change)
    for answer in (
        *[browser.get("users/me"), browser.get(f"users/{user['id']}"), browser.get("sessions")],
        *[browser.delete("sessions"), browser.patch("users/me", {"display_name": "Ann"})],
    ):
        assert_problem(answer, 401, "not_authenticated")


def test_a_session_that_was_ended_with_all_others_cannot_be_ended_again(site: Site) -> None:
    browser, other = site.browser(), site.browser()
    browser.become("ann")
    ended = other.sign_in("ann").json["session"]["id"]
    browser.delete("sessions")
    assert_problem(browser.delete(f"sessions/{ended}"), 404, "session_not_found")


def test_who_is_signed_out_meanwhile_ends_no_others(site: Site, browser: Browser) -> None:
    user_id = browser.become()["id"]
    other = site.browser()
    other.sign_in()
    own = browser.get("sessions").json["items"]
    [current] = [one["id"] for one in own if one["current"]]

    def ends(operation: str, asked: Asked) -> bool:
        return operation == "TransactWriteItems" and "epoch" in str(asked)

    sign_out = partial(storage.delete, site.context.database, user_id, current)
    with site.calls.noted(at(ends, sign_out)):
        assert_problem(browser.delete("sessions"), 401, "not_authenticated")
    assert is_signed_in(other)


def test_whose_others_are_ended_elsewhere_all_the_time_is_told_to_come_back(
    site: Site, browser: Browser
) -> None:
    browser.become()
    elsewhere = browser_with(site.instance(), session_token(browser))

    def ends(operation: str, asked: Asked) -> bool:
        return operation == "TransactWriteItems" and "epoch" in str(asked)

    def end_twice() -> None:
        """After one alone all would be as was asked for."""
        for _ in range(2):
            assert elsewhere.delete("sessions").status_code == 204

    with site.calls.noted(at(ends, end_twice, times=100)):
        assert_problem(browser.delete("sessions"), 503, "unavailable")
    assert is_signed_in(browser)
    assert browser.delete("sessions").status_code == 204


@pytest.fixture
def three(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user may have three sessions, not a hundred."""
    monkeypatch.setattr(sessions, "MAX_SESSIONS", 3)


@pytest.mark.usefixtures("three")
def test_one_session_too_many_ends_the_one_that_was_not_used_for_longest(site: Site) -> None:
    first, second, third, fourth = browsers = [site.browser() for _ in range(4)]
    first.become()
    ended = second.sign_in().json["session"]["id"]
    third.sign_in()
    site.clock.advance(minutes=10)
    assert is_signed_in(first)
    assert is_signed_in(third)
    assert fourth.sign_in().status_code == 201
    assert [is_signed_in(browser) for browser in browsers] == [True, False, True, True]
    assert len(first.get("sessions").json["items"]) == 3
    event = first.get("users/me/events").json["items"][0]
    assert (event["action"], event["details"]) == ("session.ended", {"session": ended})


@pytest.mark.usefixtures("three")
def test_sessions_that_are_over_make_room_first(site: Site, browser: Browser) -> None:
    browser.become()
    forgotten = site.browser()
    forgotten.sign_in()
    site.clock.advance(days=4)
    assert is_signed_in(browser)
    site.clock.advance(days=4)
    others = [site.browser() for _ in range(2)]
    for other in others:
        other.sign_in()
    assert [is_signed_in(one) for one in (browser, *others)] == [True, True, True]
    actions = [event["action"] for event in browser.get("users/me/events").json["items"]]
    assert "session.ended" not in actions


@pytest.mark.usefixtures("three")
def test_sessions_that_cannot_be_counted_keep_nobody_out(site: Site, log: io.StringIO) -> None:
    browsers = [site.browser() for _ in range(4)]
    browsers[0].become()
    for browser in browsers[1:3]:
        browser.sign_in()

    def counts(operation: str, asked: Asked) -> bool:
        return operation == "Query" and asked["Limit"] > sessions.SURPLUS

    with site.calls.noted(at(counts, cut)):
        assert browsers[3].sign_in().status_code == 201
    assert all(map(is_signed_in, browsers))
    assert "sessions not counted" in log.getvalue()


def test_a_user_has_a_hundred_sessions_and_no_more_are_read(site: Site, browser: Browser) -> None:
    user_id = browser.become()["id"]
    own = storage.of_user(site.context.database, user_id)[0]
    for _ in range(120):
        began = new_id()
        storage.create(site.context.database, replace(own, id=began))
        audit.record(site.context, CALLER, "session.created", user_id, session=began)
    assert site.browser().sign_in().status_code == 201
    browser.sign_in()
    assert len(browser.get("sessions").json["items"]) == 100
