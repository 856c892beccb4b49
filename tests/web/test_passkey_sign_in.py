"""`POST /sessions/passkey`: a passkey signs in by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.authenticator import Authenticator, decoded, encoded
from tests.factors import add_passkey, add_totp, asserted, use_passkey
from tests.support import Browser, Site, assert_problem, codes


@pytest.fixture
def phone() -> Authenticator:
    return Authenticator()


@pytest.fixture
def ann(browser: Browser, phone: Authenticator) -> Browser:
    """Has a passkey on her phone."""
    browser.become()
    add_passkey(browser, phone)
    return browser


def test_the_options_name_nobody(site: Site, ann: Browser) -> None:
    answers = [someone.post("passkeys/authentication-options") for someone in (ann, site.browser())]
    assert [answer.status_code for answer in answers] == [200, 200]
    for one in (answer.json for answer in answers):
        assert one.pop("challenge")
        assert one == {
            "timeout": 300_000,
            "rpId": "localhost",
            "allowCredentials": [],
            "userVerification": "required",
        }


def test_a_passkey_begins_a_session(site: Site, ann: Browser, phone: Authenticator) -> None:
    browser = site.browser()
    given = use_passkey(browser, phone)
    assert given.status_code == 201
    assert given.json.keys() == {"user", "session"}
    assert browser.get("users/me").json["username"] == "ann"


def test_nothing_is_asked_for_after_it(site: Site, ann: Browser, phone: Authenticator) -> None:
    add_totp(ann)
    assert use_passkey(site.browser(), phone).status_code == 201


def test_its_use_is_noted(site: Site, ann: Browser, phone: Authenticator) -> None:
    phone.backed_up = False
    site.clock.advance(minutes=1)
    use_passkey(site.browser(), phone)
    [passkey] = ann.get("passkeys").json["items"]
    assert passkey["last_used_at"] > passkey["created_at"]
    assert passkey["backed_up"] is False


def test_a_new_device_is_told_and_a_known_one_is_not(
    site: Site, ann: Browser, phone: Authenticator
) -> None:
    use_passkey(ann, phone)
    assert not site.mails()[0]["subject"].startswith("A new device")
    use_passkey(site.browser(), phone)
    assert site.mails()[0]["subject"].startswith("A new device")


def test_signing_in_is_no_recent_proof(site: Site, ann: Browser, phone: Authenticator) -> None:
    browser = site.browser()
    use_passkey(browser, phone)
    assert_problem(browser.post("passkeys/registration-options"), 403, "step_up_required")


@pytest.mark.parametrize(
    "trait",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://localhost.evil.example"},
        {"cross_origin": True},
        {"ceremony": "webauthn.create"},
        {"user_verified": False},
        {"user_present": False},
        {"relying_party": "evil.example"},
        {"backup_eligible": False, "backed_up": False},
        {"backup_eligible": False},
    ],
    ids=lambda trait: " ".join(f"{name} {value}" for name, value in trait.items()),
)
def test_what_is_for_another_site_or_proves_nothing_is_refused(
    site: Site, ann: Browser, phone: Authenticator, trait: dict[str, Any]
) -> None:
    for name, value in trait.items():
        setattr(phone, name, value)
    browser = site.browser()
    refused = use_passkey(browser, phone)
    assert_problem(refused, 401, "invalid_credentials")
    assert "Set-Cookie" not in refused.headers


def test_a_challenge_is_good_once(site: Site, ann: Browser, phone: Authenticator) -> None:
    credential = asserted(ann, phone)
    body = {"credential": credential}
    assert site.browser().post("sessions/passkey", body).status_code == 201
    replayed = site.browser().post("sessions/passkey", body)
    assert_problem(replayed, 401, "invalid_credentials")


def test_a_challenge_is_good_for_five_minutes(
    site: Site, ann: Browser, phone: Authenticator
) -> None:
    credentials = [asserted(ann, phone) for _ in range(2)]
    site.clock.advance(minutes=4, seconds=59)
    assert ann.post("sessions/passkey", {"credential": credentials[0]}).status_code == 201
    site.clock.advance(seconds=1)
    refused = ann.post("sessions/passkey", {"credential": credentials[1]})
    assert_problem(refused, 401, "invalid_credentials")


def test_a_challenge_to_add_a_passkey_signs_nobody_in(ann: Browser, phone: Authenticator) -> None:
    options = ann.post("passkeys/authentication-options").json
    options["challenge"] = ann.post("passkeys/registration-options").json["challenge"]
    refused = ann.post("sessions/passkey", {"credential": phone.get(options)})
    assert_problem(refused, 401, "invalid_credentials")


def test_a_challenge_that_was_altered_signs_nobody_in(ann: Browser, phone: Authenticator) -> None:
    options = ann.post("passkeys/authentication-options").json
    challenge = decoded(options["challenge"])
    for place in range(len(challenge)):
        altered = bytearray(challenge)
        altered[place] ^= 1
        answer = phone.get({**options, "challenge": encoded(bytes(altered))})
        refused = ann.post("sessions/passkey", {"credential": answer})
        assert_problem(refused, 401, "invalid_credentials")


def test_a_passkey_of_nobody_is_refused(site: Site, ann: Browser, phone: Authenticator) -> None:
    phone.held[0].id = bytes(32)
    assert_problem(use_passkey(site.browser(), phone), 401, "invalid_credentials")


def test_another_key_under_the_same_name_is_refused(
    site: Site, ann: Browser, phone: Authenticator
) -> None:
    bob, other = site.browser(), Authenticator()
    bob.become("bob")
    add_passkey(bob, other)
    phone.held[0].key = other.held[0].key
    assert_problem(use_passkey(site.browser(), phone), 401, "invalid_credentials")


def test_a_passkey_signs_in_its_own_user_alone(
    site: Site, ann: Browser, phone: Authenticator
) -> None:
    bob, other = site.browser(), Authenticator()
    bob.become("bob")
    add_passkey(bob, other)
    phone.held[0].user_id = other.held[0].user_id
    assert_problem(use_passkey(site.browser(), phone), 401, "invalid_credentials")


def test_a_disabled_user_is_refused(site: Site, ann: Browser, phone: Authenticator) -> None:
    site.change_user(ann.get("users/me").json["id"], disabled=True)
    assert_problem(use_passkey(site.browser(), phone), 401, "invalid_credentials")


def test_a_counter_that_grows_is_taken(site: Site, browser: Browser) -> None:
    browser.become()
    key = Authenticator(counts=True)
    add_passkey(browser, key)
    for _ in range(3):
        assert use_passkey(site.browser(), key).status_code == 201


@pytest.mark.parametrize("count", [0, 4, 5])
def test_a_counter_that_does_not_grow_is_a_copys(site: Site, browser: Browser, count: int) -> None:
    browser.become()
    key = Authenticator(counts=True)
    add_passkey(browser, key)
    key.held[0].count = 4
    assert use_passkey(site.browser(), key).status_code == 201
    key.counts, key.held[0].count = False, count
    assert_problem(use_passkey(site.browser(), key), 401, "invalid_credentials")


@pytest.mark.parametrize(
    "change",
    [
        lambda credential: credential.clear(),
        lambda credential: credential.pop("rawId"),
        lambda credential: credential.update(response=7),
        lambda credential: credential["response"].pop("signature"),
        lambda credential: credential["response"].pop("userHandle"),
        lambda credential: credential["response"].update(userHandle="AAAA"),
        lambda credential: credential["response"].update(signature=""),
        lambda credential: credential["response"].update(authenticatorData=""),
        lambda credential: credential["response"].update(clientDataJSON="bnVsbA"),
    ],
)
def test_what_is_malformed_is_refused(
    ann: Browser, phone: Authenticator, change: Callable[[dict[str, Any]], object]
) -> None:
    credential = asserted(ann, phone)
    change(credential)
    refused = ann.post("sessions/passkey", {"credential": credential})
    assert_problem(refused, 401, "invalid_credentials")


def test_what_was_altered_anywhere_is_refused(ann: Browser, phone: Authenticator) -> None:
    whole = asserted(ann, phone)
    for name in ("authenticatorData", "clientDataJSON", "signature"):
        raw = decoded(whole["response"][name])
        for place in range(0, len(raw), 5):
            altered = bytearray(raw)
            altered[place] ^= 0x10
            response = {**whole["response"], name: encoded(bytes(altered))}
            refused = ann.post("sessions/passkey", {"credential": {**whole, "response": response}})
            assert_problem(refused, 401, "invalid_credentials")
    assert ann.post("sessions/passkey", {"credential": whole}).status_code == 201


@pytest.mark.parametrize("credential", ["text", 7, None, []])
def test_what_is_no_credential_is_refused(ann: Browser, credential: object) -> None:
    refused = ann.post("sessions/passkey", {"credential": credential})
    assert codes(refused) == [("/credential", "passkey_invalid")]
