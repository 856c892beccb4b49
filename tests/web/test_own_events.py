"""`GET /users/me/events`: one's own security log."""

from __future__ import annotations

import pytest

from backend.accounts import audit
from backend.accounts.context import Caller
from tests.authenticator import Authenticator
from tests.factors import add_passkey, add_totp, answer, challenged, make_recovery_codes
from tests.support import Browser, Site, assert_problem

CALLER = Caller("192.0.2.7/32", "somebody else's browser", "", "a-request")


@pytest.fixture
def ann(browser: Browser) -> Browser:
    browser.become()
    return browser


def actions(browser: Browser) -> list[str]:
    return [event["action"] for event in browser.get("users/me/events").json["items"]]


def test_it_needs_a_session(browser: Browser) -> None:
    assert_problem(browser.get("users/me/events"), 401, "not_authenticated")


def test_what_happened_is_listed_newest_first(site: Site, ann: Browser) -> None:
    ann.change({"locale": "de"})
    ann.prove()
    ann.move("ann@example.org")
    ann.change_password()
    assert actions(ann) == [
        "password.changed",
        "email.changed",
        "email.change_begun",
        "step_up.passed",
        "step_up.passed",
        "user.updated",
        "user.created",
    ]


def test_an_undone_change_and_a_reset_are_listed(site: Site, ann: Browser) -> None:
    site.browser().undo(ann.move("ann@example.org"))
    site.browser().forget()
    site.browser().reset(site.token("ann@example.com"))
    ann.sign_in(password="seven quiet harbours")
    assert actions(ann)[:3] == ["session.created", "password.reset", "email.change_undone"]


def test_what_becomes_of_passkeys_is_listed_with_which_it_was(ann: Browser) -> None:
    passkey = add_passkey(ann, Authenticator())["id"]
    ann.patch(f"passkeys/{passkey}", {"name": "Work laptop"})
    ann.delete(f"passkeys/{passkey}")
    listed = ann.get("users/me/events").json["items"][:3]
    assert [event["action"] for event in listed] == [
        "passkey.removed",
        "passkey.renamed",
        "passkey.added",
    ]
    assert [event["details"]["passkey"] for event in listed] == [passkey] * 3


def test_what_becomes_of_an_app_and_its_codes_is_listed(ann: Browser) -> None:
    add_totp(ann)
    make_recovery_codes(ann)
    ann.delete("users/me/totp")
    listed = [action for action in actions(ann) if action != "step_up.passed"]
    assert listed[:3] == ["totp.removed", "recovery_codes.made", "totp.added"]


def test_a_recovery_code_that_was_used_is_listed_with_how_many_are_left(
    site: Site, ann: Browser
) -> None:
    add_totp(ann)
    first, *_ = make_recovery_codes(ann)
    other = site.browser()
    assert answer(other, challenged(other), first, "recovery_code").status_code == 201
    signed_in, used = ann.get("users/me/events").json["items"][:2]
    assert signed_in["action"] == "session.created"
    assert (used["action"], used["details"]) == ("recovery_code.used", {"left": "9"})


def test_sessions_that_were_ended_are_listed(site: Site, ann: Browser) -> None:
    for _ in range(2):
        site.browser().sign_in()
    other = next(one for one in ann.get("sessions").json["items"] if not one["current"])
    ann.delete(f"sessions/{other['id']}")
    ann.delete("sessions")
    [current] = ann.get("sessions").json["items"]
    others_ended, one_ended = ann.get("users/me/events").json["items"][:2]
    assert (one_ended["action"], one_ended["details"]) == (
        "session.ended",
        {"session": other["id"]},
    )
    assert (others_ended["action"], others_ended["details"]) == (
        "sessions.ended",
        {"kept": current["id"]},
    )


def test_a_page_has_25_unless_it_is_asked_for_more(site: Site, ann: Browser) -> None:
    user_id = ann.get("users/me").json["id"]
    for _ in range(26):
        audit.record(site.context, CALLER, "user.updated", user_id)
    assert len(ann.get("users/me/events").json["items"]) == 25
    assert len(ann.get("users/me/events?limit=26").json["items"]) == 26


def test_an_event_says_what_when_who_and_from_where(site: Site, ann: Browser) -> None:
    away = site.browser("192.0.2.9")
    away.sign_in(headers={"User-Agent": "a telephone"})
    event = ann.get("users/me/events").json["items"][0]
    assert event.pop("id")
    assert event.pop("at").endswith("Z")
    session = away.get("sessions").json["items"][0]["id"]
    assert event == {
        "action": "session.created",
        "actor": "self",
        "ip_prefix": "192.0.2.9/32",
        "user_agent": "a telephone",
        "details": {"session": session, "proof": "password"},
    }


@pytest.mark.parametrize(
    ("actor", "shown"),
    [("01980000-0000-7000-8000-000000000000", "admin"), (audit.OPERATOR, "operator")],
)
def test_who_else_did_it_is_said_and_not_where_they_were(
    actor: str, shown: str, site: Site, ann: Browser
) -> None:
    user_id = ann.get("users/me").json["id"]
    audit.record(site.context, CALLER, "sessions.ended", user_id, actor=actor)
    event = ann.get("users/me/events").json["items"][0]
    assert event["actor"] == shown
    assert (event["ip_prefix"], event["user_agent"]) == (None, None)
    assert actor not in str(event) or actor == shown


def test_nobody_sees_the_events_of_others(site: Site, ann: Browser) -> None:
    bert = site.browser()
    bert.become("bert")
    bert.prove()
    assert actions(ann) == ["user.created"]


def test_pages_join_without_a_gap(ann: Browser) -> None:
    for _ in range(6):
        ann.prove()
    whole = ann.get("users/me/events").json
    assert whole["next_cursor"] is None
    found, query = [], "?limit=3"
    while query:
        page = ann.get(f"users/me/events{query}").json
        assert len(page["items"]) <= 3
        found += page["items"]
        query = page["next_cursor"] and f"?limit=3&cursor={page['next_cursor']}"
    assert found == whole["items"]
    assert len(found) == 7


def test_a_cursor_is_good_for_its_own_user_alone(site: Site, ann: Browser) -> None:
    ann.prove()
    cursor = ann.get("users/me/events?limit=1").json["next_cursor"]
    bert = site.browser()
    bert.become("bert")
    assert_problem(bert.get(f"users/me/events?cursor={cursor}"), 400, "cursor_invalid")


@pytest.mark.parametrize(
    "limit", ["0", "101", "-1", "x", "", "0025", "1" * 5000, "2.5"], ids=lambda limit: limit[:9]
)
def test_a_limit_that_is_not_allowed_is_refused(limit: str, ann: Browser) -> None:
    assert_problem(ann.get(f"users/me/events?limit={limit}"), 400, "limit_invalid")
