"""A secret that has leaked is useless once it was replaced."""

from __future__ import annotations

import uuid
from typing import Final

from backend.accounts import audit, cursors, tokens
from backend.accounts.context import Caller
from backend.accounts.tokens import Device
from tests.authenticator import Authenticator
from tests.cli.inside import done, run
from tests.factors import add_passkey, asserted
from tests.support import KEYS, Site, assert_problem
from tests.tally import Tried
from tests.web.beginnings import at, person

NEW: Final = "6" * 64
SIGNING, LOOKUP = KEYS["SIGNING_KEY"], KEYS["LOOKUP_KEY"]


def test_a_device_cookie_made_with_a_leaked_key_is_nobodys(site: Site, tried: Tried) -> None:
    site = site.instance(SIGNING_KEY=NEW)
    browser, name = person(site)
    device = Device(browser.get("users/me").json["id"], str(uuid.uuid4()))

    def notices(key: str) -> int:
        before, caller = len(site.mails()), site.browser()
        caller.client.set_cookie("device", tokens.device_cookie(bytes.fromhex(key), device))
        assert caller.sign_in(name).status_code == 201
        return len(site.mails()) - before

    assert (notices(SIGNING), notices(NEW)) == (1, 0)
    tried("attack")


def test_a_cursor_made_with_a_leaked_key_is_refused(site: Site, tried: Tried) -> None:
    browser, _ = person(site.instance(SIGNING_KEY=NEW))
    user_id = browser.get("users/me").json["id"]
    position = {"pk": f"A#{user_id}", "sk": "0000000002"}
    forged, own = (
        cursors.encode(bytes.fromhex(key), f"events {user_id}", position) for key in (SIGNING, NEW)
    )
    assert_problem(browser.get(f"users/me/events?cursor={forged}"), 400, "cursor_invalid")
    assert browser.get(f"users/me/events?cursor={own}").status_code == 200
    tried("attack")


def test_a_ceremony_made_with_a_leaked_key_is_refused(site: Site, tried: Tried) -> None:
    authenticator = Authenticator()
    browser, _ = person(site)
    add_passkey(browser, authenticator)
    forged = asserted(site.browser(), authenticator)
    answered = site.instance(SIGNING_KEY=NEW).browser()
    refused = answered.post("sessions/passkey", {"credential": forged})
    assert_problem(refused, 401, "invalid_credentials")
    tried("attack")


def test_events_that_a_leaked_key_seals_are_seen(site: Site, tried: Tried) -> None:
    """The key of the audit log is replaced; who has the old one and the table adds an event."""
    browser, _ = person(site)
    user_id = browser.get("users/me").json["id"]
    after = site.instance(AUDIT_KEY=f"{NEW}, {LOOKUP}")
    at(after, browser).sign_in(browser.get("users/me").json["username"])
    assert done(after, "audit", "verify").startswith("whole: ")
    after.clock.advance(minutes=61)
    attacker = site.instance(AUDIT_KEY=LOOKUP)
    audit.record(attacker.context, Caller("", "", "", ""), "session.ended", user_id)
    found = run(after, "audit", "verify")
    assert "event 3 is sealed under a key that had been replaced" in found.stdout
    tried("attack")
