"""Webhooks: another service learns what happened to accounts, at least once."""

from __future__ import annotations

from collections.abc import Callable

import pyotp
import pytest

from backend.accounts import audit
from backend.accounts.webhooks import Delivered
from tests.receiver import NEW_SECRET, OPERATOR, SECRET, Call, Receiver, deliver
from tests.support import NEW_PASSWORD, PASSWORD, Browser, Site


@pytest.fixture
def site(make_site: Callable[..., Site], receiver: Receiver) -> Site:
    return make_site(**receiver.settings)


def test_a_message_says_what_happened_to_whom_and_when(
    site: Site, browser: Browser, receiver: Receiver
) -> None:
    user = browser.become()
    [call] = receiver.calls
    assert (call.method, call.path) == ("POST", "/hook?for=accounts")
    assert call.headers["content-type"] == "application/json"
    assert call.json.keys() == {"type", "timestamp", "data"}
    assert call.json["type"] == "user.created"
    assert call.json["timestamp"] == user["created_at"]
    assert call.json["data"].pop("session")
    assert call.json["data"] | {"session": ""} == {
        "user": user["id"],
        "action": "user.created",
        "session": "",
    }


def test_each_kind_of_event_is_told_once(site: Site, browser: Browser, receiver: Receiver) -> None:
    admin, user = site.browser(), browser.become("ann")
    boss = admin.become("boss")
    site.make_admin(boss["id"])
    admin.sign_in("boss")
    receiver.calls.clear()
    browser.sign_in("ann")
    browser.change({"display_name": "Ann"})
    browser.change_password(PASSWORD, NEW_PASSWORD)
    admin.post(f"admin/users/{user['id']}/disable")
    admin.post(f"admin/users/{user['id']}/enable")
    admin.prove()
    admin.call("PUT", f"admin/users/{user['id']}/roles", {"roles": ["editor"]})
    told = [(call.json["type"], call.json["data"]["action"]) for call in receiver.calls]
    assert told == [
        ("session.created", "session.created"),
        ("user.updated", "user.updated"),
        ("password.changed", "password.changed"),
        ("user.updated", "user.disabled"),
        ("user.updated", "user.enabled"),
        ("user.updated", "roles.changed"),
    ]
    assert {call.json["data"]["user"] for call in receiver.calls} == {user["id"]}
    assert deliver(site) == Delivered()


def test_a_new_address_a_reset_password_and_a_deletion_are_told(
    site: Site, browser: Browser, receiver: Receiver
) -> None:
    browser.become()
    browser.undo(browser.move("new@example.com"))
    browser.forget()
    browser.reset(site.token("ann@example.com"))
    browser.sign_in("ann", NEW_PASSWORD)
    browser.prove(NEW_PASSWORD)
    assert browser.delete("users/me").status_code == 204
    told = [(call.json["type"], call.json["data"]["action"]) for call in receiver.calls]
    assert told == [
        ("user.created", "user.created"),
        ("user.updated", "email.changed"),
        ("user.updated", "email.change_undone"),
        ("password.changed", "password.reset"),
        ("session.created", "session.created"),
        ("user.deleted", "user.deleted"),
    ]
    assert len({call.json["data"]["user"] for call in receiver.calls}) == 1


def test_a_sign_in_with_a_second_factor_is_told_when_it_is_done(
    site: Site, browser: Browser, receiver: Receiver
) -> None:
    user = browser.become()
    secret = site.add_totp(user["id"])
    receiver.calls.clear()
    challenge = browser.sign_in().json["challenge"]
    assert receiver.calls == []
    # The code that confirmed the app is used up by it.
    site.clock.advance(seconds=30)
    code = {"method": "totp", "code": pyotp.TOTP(secret).at(site.clock())}
    session = browser.post(f"sessions/challenges/{challenge['id']}", code).json["session"]
    assert [call.json["data"]["session"] for call in receiver.calls] == [session["id"]]


def test_what_is_nobody_elses_business_is_not_told(
    site: Site, browser: Browser, receiver: Receiver
) -> None:
    browser.become()
    receiver.calls.clear()
    browser.prove()
    browser.sign_in("ann", "a wrong password")
    browser.delete("sessions")
    browser.delete("sessions/current")
    assert receiver.calls == []


def test_a_message_names_nobody(site: Site, receiver: Receiver) -> None:
    browser = site.browser("203.0.113.7")
    browser.become("marianne", display_name="Marianne Müller")
    browser.sign_in("marianne")
    browser.change({"username": "marietta"})
    sent = b"".join(call.body for call in receiver.calls)
    assert len(receiver.calls) == 3
    assert not [word for word in (b"mari", b"M\xc3", b"example.com", b"203.0.113") if word in sent]


def test_a_message_is_signed_with_every_secret(
    make_site: Callable[..., Site], receiver: Receiver
) -> None:
    both = {**receiver.settings, "WEBHOOK_SECRET": f"{NEW_SECRET}, {SECRET}"}
    make_site(**both).browser().become()
    call = receiver.calls[-1]
    assert call.signed_with(SECRET)
    assert call.signed_with(NEW_SECRET)


def test_a_signature_covers_id_time_and_body(browser: Browser, receiver: Receiver) -> None:
    browser.become()
    call = receiver.calls[-1]
    assert call.signed_with(SECRET)
    assert not call.signed_with(NEW_SECRET)
    for headers, body in (
        ({"webhook-id": "another"}, call.body),
        ({"webhook-timestamp": str(call.timestamp + 1)}, call.body),
        ({}, call.body + b" "),
    ):
        altered = Call(call.method, call.path, {**call.headers, **headers}, body)
        assert not altered.signed_with(SECRET)


def test_nothing_is_kept_or_sent_without_a_webhook(
    make_site: Callable[..., Site], receiver: Receiver
) -> None:
    site = make_site()
    site.browser().become()
    assert receiver.calls == []
    assert not [item for item in site.stored() if item["pk"]["S"].startswith("OUTBOX#")]


def test_nobody_waits_for_each_of_many_who_are_imported(site: Site, receiver: Receiver) -> None:
    audit.record(site.context, OPERATOR, "user.imported", "somebody", actor=audit.OPERATOR)
    assert receiver.calls == []
    assert deliver(site) == Delivered(taken=1)
    assert receiver.calls[-1].json["type"] == "user.created"
    assert receiver.calls[-1].json["data"] == {"user": "somebody", "action": "user.imported"}
