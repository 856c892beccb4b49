"""`GET /admin/events`: the audit log of all, newest first, or of one user."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.inside import done
from tests.invariants import stored
from tests.support import Browser, Site, administrator, assert_problem

NOBODY = "01980000-0000-7000-8000-000000000000"


@pytest.fixture
def admin(site: Site) -> Browser:
    return administrator(site, "root1")


def walked(browser: Browser, query: str = "") -> list[dict[str, Any]]:
    """All events, page by page, but for those of reading them."""
    found, cursor = [], ""
    while True:
        answer = browser.get(f"admin/events?{query}{cursor}")
        assert answer.status_code == 200, answer.json
        found += [one for one in answer.json["items"] if one["action"] != "admin.events_read"]
        if answer.json["next_cursor"] is None:
            return found
        cursor = f"&cursor={answer.json['next_cursor']}"


def actions(events: list[dict[str, Any]]) -> list[str]:
    return [event["action"] for event in events]


def test_an_event_says_who_what_whom_when_from_where_and_in_which_request(
    site: Site, admin: Browser
) -> None:
    bob = site.browser("192.0.2.7")
    user = bob.become("bob")
    changed = bob.change({"locale": "de"}, etag=None)
    event = admin.get("admin/events").json["items"][0]
    assert {**event, "id": ""} == {
        "id": "",
        "at": changed.json["updated_at"],
        "action": "user.updated",
        "subject": user["id"],
        "actor": user["id"],
        "request_id": changed.headers["X-Request-Id"],
        "ip_prefix": "192.0.2.7/32",
        "user_agent": event["user_agent"],
        "details": {"members": "locale"},
    }


@pytest.mark.parametrize("limit", [1, 3, 100])
def test_events_of_all_come_newest_first_over_days_and_months(
    site: Site, admin: Browser, limit: int
) -> None:
    expected = []
    for days, name in enumerate(("bob", "cat", "dan", "eve"), 1):
        user = site.browser().become(name)
        expected.append(user["id"])
        site.clock.advance(days=days * 15)
    admin.sign_in("root1")
    created = [one for one in walked(admin, f"limit={limit}") if one["action"] == "user.created"]
    assert [one["subject"] for one in created][:-1] == expected[::-1]


@pytest.mark.parametrize(("days", "page"), [(29, 0), (30, 1), (59, 1), (60, 2)])
def test_a_page_looks_back_a_bounded_time(site: Site, admin: Browser, days: int, page: int) -> None:
    """From the end of the day to come: clocks differ, and days end at other times elsewhere."""
    site.clock.advance(days=days)
    admin.sign_in("root1")
    pages, cursor = [], ""
    for _ in range(3):
        answer = admin.get(f"admin/events?limit=100{cursor}").json
        pages.append(actions(answer["items"]))
        cursor = f"&cursor={answer['next_cursor']}"
    assert pages[0][0] == "session.created"
    assert ["user.created" in one for one in pages] == [number == page for number in range(3)]


def test_events_of_one_user_are_those_that_happened_to_them(site: Site, admin: Browser) -> None:
    bob, other = site.browser(), site.browser()
    user = bob.become("bob")
    other.become("cat")
    for number in range(5):
        bob.change({"display_name": f"Bob {number}"})
    admin.post(f"admin/users/{user['id']}/disable")
    found = walked(admin, f"user={user['id']}&limit=2")
    assert actions(found) == ["user.disabled", *["user.updated"] * 5, "user.created"]
    assert {one["subject"] for one in found} == {user["id"]}


@pytest.mark.parametrize("user_id", [NOBODY, "0", "", "%00", "a" * 3000])
def test_of_nobody_there_are_no_events(admin: Browser, user_id: str) -> None:
    assert walked(admin, f"user={user_id}") == []


def test_what_is_no_id_gets_no_events_by_being_read(site: Site, admin: Browser) -> None:
    walked(admin, "user=ann")
    assert not any(key.startswith("ann/") for key in stored(site).events)


def test_events_of_the_operator_are_those_of_the_command_line(site: Site, admin: Browser) -> None:
    done(site, "users", "list")
    assert actions(walked(admin, "user=operator")) == ["admin.users_listed"]


def test_reading_events_is_an_event_of_whoever_is_read(site: Site, admin: Browser) -> None:
    user = site.browser().become("bob")
    answer = admin.get(f"admin/events?user={user['id']}")
    newest = admin.get(f"admin/events?user={user['id']}").json["items"][0]
    assert (newest["action"], newest["request_id"]) == (
        "admin.events_read",
        answer.headers["X-Request-Id"],
    )
    assert newest["actor"] == admin.get("users/me").json["id"]


def test_reading_events_of_all_is_an_event_of_whoever_reads(admin: Browser) -> None:
    answer = admin.get("admin/events")
    newest = admin.get("users/me/events").json["items"][0]
    assert newest["action"] == "admin.events_read"
    [newest, *_] = admin.get("admin/events").json["items"]
    assert newest["request_id"] == answer.headers["X-Request-Id"]
    assert newest["subject"] == newest["actor"] == admin.get("users/me").json["id"]


def test_a_cursor_or_limit_that_is_none_is_said(admin: Browser) -> None:
    assert_problem(admin.get("admin/events?cursor=abc"), 400, "cursor_invalid")
    assert_problem(admin.get("admin/events?limit=0"), 400, "limit_invalid")
