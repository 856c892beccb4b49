"""Clocks that are 10 minutes off: sessions, addresses that are taken back, repeated requests and
limits.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.authenticator import Authenticator
from tests.factors import created, sign_up, use_passkey
from tests.faults.clocks.instances import (
    AHEAD,
    BEHIND,
    NAMES,
    Two,
    forget_expired,
    off_by,
    pairs,
    served_by,
)
from tests.invariants import assert_whole
from tests.support import NEW_PASSWORD, PASSWORD, Browser, Site, assert_problem, registration_id

OLD, NEW = "ann@example.com", "ann@example.org"
HOUR, DAY = 60, 24 * 60
IDLE_MINUTES, UNDO_MINUTES, REPEATABLE_MINUTES, HOLD_MINUTES = 7 * DAY, 3 * DAY, DAY, 30
MANY = "1000/hour 1000/day"


@pytest.fixture
def ann(site: Site) -> Browser:
    browser = site.browser()
    browser.become()
    return browser


@pairs()
def test_a_session_is_in_force_at_once_and_until_it_is_over_there(two: Two, ann: Browser) -> None:
    browser = two.here.browser()
    assert browser.sign_in().status_code == 201
    there = served_by(two.there, browser)
    assert there.get("users/me").status_code == 200
    fresh = two.here.browser()
    fresh.sign_in()
    two.pass_time(minutes=IDLE_MINUTES)
    assert_problem(served_by(two.there, fresh).get("users/me"), 401, "not_authenticated")
    two.site.clock.advance(seconds=-1)
    assert served_by(two.there, fresh).get("users/me").status_code == 200


@pairs()
def test_who_goes_from_one_to_the_other_stays_signed_in(two: Two, ann: Browser) -> None:
    """Until the absolute limit of 30 days."""
    browser = two.here.browser()
    browser.sign_in()
    for instance in (two.there, two.here) * 2:
        two.site.clock.advance(days=6)
        assert served_by(instance, browser).get("users/me").status_code == 200
    two.site.clock.advance(days=6)
    two.pass_time(minutes=0)
    assert_problem(served_by(two.there, browser).get("users/me"), 401, "not_authenticated")


@pairs()
def test_a_session_that_is_ended_is_ended_there(two: Two, ann: Browser) -> None:
    browsers = [two.here.browser() for _ in range(3)]
    for browser in browsers:
        browser.sign_in()
    there = [served_by(two.there, browser) for browser in browsers]
    browsers[0].delete("sessions/current")
    assert_problem(there[0].get("users/me"), 401, "not_authenticated")
    assert browsers[1].change_password().status_code == 204
    assert_problem(there[2].get("users/me"), 401, "not_authenticated")
    assert there[1].get("users/me").status_code == 200
    assert_problem(two.there.browser().sign_in("ann", PASSWORD), 401, "invalid_credentials")


@pairs()
def test_all_events_are_told_and_their_chain_is_whole(two: Two, ann: Browser) -> None:
    for instance in (two.here, two.there, two.here):
        served_by(instance, ann).prove()
    there = served_by(two.there, ann).get("users/me/events")
    assert [event["action"] for event in there.json["items"]].count("step_up.passed") == 3
    assert_whole(two.site)


@pairs()
def test_an_address_is_taken_back_until_it_is_over_there(two: Two, ann: Browser) -> None:
    token = served_by(two.here, ann).move(NEW)
    two.pass_time(minutes=UNDO_MINUTES)
    assert_problem(two.there.browser().undo(token), 410, "token_invalid")
    two.site.clock.advance(seconds=-1)
    assert two.there.browser().undo(token).status_code == 204
    assert_whole(two.site)


@pairs()
def test_an_address_is_kept_for_its_former_owner_until_it_is_over_there(
    two: Two, ann: Browser
) -> None:
    served_by(two.here, ann).move(NEW)
    two.pass_time(minutes=UNDO_MINUTES)
    two.site.clock.advance(seconds=-1)
    two.there.browser().register("bert", email=OLD)
    assert not two.site.mails(OLD)[0]["subject"][:6].isdigit()
    two.site.clock.advance(seconds=1)
    assert two.there.browser().become("cora", email=OLD)["email"] == OLD
    assert_whole(two.site)


@pairs()
def test_a_password_that_a_thief_sets_after_the_address_goes_with_it(
    two: Two, ann: Browser
) -> None:
    token = served_by(two.here, ann).move(NEW)
    assert served_by(two.there, ann).change_password().status_code == 204
    assert two.here.browser().undo(token).status_code == 204
    assert_problem(two.here.browser().sign_in(OLD, NEW_PASSWORD), 401, "invalid_credentials")
    assert_whole(two.site)


@pairs()
def test_what_a_thief_sets_after_another_change_goes_too(two: Two, ann: Browser) -> None:
    token = served_by(two.here, ann).move(NEW)
    assert served_by(two.there, ann).change({"display_name": "Ann B."}).status_code == 200
    assert served_by(two.there, ann).change_password().status_code == 204
    assert two.there.browser().undo(token).status_code == 204
    assert_problem(two.here.browser().sign_in(OLD, NEW_PASSWORD), 401, "invalid_credentials")


@pairs()
def test_a_passkey_that_a_thief_adds_to_a_new_account_goes_with_the_address(
    two: Two, site: Site
) -> None:
    thief, browser = Authenticator(), two.here.browser()
    browser.become()
    there = served_by(two.there, browser)
    body = {"credential": created(there, thief)}
    assert there.post("passkeys", body).status_code == 201
    token = there.move(NEW)
    assert two.there.browser().undo(token).status_code == 204
    assert_problem(use_passkey(two.there.browser(), thief), 401, "invalid_credentials")


@pairs()
def test_the_passkey_that_an_account_was_made_with_stays(two: Two, site: Site) -> None:
    phone, browser = Authenticator(), two.here.browser()
    begun = sign_up(browser, phone)
    there = served_by(two.there, browser)
    if two.apart > 0:
        there.resend(begun)
    assert there.verify(begun, site.code(OLD)).status_code == 201
    credential = phone.get(there.post("passkeys/authentication-options").json)
    there.post("sessions/current/step-up", {"passkey": credential})
    there.post("users/me/email-changes", {"email": NEW})
    assert there.prove_address(site.code(NEW)).status_code == 200
    assert two.there.browser().undo(site.token(OLD, "undo")).status_code == 204
    assert use_passkey(two.there.browser(), phone).status_code == 201


@pairs()
def test_a_repeated_request_is_answered_as_before_until_it_is_over_there(two: Two) -> None:
    headers = {"Idempotency-Key": "12345678"}
    body = {"username": "ann", "email": OLD, "password": PASSWORD}
    first = two.here.browser().post("users", body, headers=headers)
    assert two.there.browser().post("users", body, headers=headers).json == first.json
    two.pass_time(minutes=REPEATABLE_MINUTES)
    two.site.clock.advance(seconds=-1)
    assert two.there.browser().post("users", body, headers=headers).json == first.json
    assert len(two.site.mails()) == 1
    two.site.clock.advance(seconds=1)
    later = two.there.browser().post("users", body, headers=headers)
    assert registration_id(later) != registration_id(first)


@pairs(lambda apart: apart > 0)
def test_a_username_is_one_users_where_its_hold_ends_early(two: Two) -> None:
    early, there = two.here.browser().register("ann"), two.there.browser()
    two.pass_time(minutes=HOLD_MINUTES)
    late = there.register("ann", email="other@example.com")
    assert there.verify(late, two.there.code("other@example.com")).status_code == 201
    assert two.here.browser().resend(early).status_code == 202
    verified = two.here.browser().verify(early, two.here.code(OLD))
    assert_problem(verified, 409, "username_taken")
    two.site.clock.advance(minutes=HOLD_MINUTES)
    assert_whole(two.site)


def test_in_an_hour_no_more_is_tried_than_three_times_the_limit(
    limited: Callable[..., Site],
) -> None:
    """Two times it is where all clocks are right, and three where each counts another hour."""
    site = limited(LIMIT_SIGN_INS="4/hour 1000/day", LIMIT_IDENTIFIER=MANY)
    browsers = [off_by(site, minutes).browser() for minutes in NAMES]
    tries = []
    for minute in range(0, 4 * HOUR, 5):
        for browser in browsers:
            while browser.sign_in("nobody", "wrong").status_code == 401:
                tries.append(minute)
        site.clock.advance(minutes=5)
    in_an_hour = [sum(begin <= at < begin + HOUR for at in tries) for begin in range(4 * HOUR)]
    assert max(in_an_hour) == 3 * 4
    assert len(tries) == (4 + 2) * 4


def test_a_day_that_is_used_up_stays_so_where_it_ends_late(limited: Callable[..., Site]) -> None:
    """By the clock of AWS it is over, and the table may forget it."""
    site = limited(LIMIT_SIGN_INS="3/hour 3/day", LIMIT_IDENTIFIER=MANY)
    site.clock.advance(minutes=12 * HOUR)
    behind = off_by(site, BEHIND)
    for _ in range(3):
        assert_problem(behind.browser().sign_in("x", "wrong"), 401, "invalid_credentials")
    forget_expired(site)
    assert_problem(behind.browser().sign_in("x", "wrong"), 429, "rate_limited")
    for instance in (site, off_by(site, AHEAD)):
        assert_problem(instance.browser().sign_in("x", "wrong"), 401, "invalid_credentials")
