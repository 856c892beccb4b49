"""`GET /users/me/export`: all that is stored about oneself, without secrets."""

from __future__ import annotations

from typing import Any

import pytest

from backend.accounts import own_account
from tests.authenticator import Authenticator
from tests.factors import add_passkey, add_totp, make_recovery_codes
from tests.support import Browser, Site, assert_problem, session_token


@pytest.fixture
def ann(browser: Browser) -> Browser:
    browser.become(display_name="Ann of the Hills")
    return browser


def exported(browser: Browser) -> dict[str, Any]:
    browser.prove()
    answer = browser.get("users/me/export")
    assert answer.status_code == 200
    return answer.json


def test_it_needs_a_session(browser: Browser) -> None:
    assert_problem(browser.get("users/me/export"), 401, "not_authenticated")


def test_it_needs_a_recent_proof(ann: Browser) -> None:
    assert_problem(ann.get("users/me/export"), 403, "step_up_required")


def test_a_browser_saves_it_as_a_file(ann: Browser) -> None:
    ann.prove()
    answer = ann.get("users/me/export")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="account.json"'
    assert answer.content_type == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"


def test_it_has_the_user_the_sessions_and_the_log(site: Site, ann: Browser) -> None:
    site.browser().sign_in()
    found = exported(ann)
    assert found["user"] == ann.get("users/me").json
    assert found["sessions"] == ann.get("sessions").json["items"]
    assert len(found["sessions"]) == 2
    assert found["events"] == ann.get("users/me/events").json["items"]


def test_the_export_itself_is_in_the_log(ann: Browser) -> None:
    assert exported(ann)["events"][0]["action"] == "user.exported"


def test_a_long_log_is_there_to_the_end(ann: Browser) -> None:
    for _ in range(101):
        ann.prove()
    events = exported(ann)["events"]
    assert len(events) == 1 + 101 + 2
    assert events[-1]["action"] == "user.created"


def test_of_a_very_long_log_it_has_the_newest_and_where_the_rest_is(
    ann: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_account, "EXPORTED_EVENTS", 100)
    for _ in range(101):
        ann.prove()
    found = exported(ann)
    assert len(found["events"]) == 100
    rest = ann.get(f"users/me/events?cursor={found['events_cursor']}").json
    assert len(rest["items"]) == 1 + 101 + 2 - 100
    assert rest["items"][-1]["action"] == "user.created"
    assert rest["next_cursor"] is None


def test_it_has_a_former_address_and_one_that_is_to_be_proved(site: Site, ann: Browser) -> None:
    ann.move("ann@example.org")
    ann.readdress_account("ann@example.net")
    found = exported(ann)
    [former] = found["former_addresses"]
    assert former["email"] == "ann@example.com"
    assert found["email_change"]["email"] == "ann@example.net"
    site.clock.advance(days=3)
    found = exported(ann)
    assert found["former_addresses"] == []
    assert found["email_change"] is None


def test_an_address_that_was_come_back_from_is_none(site: Site, ann: Browser) -> None:
    site.browser().undo(ann.move("ann@example.org"))
    owner = site.browser()
    owner.sign_in("ann@example.com")
    assert exported(owner)["former_addresses"] == []


def test_it_has_passkeys_and_second_factors(ann: Browser) -> None:
    passkey = add_passkey(ann, Authenticator(), name="My phone")
    app = add_totp(ann)
    codes = make_recovery_codes(ann)
    found = exported(ann)
    assert found["passkeys"] == [passkey]
    assert found["totp"]["confirmed"]
    assert found["recovery_codes"]["left"] == 10
    assert not any(secret in str(found) for secret in (app.secret, *codes))


def test_it_has_no_secret(site: Site, ann: Browser) -> None:
    ann.readdress_account("ann@example.net")
    ann.prove()
    text = ann.get("users/me/export").get_data(as_text=True)
    assert session_token(ann) not in text
    assert site.code("ann@example.net") not in text
    assert not any(word in text for word in ("hash", "argon2", "secret", "email_key", "epoch"))
