"""`DELETE /users/me`: at once, and nothing is left."""

from __future__ import annotations

from typing import Any

import pytest

from backend.accounts.audit import broken
from backend.accounts.identifiers import EmailAddress
from backend.storage import audit, tables
from tests.authenticator import Authenticator
from tests.factors import add_passkey, add_totp, make_recovery_codes, use_passkey
from tests.invariants import assert_whole
from tests.support import (
    NEW_PASSWORD,
    Browser,
    Site,
    assert_problem,
    browser_with,
    session_token,
)

OLD, NEW = "ann@example.com", "ann@example.org"


@pytest.fixture
def ann(browser: Browser) -> Browser:
    browser.become(display_name="Ann of the Hills")
    return browser


@pytest.fixture
def user_id(ann: Browser) -> str:
    return str(ann.get("users/me").json["id"])


def delete(browser: Browser) -> None:
    browser.prove()
    answer = browser.delete("users/me")
    assert answer.status_code == 204, answer.json


def items(site: Site, *tables_of: tables.Table) -> list[dict[str, Any]]:
    names = [site.prefix + table.name for table in tables_of]
    return [item for name in names for item in site.client.scan(TableName=name)["Items"]]


def test_it_needs_a_session(browser: Browser) -> None:
    assert_problem(browser.delete("users/me"), 401, "not_authenticated")


def test_it_needs_a_recent_proof(ann: Browser) -> None:
    assert_problem(ann.delete("users/me"), 403, "step_up_required")
    assert ann.get("users/me").status_code == 200


def test_all_sessions_end(site: Site, ann: Browser) -> None:
    other = site.browser()
    other.sign_in()
    ann.prove()
    token = session_token(ann)
    answer = ann.delete("users/me")
    assert "session=;" in answer.headers["Set-Cookie"]
    for browser in (browser_with(site, token), other):
        assert_problem(browser.get("users/me"), 401, "not_authenticated")


def test_nobody_signs_in(site: Site, ann: Browser) -> None:
    delete(ann)
    for identifier in ("ann", OLD):
        assert_problem(site.browser().sign_in(identifier), 401, "invalid_credentials")


def test_username_and_address_are_free_at_once(site: Site, ann: Browser, user_id: str) -> None:
    delete(ann)
    assert site.browser().become("ann")["id"] != user_id


def test_the_owner_gets_a_receipt(site: Site, ann: Browser) -> None:
    delete(ann)
    assert site.mails(OLD)[0]["subject"] == "Your account at Latchstring is deleted"


def test_nothing_personal_is_left_in_any_table(site: Site, ann: Browser, user_id: str) -> None:
    site.browser("192.0.2.9").sign_in()
    site.browser().sign_in(password="not the password at all")
    ann.move(NEW)
    ann.readdress_account("ann@example.net")
    site.browser().forget(NEW)
    ann.change({"username": "hannah"})
    keys = [address_key(site, email) for email in (OLD, NEW)]
    delete(ann)
    left = items(site, tables.ACCOUNTS, tables.AUDIT)
    left += [
        item
        for item in items(site, tables.EPHEMERAL)
        # How often somebody tried something today.
        if not item["pk"]["S"].startswith("L#")
    ]
    text = str(left)
    for personal in ("ann", "Ann", "hannah", "192.0.2.9", "Werkzeug", "argon2", *keys):
        assert personal not in text, personal
    assert items(site, tables.ACCOUNTS) == []
    assert_whole(site)


def test_passkeys_and_second_factors_go(site: Site, ann: Browser) -> None:
    authenticator = Authenticator()
    add_passkey(ann, authenticator)
    add_totp(ann)
    make_recovery_codes(ann)
    delete(ann)
    assert items(site, tables.ACCOUNTS) == []
    assert_problem(use_passkey(site.browser(), authenticator), 401, "invalid_credentials")


def test_addresses_that_were_kept_are_free_again(site: Site, ann: Browser) -> None:
    ann.move(NEW)
    delete(ann)
    for number, email in enumerate((OLD, NEW)):
        assert site.browser().become(f"bert{number}", email=email)["email"] == email


def test_a_mailbox_that_is_somebody_elses_by_now_stays_theirs(site: Site, ann: Browser) -> None:
    ann.move(NEW)
    site.clock.advance(days=3)
    site.browser().become("bert", email=OLD)
    delete(ann)
    assert site.browser().sign_in(OLD).json["user"]["username"] == "bert"
    assert_whole(site)


def test_the_log_keeps_what_happened_and_its_chain_holds(
    site: Site, ann: Browser, user_id: str
) -> None:
    delete(ann)
    database = site.context.database
    events, _ = audit.of_user(database, user_id, limit=100)
    assert [event.action for event in events] == [
        "user.deleted",
        "step_up.passed",
        "user.created",
    ]
    assert not any(event.ip_prefix or event.user_agent for event in events)
    assert list(broken(site.context, events[::-1], audit.head(database, user_id))) == []


def test_the_links_die(site: Site, ann: Browser) -> None:
    undo = ann.move(NEW)
    site.browser().forget(NEW)
    reset = site.token(NEW)
    delete(ann)
    assert_problem(site.browser().undo(undo), 410, "token_invalid")
    assert_problem(site.browser().reset(reset, NEW_PASSWORD), 410, "token_invalid")


def test_nobody_else_is_touched(site: Site, ann: Browser) -> None:
    bert = site.browser()
    bert.become("bert")
    before = bert.get("users/me").json
    delete(ann)
    assert bert.get("users/me").json == before
    assert len(bert.get("users/me/events").json["items"]) == 1


def test_a_second_call_finds_no_session(site: Site, ann: Browser) -> None:
    ann.prove()
    again = browser_with(site, session_token(ann))
    assert ann.delete("users/me").status_code == 204
    assert_problem(again.delete("users/me"), 401, "not_authenticated")


def test_the_last_admin_cannot_go(site: Site, ann: Browser, user_id: str) -> None:
    site.make_admin(user_id)
    ann.sign_in()
    ann.prove()
    assert_problem(ann.delete("users/me"), 409, "last_admin")
    assert ann.get("users/me").status_code == 200


def test_another_admin_can(site: Site, ann: Browser, user_id: str) -> None:
    for made in (site.browser().become("bert")["id"], user_id):
        site.make_admin(made)
    ann.sign_in()
    delete(ann)
    assert_whole(site)


def test_who_has_a_hundred_sessions_and_more_events_can_go_too(site: Site, ann: Browser) -> None:
    for _ in range(120):
        site.browser().sign_in()
    ann.sign_in()
    delete(ann)
    assert items(site, tables.ACCOUNTS) == []
    assert not any("Werkzeug" in str(item) for item in items(site, *tables.TABLES))


def address_key(site: Site, email: str) -> str:
    return EmailAddress(email).key(site.settings.lookup_key)
