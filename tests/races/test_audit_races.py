"""Events of one user at the same moment: each is kept, in one chain."""

from __future__ import annotations

from functools import partial

from backend.accounts.audit import broken
from backend.storage import audit
from tests.races.crowd import at_once
from tests.support import Site


def test_of_fifty_events_at_once_none_is_lost(site: Site) -> None:
    user_id = site.browser().become("ann")["id"]
    answers = at_once([partial(site.browser().sign_in, "ann") for _ in range(50)])
    assert {answer.status_code for answer in answers} == {201}

    database = site.context.database
    events, _ = audit.of_user(database, user_id, limit=100)
    sessions = {event.details["session"] for event in events if event.action == "session.created"}
    assert sessions == {answer.json["session"]["id"] for answer in answers}
    assert list(broken(site.context, events[::-1], audit.head(database, user_id))) == []
