"""The audit log: one chain of events a user, in which nothing is removed or altered unseen."""

from __future__ import annotations

from typing import Any

import pytest

from backend.accounts.audit import broken
from backend.storage import audit
from backend.storage.audit import Event
from backend.storage.tables import AUDIT
from tests.support import Browser, Site


@pytest.fixture
def ann(site: Site, browser: Browser) -> str:
    """Somebody with five events."""
    user: dict[str, Any] = browser.become()
    browser.change({"display_name": "Ann"})
    browser.sign_in()
    browser.prove()
    browser.delete("sessions/current")
    return user["id"]


def chain(site: Site, user_id: str) -> list[Event]:
    """Oldest first."""
    events, rest = audit.of_user(site.context.database, user_id, limit=100)
    assert rest is None
    return events[::-1]


def breaks(site: Site, user_id: str) -> list[str]:
    head = audit.head(site.context.database, user_id)
    return list(broken(site.context, chain(site, user_id), head))


def key(user_id: str, number: int) -> dict[str, Any]:
    return {"pk": {"S": f"A#{user_id}"}, "sk": {"S": f"{number:010}"}}


def alter(site: Site, user_id: str, number: int, values: dict[str, Any]) -> None:
    item = site.client.get_item(TableName=site.prefix + AUDIT.name, Key=key(user_id, number))
    site.client.put_item(TableName=site.prefix + AUDIT.name, Item=item["Item"] | values)


def remove(site: Site, user_id: str, number: int) -> None:
    site.client.delete_item(TableName=site.prefix + AUDIT.name, Key=key(user_id, number))


def test_what_somebody_does_is_kept_in_order(site: Site, ann: str) -> None:
    events = chain(site, ann)
    assert [event.action for event in events] == [
        "user.created",
        "user.updated",
        "session.created",
        "step_up.passed",
        "session.ended",
    ]
    assert [event.number for event in events] == [1, 2, 3, 4, 5]
    assert {(event.subject, event.actor) for event in events} == {(ann, ann)}


def test_an_event_says_when_from_where_and_in_which_request(site: Site, browser: Browser) -> None:
    user = browser.become()
    answer = browser.change({"locale": "de"})
    event = chain(site, user["id"])[-1]
    assert event.request_id == answer.headers["X-Request-Id"]
    assert (event.at, event.ip_prefix) == (site.clock(), "127.0.0.1/32")
    assert event.details == {"members": "locale"}


def test_what_changes_nothing_is_no_event(site: Site, browser: Browser) -> None:
    user = browser.become()
    browser.change({"display_name": None})
    browser.change({"display_name": "Ann"}, etag='"stale"')
    browser.prove("not the password at all")
    assert [event.action for event in chain(site, user["id"])] == ["user.created"]


def test_a_whole_chain_has_no_break(site: Site, ann: str) -> None:
    assert breaks(site, ann) == []


@pytest.mark.parametrize("number", [1, 3])
def test_a_removed_event_is_found(site: Site, ann: str, number: int) -> None:
    remove(site, ann, number)
    assert breaks(site, ann)[0] == f"event {number} is missing"


def test_events_cut_off_at_the_end_are_found(site: Site, ann: str) -> None:
    remove(site, ann, 4)
    remove(site, ann, 5)
    assert breaks(site, ann) == ["events 4 to 5 are missing"]


@pytest.mark.parametrize(
    "change",
    [
        {"action": {"S": "session.ended"}},
        {"at": {"N": "1"}},
        {"actor": {"S": "somebody else"}},
        {"details": {"M": {}}},
        {"ip_prefix": {"S": "192.0.2.1/32"}},
        {"user_agent": {"S": "Another"}},
    ],
)
def test_an_altered_event_is_found(site: Site, ann: str, change: dict[str, Any]) -> None:
    alter(site, ann, 2, change)
    assert breaks(site, ann) == ["event 2 was altered"]


def test_an_event_in_the_place_of_another_is_found(site: Site, ann: str) -> None:
    second = site.client.get_item(TableName=site.prefix + AUDIT.name, Key=key(ann, 2))["Item"]
    alter(site, ann, 3, {name: second[name] for name in second.keys() - {"pk", "sk"}})
    assert "event 3 is missing" in breaks(site, ann)


def test_what_is_personal_can_be_taken_away_and_the_chain_holds(site: Site, ann: str) -> None:
    audit.forget_person(site.context.database, ann)
    audit.forget_person(site.context.database, ann)
    events = chain(site, ann)
    assert {(one.ip_prefix, one.user_agent, one.salt) for one in events} == {(None, None, None)}
    assert breaks(site, ann) == []


def test_half_of_what_is_personal_cannot(site: Site, ann: str) -> None:
    site.client.update_item(
        TableName=site.prefix + AUDIT.name,
        Key=key(ann, 1),
        UpdateExpression="REMOVE ip_prefix",
    )
    assert breaks(site, ann) == ["event 1 was altered"]


def test_a_writer_that_was_cut_off_before_the_head_breaks_nothing(site: Site, ann: str) -> None:
    site.client.update_item(
        TableName=site.prefix + AUDIT.name,
        Key={"pk": {"S": f"A#{ann}"}, "sk": {"S": "head"}},
        UpdateExpression="SET #n = :n, #h = :h",
        ExpressionAttributeNames={"#n": "number", "#h": "hash"},
        ExpressionAttributeValues={":n": {"N": "4"}, ":h": {"B": chain(site, ann)[3].hash}},
    )
    assert breaks(site, ann) == []
    site.browser().sign_in()
    assert [event.number for event in chain(site, ann)] == [1, 2, 3, 4, 5, 6]
    assert breaks(site, ann) == []


def test_the_events_of_a_day_are_found_newest_first(site: Site) -> None:
    for name in ("ann", "bob", "cat", "dan", "eve"):
        site.browser().become(name)
        site.clock.advance(seconds=1)
    day = next(audit.days_back(site.clock(), 1))
    database = site.context.database
    newest = audit.of_day(database, day, limit=3, before="~")
    rest = audit.of_day(database, day, limit=3, before=audit.moment(newest[-1]))
    at = [event.at for event in newest + rest]
    assert at == sorted(at, reverse=True)
    assert len({event.subject for event in newest + rest}) == 5
