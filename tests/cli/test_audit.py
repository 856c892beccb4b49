"""`flask audit …`: the audit log is read, and what was removed or altered in it is found."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from backend.storage.tables import AUDIT
from tests.cli.inside import done, done_json, refused, run
from tests.meanwhile import at
from tests.support import Browser, Site

# How many seconds a session lives.
LIVES = 30 * 86400


@pytest.fixture
def ann(site: Site, browser: Browser) -> str:
    """Somebody with four events."""
    user: dict[str, Any] = browser.become("ann")
    for number in range(3):
        browser.change({"display_name": f"Ann {number}"})
    return user["id"]


def actions(events: list[dict[str, Any]]) -> list[str]:
    return [event["action"] for event in events if event["actor"] != "operator"]


def remove(site: Site, subject: str, *parts: str) -> None:
    for part in parts:
        key = {"pk": {"S": f"A#{subject}"}, "sk": {"S": part}}
        site.client.delete_item(TableName=site.prefix + AUDIT.name, Key=key)


def alter(site: Site, subject: str, part: str, expression: str, **values: Any) -> None:
    site.client.update_item(
        TableName=site.prefix + AUDIT.name,
        Key={"pk": {"S": f"A#{subject}"}, "sk": {"S": part}},
        UpdateExpression=expression,
        **({"ExpressionAttributeNames": {"#h": "hash"}} if "#h" in expression else {}),
        **({"ExpressionAttributeValues": values} if values else {}),
    )


def number(count: int) -> str:
    return f"{count:010}"


def broken(site: Site) -> list[str]:
    """What `flask audit verify` finds."""
    result = run(site, "audit", "verify")
    assert result.exit_code == 1, result.output
    return result.stdout.splitlines()


def test_events_of_all_are_listed_newest_first(site: Site, ann: str) -> None:
    site.browser().become("bob")
    listed = done_json(site, "audit", "list")
    assert actions(listed) == ["user.created", *["user.updated"] * 3, "user.created"]


def test_events_are_listed_in_a_table(site: Site, ann: str) -> None:
    done(site, "users", "grant", "ann", "editor")
    head, newest, *_ = done(site, "audit", "list", "--user", "ann").splitlines()[0:3]
    assert head.split() == ["AT", "ACTION", "WHOM", "BY", "FROM", "DETAILS", "REQUEST"]
    lines = done(site, "audit", "list", "--user", ann)
    assert f"roles.changed      {ann}  operator" in lines
    assert "roles=editor" in lines
    assert f"user.created       {ann}  self      127.0.0.1/32" in lines
    assert newest


@pytest.mark.parametrize("name", ["ann", "ann@example.com"])
def test_events_of_one_are_listed(site: Site, ann: str, name: str) -> None:
    site.browser().become("bob")
    listed = done_json(site, "audit", "list", "--user", name)
    assert actions(listed) == [*["user.updated"] * 3, "user.created"]
    assert {event["subject"] for event in listed} == {ann}


def test_what_the_operator_did_to_nobody_in_particular_is_listed(site: Site) -> None:
    done(site, "users", "list")
    listed = done_json(site, "audit", "list", "--user", "operator")
    assert listed[-1]["action"] == "admin.users_listed"


@pytest.mark.parametrize(
    ("since", "count"),
    [("90m", 1), ("3h", 1), ("1d", 1), ("40d", 2), ("70d", 3), ("2026-01-01", 3)],
)
def test_events_are_listed_since_a_time(site: Site, since: str, count: int) -> None:
    for name in ("ann", "bob", "cat"):
        site.clock.advance(days=31)
        site.browser().become(name)
    for of in ([], ["--user", "cat"]):
        listed = done_json(site, "audit", "list", "--since", since, *of)
        assert len(actions(listed)) == (1 if of else count)


def test_more_events_than_a_page_has_are_listed(site: Site, browser: Browser) -> None:
    browser.become("ann")
    for _ in range(120):
        browser.prove()
    for of in ([], ["--user", "ann"]):
        assert len(actions(done_json(site, "audit", "list", *of))) == 121


def test_who_and_when_that_mean_nothing_are_said(site: Site) -> None:
    assert "Nobody is called 'bob'" in refused(site, "audit", "list", "--user", "bob")
    assert "--since is 'yesterday'" in refused(site, "audit", "list", "--since", "yesterday")


def test_a_log_that_is_whole_is_said_to_be(site: Site, ann: str) -> None:
    site.browser().become("bob")
    done(site, "users", "create", "cat", "cat@example.com", "--link")
    assert done(site, "audit", "verify") == "whole: 3 chains\n"


def test_a_removed_event_is_found(site: Site, ann: str) -> None:
    remove(site, ann, number(2))
    assert broken(site)[0] == f"ann ({ann}): event 2 is missing"


def test_events_cut_off_at_the_end_are_found(site: Site, ann: str) -> None:
    remove(site, ann, number(3), number(4))
    assert broken(site) == [f"ann ({ann}): events 3 to 4 are missing"]


def test_an_altered_event_is_found(site: Site, ann: str) -> None:
    alter(site, ann, number(3), "SET actor = :a", **{":a": {"S": "somebody else"}})
    assert broken(site) == [f"ann ({ann}): event 3 was altered"]


@pytest.mark.parametrize(
    ("part", "expression", "values"),
    [
        (number(3), "REMOVE actor", {}),
        ("head", "REMOVE #h", {}),
        (number(3), "SET request_id = :v", {":v": {"N": "1.5"}}),
    ],
)
def test_an_event_that_lost_a_part_is_found(
    site: Site, ann: str, part: str, expression: str, values: dict[str, Any]
) -> None:
    alter(site, ann, part, expression, **values)
    assert broken(site) == [
        f"ann ({ann}): an event lost a part of it, or has another kind of value"
    ]


def test_a_chain_that_was_removed_as_a_whole_is_found_while_its_user_is_there(
    site: Site, ann: str
) -> None:
    remove(site, ann, *map(number, range(1, 5)), "head")
    assert broken(site) == [f"ann ({ann}): no event says how the account came to be"]


def test_a_break_is_found_in_the_chain_of_somebody_who_is_gone(site: Site, ann: str) -> None:
    done(site, "users", "list")
    done(site, "users", "list")
    remove(site, "operator", number(1))
    assert broken(site)[0] == "operator: event 1 is missing"


def test_all_breaks_are_counted(site: Site, ann: str) -> None:
    bob = site.browser().become("bob")
    remove(site, ann, number(4))
    remove(site, bob["id"], number(1))
    result = run(site, "audit", "verify")
    assert result.stderr == "broken in 2 places, 2 chains looked at\n"


def signed_in(site: Site, browser: Browser) -> str:
    """Signs in once more, a while ago, which is the fifth event; returns the session."""
    session = browser.sign_in("ann").json["session"]["id"]
    site.clock.advance(minutes=2)
    return str(session)


def test_an_event_of_a_session_that_was_removed_is_found_by_the_session(
    site: Site, ann: str, browser: Browser
) -> None:
    session = signed_in(site, browser)
    remove(site, ann, number(5))
    sentence = "has no event: it was removed, or could not be written (see the log)"
    assert broken(site) == [f"ann ({ann}): session {session} {sentence}"]


@pytest.mark.parametrize(
    ("seconds", "found"), [(60, False), (61, True), (LIVES - 1, True), (LIVES, False)]
)
def test_a_session_bears_witness_from_a_minute_on_until_it_expires(
    site: Site, ann: str, browser: Browser, seconds: int, found: bool
) -> None:
    """The event may still be on its way, and what has expired may be gone at any time."""
    site.clock.advance(days=90)
    site.browser().sign_in("ann")
    remove(site, ann, number(5))
    site.clock.advance(seconds=seconds)
    assert run(site, "audit", "verify").exit_code == (1 if found else 0)


def test_the_end_of_a_session_is_no_beginning_and_found_by_the_head(
    site: Site, ann: str, browser: Browser
) -> None:
    browser.delete("sessions/current")
    remove(site, ann, number(5))
    assert broken(site) == [f"ann ({ann}): event 5 is missing"]


def test_a_chain_of_nobody_that_is_emptied_meanwhile_stops_no_verification(
    site: Site, ann: str
) -> None:
    done(site, "users", "list")
    empty = partial(remove, site, "operator", number(1), "head")
    with site.calls.noted(at(lambda operation, _: operation == "Query", empty)):
        assert done(site, "audit", "verify") == "whole: 2 chains\n"


def test_what_was_verified_is_found_without_its_session_too(
    site: Site, ann: str, browser: Browser
) -> None:
    signed_in(site, browser)
    done(site, "audit", "verify")
    remove(site, ann, number(5))
    site.clock.advance(days=400)
    assert broken(site) == [f"ann ({ann}): event 5 is missing"]


def test_a_chain_with_a_break_is_not_sealed(site: Site, ann: str, browser: Browser) -> None:
    signed_in(site, browser)
    removed = site.client.get_item(
        TableName=site.prefix + AUDIT.name,
        Key={"pk": {"S": f"A#{ann}"}, "sk": {"S": number(5)}},
    )["Item"]
    remove(site, ann, number(5))
    broken(site)
    site.client.put_item(TableName=site.prefix + AUDIT.name, Item=removed)
    assert done(site, "audit", "verify") == "whole: 1 chains\n"


def test_no_later_event_hides_that_the_last_one_was_removed(
    site: Site, ann: str, browser: Browser
) -> None:
    remove(site, ann, number(4))
    browser.change({"display_name": "Another"})
    assert broken(site) == [f"ann ({ann}): event 4 is missing"]
