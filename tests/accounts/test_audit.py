"""The audit log: one chain of events a user, in which nothing is removed or altered unseen."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from backend.accounts.audit import broken, record
from backend.accounts.context import Caller
from backend.storage import audit
from backend.storage.audit import Event, Head
from backend.storage.tables import AUDIT
from tests.meanwhile import Asked, at, cut
from tests.support import KEYS, Browser, Site


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


def test_what_comes_too_late_for_who_is_gone_says_of_nobody_from_where(
    site: Site, ann: str
) -> None:
    late = Caller("192.0.2.7/32", "a browser", "", "a-request")
    site.delete_user(ann, actor="an admin")
    record(site.context, late, "user.disabled", ann, actor="an admin")
    record(site.context, late, "user.updated", ann)
    *_, disabled, updated = chain(site, ann)
    assert (disabled.actor, updated.actor) == ("an admin", ann)
    assert {(one.ip_prefix, one.user_agent) for one in (disabled, updated)} == {(None, None)}
    assert breaks(site, ann) == []


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
    site.clock.advance(days=1)
    site.browser().sign_in()
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
    assert breaks(site, ann) == ["event 2 stands twice", "event 3 is missing"]


def items(site: Site, user_id: str) -> list[dict[str, Any]]:
    """All of the subject, the head as well."""
    found = site.client.query(
        TableName=site.prefix + AUDIT.name,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"A#{user_id}"}},
        ConsistentRead=True,
    )
    return list(found["Items"])


def go_back(site: Site, user_id: str, before: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Makes the chain what it was, and returns what it was until now."""
    until_now = items(site, user_id)
    for item in until_now:
        own = {name: item[name] for name in ("pk", "sk")}
        site.client.delete_item(TableName=site.prefix + AUDIT.name, Key=own)
    put_back(site, before)
    return until_now


def put_back(site: Site, kept: list[dict[str, Any]]) -> None:
    for item in kept:
        site.client.put_item(TableName=site.prefix + AUDIT.name, Item=item)


def test_an_event_that_follows_on_another_past_is_found(site: Site, browser: Browser) -> None:
    """What once was written, and written anew in another way after the table was taken back."""
    ann = browser.become()["id"]
    before = items(site, ann)
    for name in ("Ann", "Anna"):
        browser.change({"display_name": name})
    *_, last, head = go_back(site, ann, before)
    browser.change({"display_name": "Annabel"})
    put_back(site, [last, head])
    assert breaks(site, ann) == ["event 3 does not follow on the one before it"]


def test_a_last_event_that_took_the_place_of_another_is_found(site: Site, browser: Browser) -> None:
    ann = browser.become()["id"]
    before = items(site, ann)
    browser.change({"display_name": "Ann"})
    *_, head = go_back(site, ann, before)
    browser.change({"display_name": "Anna"})
    put_back(site, [head])
    assert breaks(site, ann) == ["event 2 is not the one that was written"]


def test_a_chain_whose_key_is_not_at_hand_says_which_key_it_was(site: Site, ann: str) -> None:
    without = site.instance(AUDIT_KEY="7" * 64)
    first, *_ = breaks(without, ann)
    key_id = chain(site, ann)[0].key
    assert first == f"event 1 is sealed under the key {key_id}, which is not at hand"


@pytest.mark.parametrize(
    ("minutes", "found"),
    [(60, []), (61, ["event 8 is sealed under a key that had been replaced"])],
)
def test_a_key_that_was_replaced_seals_for_an_hour_at_the_most(
    site: Site, ann: str, minutes: int, found: list[str]
) -> None:
    """So long some instances may have it, while others have its successor."""
    after = site.instance(AUDIT_KEY=f"{'7' * 64}, {KEYS['LOOKUP_KEY']}")
    after.browser().sign_in()
    site.clock.advance(minutes=30)
    after.browser().sign_in()
    site.clock.advance(minutes=minutes - 30)
    site.browser().sign_in()
    assert breaks(after, ann) == found


