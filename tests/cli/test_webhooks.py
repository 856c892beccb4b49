"""`flask webhooks …`: what another service was told is listed, delivered and told again."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from tests.cli.inside import done, done_json, refused, run
from tests.meanwhile import Asked, at
from tests.receiver import Receiver
from tests.support import Browser, Site


@pytest.fixture
def site(make_site: Callable[..., Site], receiver: Receiver) -> Site:
    return make_site(**receiver.settings)


def states(site: Site) -> list[tuple[str, str]]:
    return [(one["type"], one["state"]) for one in done_json(site, "webhooks", "list")]


def test_messages_are_listed_newest_first_with_what_became_of_each(
    site: Site, browser: Browser, receiver: Receiver
) -> None:
    user = browser.become()
    receiver.answers = [500]
    site.clock.advance(seconds=1)
    browser.sign_in()
    pending, taken = done_json(site, "webhooks", "list")
    assert (pending["type"], pending["state"]) == ("session.created", "pending")
    assert pending["next_try"] > pending["made_at"]
    assert (taken["type"], taken["state"]) == ("user.created", "taken")
    assert (taken["user"], taken["tries"], taken["next_try"]) == (user["id"], 1, None)
    assert [call.id for call in receiver.calls] == [taken["id"], pending["id"]]
    table = done(site, "webhooks", "list").splitlines()
    assert table[0].split() == ["MADE", "TYPE", "USER", "STATE", "TRIES", "NEXT", "TRY", "ID"]
    assert table[1].split()[-1] == pending["id"]


def test_messages_of_a_time_are_listed(site: Site, browser: Browser) -> None:
    browser.become()
    site.clock.advance(days=2)
    browser.sign_in()
    assert len(done_json(site, "webhooks", "list", "--since", "1d")) == 1
    assert len(done_json(site, "webhooks", "list", "--since", "3d")) == 2


def test_the_time_begins_at_a_moment_and_not_at_a_day(
    site: Site, browser: Browser, receiver: Receiver
) -> None:
    receiver.answers = [500]
    browser.become()
    site.clock.advance(minutes=10)
    browser.sign_in()
    assert [one["type"] for one in done_json(site, "webhooks", "list", "--since", "5m")] == [
        "session.created"
    ]


def test_after_30_days_a_message_that_was_taken_is_gone(site: Site, browser: Browser) -> None:
    browser.become()
    site.clock.advance(days=30)
    assert done_json(site, "webhooks", "list", "--since", "99d") == []


def test_what_is_pending_is_delivered_whenever_it_is_due(
    site: Site, browser: Browser, receiver: Receiver
) -> None:
    receiver.answers = [500]
    browser.become()
    assert done(site, "webhooks", "deliver") == "1 taken, 0 not taken\n"
    assert states(site) == [("user.created", "taken")]
    assert done(site, "webhooks", "deliver") == "0 taken, 0 not taken\n"


def test_what_is_still_not_taken_is_an_exit_status(
    site: Site, browser: Browser, receiver: Receiver
) -> None:
    receiver.answers = [500, 500]
    browser.become()
    result = run(site, "webhooks", "deliver")
    assert (result.exit_code, result.stdout) == (1, "0 taken, 1 not taken\n")


def test_a_message_is_told_again_under_its_id(
    site: Site, browser: Browser, receiver: Receiver
) -> None:
    browser.become()
    browser.sign_in()
    [first, _] = receiver.calls
    assert done(site, "webhooks", "replay", first.id, first.id) == "1 taken, 0 not taken\n"
    again = receiver.calls[-1]
    assert (again.id, again.body) == (first.id, first.body)
    assert len(receiver.calls) == 3


def test_what_is_told_again_elsewhere_meanwhile_is_told_once(
    site: Site, browser: Browser, receiver: Receiver
) -> None:
    browser.become()
    receiver.answers = [500]
    replay = partial(run, site, "webhooks", "replay", receiver.calls[0].id)

    def begins_again(operation: str, _asked: Asked) -> bool:
        return operation == "TransactWriteItems"

    with site.calls.noted(at(begins_again, replay)):
        assert replay().stdout == "0 taken, 0 not taken\n"
    assert len(receiver.calls) == 2


def test_all_since_a_moment_are_told_again_in_their_order(
    site: Site, browser: Browser, receiver: Receiver
) -> None:
    browser.become()
    site.clock.advance(days=2)
    for _ in range(2):
        browser.sign_in()
        site.clock.advance(seconds=1)
    [_, *newer] = receiver.calls
    assert done(site, "webhooks", "replay", "--since", "1d") == "2 taken, 0 not taken\n"
    assert [call.id for call in receiver.calls[-2:]] == [call.id for call in newer]


def test_what_was_given_up_can_be_told_again(
    site: Site, browser: Browser, receiver: Receiver
) -> None:
    receiver.answers = [500] * 3
    browser.become()
    site.clock.advance(days=7)
    run(site, "webhooks", "deliver")
    assert states(site) == [("user.created", "given up")]
    result = run(site, "webhooks", "replay", receiver.calls[0].id)
    assert (result.exit_code, result.stdout) == (1, "0 taken, 1 not taken\n")
    # It has another week.
    assert states(site) == [("user.created", "pending")]
    assert done(site, "webhooks", "deliver") == "1 taken, 0 not taken\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "Give either the ids of messages or --since."),
        (("--since", "1d", "some-id"), "Give either the ids of messages or --since."),
        (("no-such-id",), "There is no message 'no-such-id'"),
        (("--since", "yesterday"), "--since is 'yesterday'."),
    ],
)
def test_what_cannot_be_told_again_is_said(
    site: Site, arguments: tuple[str, ...], sentence: str
) -> None:
    assert sentence in refused(site, "webhooks", "replay", *arguments)


@pytest.mark.parametrize("arguments", [["deliver"], ["replay", "--since", "1d"]], ids=" ".join)
def test_without_a_webhook_there_is_nobody_to_tell(
    make_site: Callable[..., Site], arguments: list[str]
) -> None:
    assert "WEBHOOK_URL is not set" in refused(make_site(), "webhooks", *arguments)
