"""Many who would deliver the same messages at one moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial

from tests.invariants import assert_whole
from tests.races.crowd import at_once
from tests.receiver import Receiver, deliver
from tests.support import Site

MESSAGES = 4
COURIERS = 10


def test_each_message_is_delivered_by_one_of_many(
    make_site: Callable[..., Site], receiver: Receiver
) -> None:
    site = make_site(**receiver.settings)
    receiver.answers = [500] * MESSAGES
    site.browser().become()
    for _ in range(MESSAGES - 1):
        site.browser().sign_in()
    receiver.calls.clear()
    site.clock.advance(seconds=60)

    rounds = at_once([partial(deliver, site)] * COURIERS)
    assert sum(done.taken for done in rounds) == MESSAGES
    assert set(Counter(call.id for call in receiver.calls).values()) == {1}
    assert len(receiver.calls) == MESSAGES
    assert_whole(site)
