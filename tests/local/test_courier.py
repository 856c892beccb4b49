"""Webhooks that were not taken go out again while `flask run` runs."""

from __future__ import annotations

from collections.abc import Callable

from backend.local import courier
from tests.receiver import Receiver
from tests.support import Site


def test_what_is_due_is_delivered_without_being_asked_for(
    make_site: Callable[..., Site], receiver: Receiver
) -> None:
    site = make_site(**receiver.settings)
    receiver.answers = [500]
    site.browser().become()
    first = receiver.arrived.get(timeout=10)
    site.clock.advance(seconds=60)
    stopped = courier.start(site.context)
    try:
        assert receiver.arrived.get(timeout=10).id == first.id
    finally:
        stopped.set()