def test_what_is_personal_can_be_taken_away_and_the_chain_holds(site: Site, ann: str) -> None:
    audit.forget_person(site.context.database, ann)
    audit.forget_person(site.context.database, ann)
    events = chain(site, ann)
    assert {(one.ip_prefix, one.user_agent, one.salt) for one in events} == {(None, None, None)}
    assert breaks(site, ann) == []


@pytest.mark.parametrize(
    "part",
    [
        *("ip_prefix", "user_agent", "salt"),
        *("ip_prefix, user_agent", "ip_prefix, salt", "user_agent, salt"),
    ],
)
def test_a_part_of_what_is_personal_cannot(site: Site, ann: str, part: str) -> None:
    site.client.update_item(
        TableName=site.prefix + AUDIT.name,
        Key=key(ann, 1),
        UpdateExpression=f"REMOVE {part}",
    )
    assert breaks(site, ann) == ["event 1 was altered"]


@pytest.mark.parametrize(
    ("key_id", "sealed"),
    [
        ("", "aba4d9fbd9a9fedd324eb1911bc406f862d0de6c4885390c3a70b6026d10bbcf"),
        ("8292c422", "b0af98266c74d55a564946d53ea39ca3b0588b92c8d363af5b6dbdb696357b7f"),
    ],
)
def test_what_an_earlier_version_sealed_still_holds(site: Site, key_id: str, sealed: str) -> None:
    """Also what it sealed before there were ids of keys."""
    event = Event(
        id="01980000-0000-7000-8000-000000000001",
        subject="01980000-0000-7000-8000-000000000000",
        number=1,
        at=1_700_000_000,
        action="user.created",
        actor="01980000-0000-7000-8000-000000000000",
        request_id="request",
        personal_hash=bytes.fromhex(
            "6b660fae495e09461302029a5d4a6ec4bb453fcbd95fbef28d2995ccd705905c"
        ),
        previous=bytes(32),
        hash=bytes.fromhex(sealed),
        details={"way": "password"},
        ip_prefix="192.0.2.0/32",
        user_agent="an agent",
        salt=bytes(range(16)),
        key=key_id,
    )
    assert list(broken(site.context, [event], Head())) == []


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


def appends(operation: str, asked: Asked) -> bool:
    """Whether it is the write of an event that a user changed."""
    return operation == "PutItem" and "user.updated" in str(asked)


def not_stored(log: io.StringIO) -> dict[str, Any]:
    """The line of the log that has an event in the place of the table."""
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    [line] = [line for line in lines if line["event"] == "audit event not stored"]
    return line


def test_an_event_that_cannot_be_stored_is_in_the_log_of_the_app(
    site: Site, browser: Browser, log: io.StringIO
) -> None:
    """What happened has happened, and is answered as such."""
    user = browser.become()
    with site.calls.noted(at(appends, cut)):
        assert browser.change({"locale": "de"}).status_code == 200
    line = not_stored(log)
    assert (line["action"], line["subject"], line["actor"], line["details"], line["reason"]) == (
        *("user.updated", user["id"], user["id"], {"members": "locale"}, "Unavailable"),
    )
    assert [event.action for event in chain(site, user["id"])] == ["user.created"]


@pytest.mark.parametrize(("times", "number"), [(59, 61), (60, 0)])
def test_an_event_is_tried_sixty_times_where_others_are_always_before_it(
    site: Site, browser: Browser, log: io.StringIO, times: int, number: int
) -> None:
    ann, caller = browser.become()["id"], Caller("", "", "", "request")

    def another() -> None:
        record(site.context, caller, "another", ann)

    with site.calls.noted(at(appends, another, times=times)):
        assert record(site.context, caller, "user.updated", ann) == number
    assert [event.action for event in chain(site, ann)] == [
        *("user.created", *["another"] * times, *["user.updated"] * bool(number)),
    ]
    assert number or not_stored(log)["reason"] == "Overtaken"
    assert breaks(site, ann) == []
