"""Webhooks are delivered at least once: at once, or ever later for a week."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable

import pytest

from backend.accounts import webhooks
from backend.accounts.webhooks import Delivered
from backend.storage.database import Unavailable
from backend.storage.writes import Put
from tests.invariants import assert_whole
from tests.meanwhile import Asked, at, cut
from tests.receiver import SECRET, Receiver, deliver
from tests.support import Browser, Site


@pytest.fixture
def site(make_site: Callable[..., Site], receiver: Receiver) -> Site:
    return make_site(**receiver.settings)


def test_a_message_is_kept_before_it_is_sent(
    site: Site, browser: Browser, receiver: Receiver
) -> None:
    kept: list[str] = []

    def look() -> None:
        kept.extend(
            item["sk"]["S"] for item in site.stored() if item["pk"]["S"] == "OUTBOX#pending"
        )

    receiver.seeing = look
    browser.become()
    [pending] = kept
    assert pending.endswith(f"#{receiver.calls[-1].id}")


@pytest.mark.parametrize("status", [500, 503, 404, 410, 301, 304])
def test_what_was_not_taken_is_sent_again_as_it_was(
    status: int, site: Site, browser: Browser, receiver: Receiver
) -> None:
    receiver.answers = [status]
    browser.become()
    site.clock.advance(seconds=59)
    assert deliver(site) == Delivered()
    site.clock.advance(seconds=1)
    assert deliver(site) == Delivered(taken=1)
    first, second = receiver.calls
    assert (second.id, second.body) == (first.id, first.body)
    assert second.timestamp == first.timestamp + 60
    assert second.signed_with(SECRET)
    assert_whole(site)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_any_success_is_enough(
    status: int, site: Site, browser: Browser, receiver: Receiver
) -> None:
    receiver.answers = [status]
    browser.become()
    site.clock.advance(days=1)
    assert deliver(site) == Delivered()
    assert len(receiver.calls) == 1


def test_a_redirect_is_not_followed(browser: Browser, receiver: Receiver) -> None:
    receiver.answers = [307]
    browser.become()
    assert [call.path for call in receiver.calls] == ["/hook?for=accounts"]


def test_nobody_waits_for_a_receiver_that_does_not_answer(
    site: Site, browser: Browser, receiver: Receiver
) -> None:
    browser.become()
    receiver.held.set()
    before = time.monotonic()
    assert browser.change({"display_name": "Ann"}).status_code == 200
    # A second, and what a busy machine takes for the rest.
    assert time.monotonic() - before < 3
    receiver.held.clear()
    site.clock.advance(seconds=60)
    assert deliver(site) == Delivered(taken=1)
    assert receiver.types == ["user.created", "user.updated", "user.updated"]


def test_a_receiver_that_was_away_gets_everything_once_it_is_back(
    make_site: Callable[..., Site],
) -> None:
    receiver = Receiver()
    with receiver.running():
        site = make_site(**receiver.settings)
    browser = site.browser()
    browser.become()
    assert browser.sign_in().status_code == 201
    site.clock.advance(seconds=60)
    assert deliver(site) == Delivered(refused=2)
    assert receiver.calls == []
    with receiver.running():
        site.clock.advance(minutes=4)
        assert deliver(site) == Delivered(taken=2)
    assert sorted(receiver.types) == ["session.created", "user.created"]


def test_the_tries_become_rarer(site: Site, browser: Browser, receiver: Receiver) -> None:
    receiver.answers = [500] * 9
    browser.become()
    for minutes in (1, 4, 16, 64, 256, 720, 720):
        site.clock.advance(seconds=60 * minutes - 1)
        assert deliver(site) == Delivered()
        site.clock.advance(seconds=1)
        assert deliver(site) == Delivered(refused=1)


def test_after_a_week_a_message_is_given_up_with_a_line_in_the_log(
    site: Site, browser: Browser, receiver: Receiver, log: io.StringIO
) -> None:
    receiver.answers = [500] * 3
    browser.become()
    site.clock.advance(days=6, minutes=23 * 60)
    assert deliver(site) == Delivered(refused=1)
    site.clock.advance(days=1)
    assert deliver(site) == Delivered(refused=1, given_up=1)
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    [line] = [line for line in lines if line["event"] == "webhook given up"]
    assert line["message_id"] == receiver.calls[-1].id
    assert line["reason"] == "answered 500"
    site.clock.advance(days=1)
    assert deliver(site) == Delivered()


def test_a_round_ends_in_time_and_the_next_goes_on(
    site: Site, browser: Browser, receiver: Receiver
) -> None:
    receiver.answers = [500, 500]
    browser.become()
    browser.sign_in()
    site.clock.advance(seconds=60)
    # One try is always made, however little time there is.
    assert webhooks.deliver(site.context, until=site.clock(), seconds=0) == Delivered(taken=1)
    assert deliver(site) == Delivered(taken=1)
    assert sorted(receiver.types[2:]) == ["session.created", "user.created"]


def test_where_there_is_no_receiver_any_more_nothing_is_tried(
    site: Site, browser: Browser, receiver: Receiver
) -> None:
    receiver.answers = [500]
    browser.become()
    without = site.instance(WEBHOOK_URL="").context
    assert webhooks.deliver(without, until=site.clock() + 86400, seconds=9) == Delivered()


def test_what_cannot_be_kept_is_sent_all_the_same(
    site: Site,
    browser: Browser,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    log: io.StringIO,
) -> None:
    put = type(site.context.database).put

    def without_outbox(self: object, write: Put) -> None:
        if write.key.pk.startswith("OUTBOX#"):
            raise Unavailable("for this test")
        put(self, write)

    monkeypatch.setattr(type(site.context.database), "put", without_outbox)
    browser.become()
    assert receiver.types == ["user.created"]
    assert "webhook not stored" in log.getvalue()


def test_what_cannot_be_noted_as_taken_is_sent_once_more(
    site: Site, browser: Browser, receiver: Receiver, log: io.StringIO
) -> None:
    def notes(operation: str, asked: Asked) -> bool:
        return "taken_at" in str(asked) and operation == "TransactWriteItems"

    with site.calls.noted(at(notes, cut)):
        browser.become()
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    [line] = [line for line in lines if line["event"] == "webhook not noted as settled"]
    assert (line["message_id"], line["reason"]) == (receiver.calls[0].id, "Unavailable")
    site.clock.advance(seconds=60)
    assert deliver(site) == Delivered(taken=1)
    assert [call.id for call in receiver.calls] == [line["message_id"]] * 2
