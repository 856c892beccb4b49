"""`/passkeys`: added with an authenticator, listed, named and removed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.authenticator import Authenticator, decoded, encoded
from tests.factors import add_passkey, become_by_passkey, created, prove_by_passkey, use_passkey
from tests.invariants import assert_whole
from tests.meanwhile import Asked, at
from tests.support import ORIGIN, PASSWORD, Browser, Site, assert_problem, codes

NOBODY = "01980000-0000-7000-8000-000000000000"
Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def ann(browser: Browser) -> Browser:
    browser.become()
    return browser


@pytest.fixture
def phone() -> Authenticator:
    return Authenticator()


def items(browser: Browser) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = browser.get("passkeys").json["items"]
    return found


def subjects(site: Site) -> list[str]:
    return [mail["subject"] for mail in site.mails("ann@example.com")]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "passkeys/registration-options"),
        ("POST", "passkeys"),
        ("PATCH", f"passkeys/{NOBODY}"),
        ("DELETE", f"passkeys/{NOBODY}"),
    ],
)
def test_every_change_needs_a_recent_proof(ann: Browser, method: str, path: str) -> None:
    assert_problem(ann.call(method, path), 403, "step_up_required")


def test_the_options_ask_for_a_passkey_that_verifies_its_user(ann: Browser) -> None:
    user = ann.get("users/me").json
    ann.prove()
    options = ann.post("passkeys/registration-options").json
    assert options["rp"] == {"id": "localhost", "name": "Latchstring"}
    assert decoded(options["user"]["id"]).hex() == user["id"].replace("-", "")
    assert (options["user"]["name"], options["user"]["displayName"]) == ("ann", "ann")
    assert [one["alg"] for one in options["pubKeyCredParams"]] == [-7, -8, -257]
    assert options["authenticatorSelection"] == {
        "residentKey": "required",
        "requireResidentKey": True,
        "userVerification": "required",
    }
    assert (options["attestation"], options["excludeCredentials"]) == ("none", [])
    assert options["timeout"] == 300_000


def test_no_challenge_comes_twice(ann: Browser) -> None:
    ann.prove()
    options = [ann.post("passkeys/registration-options").json for _ in range(3)]
    assert len({one["challenge"] for one in options}) == 3


def test_a_challenge_is_of_72_bytes(ann: Browser) -> None:
    """By whichever version it was made: those of before and after an update serve side by side."""
    ann.prove()
    challenge = decoded(ann.post("passkeys/registration-options").json["challenge"])
    assert len(challenge) == 72


def test_what_the_account_has_is_not_made_again(ann: Browser, phone: Authenticator) -> None:
    add_passkey(ann, phone)
    options = ann.post("passkeys/registration-options").json
    [excluded] = options["excludeCredentials"]
    assert decoded(excluded["id"]) == phone.held[0].id
    assert excluded["transports"] == ["hybrid", "internal"]


def test_a_passkey_is_added_and_listed(site: Site, ann: Browser, phone: Authenticator) -> None:
    added = add_passkey(ann, phone, name="My phone")
    assert added.keys() == {"id", "name", "created_at", "last_used_at", "backed_up"}
    assert (added["name"], added["last_used_at"], added["backed_up"]) == ("My phone", None, True)
    assert items(ann) == [added]
    assert subjects(site)[0] == "A passkey was added to your account at Latchstring"
    assert_whole(site)


def test_a_name_may_be_left_out(ann: Browser, phone: Authenticator) -> None:
    assert add_passkey(ann, phone)["name"] is None


@pytest.mark.parametrize("alg", [-7, -8, -257], ids=["ES256", "EdDSA", "RS256"])
def test_each_algorithm_that_is_asked_for_works(site: Site, ann: Browser, alg: int) -> None:
    phone = Authenticator(alg=alg)
    add_passkey(ann, phone)
    assert use_passkey(site.browser(), phone).status_code == 201


def test_a_passkey_on_one_device_alone_is_not_backed_up(ann: Browser) -> None:
    key = Authenticator(backup_eligible=False, backed_up=False)
    assert add_passkey(ann, key)["backed_up"] is False


def test_the_id_of_a_credential_may_have_1023_bytes(site: Site, ann: Browser) -> None:
    phone = Authenticator(credential_id=bytes(1023))
    add_passkey(ann, phone)
    assert use_passkey(site.browser(), phone).status_code == 201


def set_response(name: str, value: Any) -> Change:
    return lambda credential: credential["response"].update({name: value})


@pytest.mark.parametrize(
    "trait",
    [
        {"origin": "https://evil.example"},
        {"origin": f"{ORIGIN}:8080"},
        {"origin": "https://localhost"},
        {"cross_origin": True},
        {"ceremony": "webauthn.get"},
        {"user_verified": False},
        {"user_present": False},
        {"relying_party": "evil.example"},
        {"alg": -35},
        {"backup_eligible": False, "backed_up": True},
        {"credential_id": bytes(1024)},
    ],
    ids=lambda trait: " ".join(f"{name} {str(value)[:24]}" for name, value in trait.items()),
)
def test_what_is_for_another_site_or_proves_nothing_is_refused(
    site: Site, ann: Browser, trait: dict[str, Any]
) -> None:
    refused = ann.post("passkeys", {"credential": created(ann, Authenticator(**trait))})
    assert codes(refused) == [("/credential", "passkey_invalid")]
    assert items(ann) == []
    assert_whole(site)


@pytest.mark.parametrize(
    "change",
    [
        lambda credential: credential.clear(),
        lambda credential: credential.pop("rawId"),
        lambda credential: credential.update(id="AAAA"),
        lambda credential: credential.update(id="AAAA", rawId="AAAA"),
        lambda credential: credential.update(response=[]),
        lambda credential: credential["response"].pop("attestationObject"),
        set_response("clientDataJSON", "e30"),
        set_response("clientDataJSON", "W10"),
        set_response("clientDataJSON", 7),
        set_response("attestationObject", ""),
        set_response("attestationObject", encoded(b"\x81" * 8000)),
        set_response("attestationObject", encoded(b"\xa0")),
        set_response("transports", 7),
    ],
)
def test_what_is_malformed_is_refused(ann: Browser, phone: Authenticator, change: Change) -> None:
    credential = created(ann, phone)
    change(credential)
    refused = ann.post("passkeys", {"credential": credential})
    assert codes(refused) == [("/credential", "passkey_invalid")]


def test_what_was_cut_anywhere_is_refused(ann: Browser, phone: Authenticator) -> None:
    whole = created(ann, phone)
    for name in ("attestationObject", "clientDataJSON"):
        raw = decoded(whole["response"][name])
        for length in range(0, len(raw), 7):
            cut = {**whole, "response": {**whole["response"], name: encoded(raw[:length])}}
            refused = ann.post("passkeys", {"credential": cut})
            assert codes(refused) == [("/credential", "passkey_invalid")]
    assert ann.post("passkeys", {"credential": whole}).status_code == 201


def test_a_point_that_is_on_no_curve_is_no_key(ann: Browser, phone: Authenticator) -> None:
    credential = created(ann, phone)
    raw = bytearray(decoded(credential["response"]["attestationObject"]))
    raw[-1] ^= 1
    credential["response"]["attestationObject"] = encoded(bytes(raw))
    refused = ann.post("passkeys", {"credential": credential})
    assert codes(refused) == [("/credential", "passkey_invalid")]


def test_a_challenge_is_good_once(ann: Browser, phone: Authenticator) -> None:
    ann.prove()
    options = ann.post("passkeys/registration-options").json
    first, second = phone.create(options), phone.create(options)
    assert ann.post("passkeys", {"credential": first}).status_code == 201
    refused = ann.post("passkeys", {"credential": second})
    assert codes(refused) == [("/credential", "passkey_invalid")]


def test_a_challenge_is_good_for_five_minutes(
    site: Site, ann: Browser, phone: Authenticator
) -> None:
    credential = created(ann, phone)
    site.clock.advance(minutes=5)
    ann.prove()
    refused = ann.post("passkeys", {"credential": credential})
    assert codes(refused) == [("/credential", "passkey_invalid")]


def test_a_challenge_is_good_for_its_own_user(
    site: Site, ann: Browser, phone: Authenticator
) -> None:
    bob = site.browser()
    bob.become("bob")
    bob.prove()
    refused = bob.post("passkeys", {"credential": created(ann, phone)})
    assert codes(refused) == [("/credential", "passkey_invalid")]


def test_a_challenge_to_sign_in_adds_nothing(ann: Browser, phone: Authenticator) -> None:
    ann.prove()
    options = ann.post("passkeys/registration-options").json
    options["challenge"] = ann.post("passkeys/authentication-options").json["challenge"]
    refused = ann.post("passkeys", {"credential": phone.create(options)})
    assert codes(refused) == [("/credential", "passkey_invalid")]


@pytest.mark.parametrize("length", [0, 1, 16, 71, 72, 73])
def test_a_challenge_that_was_made_up_adds_nothing(
    ann: Browser, phone: Authenticator, length: int
) -> None:
    ann.prove()
    options = ann.post("passkeys/registration-options").json
    options["challenge"] = encoded(bytes(length))
    refused = ann.post("passkeys", {"credential": phone.create(options)})
    assert codes(refused) == [("/credential", "passkey_invalid")]


def test_a_credential_is_one_users(site: Site, ann: Browser) -> None:
    bob = site.browser()
    bob.become("bob")
    add_passkey(ann, Authenticator(credential_id=b"the same credential"))
    copy = created(bob, Authenticator(credential_id=b"the same credential"))
    assert_problem(bob.post("passkeys", {"credential": copy}), 409, "passkey_exists")
    assert_whole(site)


def test_an_account_has_ten_at_most(site: Site, ann: Browser, phone: Authenticator) -> None:
    ann.prove()
    options = [ann.post("passkeys/registration-options").json for _ in range(11)]
    added = [ann.post("passkeys", {"credential": phone.create(one)}) for one in options]
    assert [answer.status_code for answer in added] == [201] * 10 + [409]
    assert_problem(added[-1], 409, "passkey_limit_reached")
    assert_problem(ann.post("passkeys/registration-options"), 409, "passkey_limit_reached")
    assert_whole(site)


def test_who_changes_while_one_is_added_has_it_all_the_same(
    site: Site, ann: Browser, phone: Authenticator
) -> None:
    user_id = ann.get("users/me").json["id"]

    def adds(operation: str, _asked: Asked) -> bool:
        return operation == "TransactWriteItems"

    credential = created(ann, phone)
    with site.calls.noted(at(adds, partial(site.change_user, user_id, display_name="Ann"))):
        assert ann.post("passkeys", {"credential": credential}).status_code == 201
    assert_whole(site)


def test_the_relying_party_is_the_host_of_the_site(make_site: Callable[..., Site]) -> None:
    site = make_site(SITE_URL="http://accounts.localhost")
    browser = site.browser()
    browser.become()
    browser.prove()
    options = browser.post("passkeys/registration-options").json
    assert options["rp"]["id"] == "accounts.localhost"
    elsewhere = Authenticator(origin="http://localhost", relying_party="accounts.localhost")
    refused = browser.post("passkeys", {"credential": elsewhere.create(options)})
    assert codes(refused) == [("/credential", "passkey_invalid")]


def test_a_parent_domain_can_be_the_relying_party(make_site: Callable[..., Site]) -> None:
    site = make_site(SITE_URL="http://accounts.localhost", RELYING_PARTY_ID="localhost")
    browser, phone = site.browser(), Authenticator(origin="http://accounts.localhost")
    browser.become()
    add_passkey(browser, phone)
    assert phone.held[0].relying_party == "localhost"
    assert use_passkey(site.browser(), phone).status_code == 201


def test_an_allowed_origin_may_use_passkeys(make_site: Callable[..., Site]) -> None:
    site = make_site(ALLOWED_ORIGINS="http://app.localhost")
    browser, phone = site.browser(), Authenticator(origin="http://app.localhost")
    browser.become()
    add_passkey(browser, phone)
    assert use_passkey(site.browser(), phone).status_code == 201


@pytest.mark.parametrize(
    ("site_url", "origin"),
    [
        ("http://127.0.0.1:5000", "http://localhost:5000"),
        ("http://127.0.0.1", "http://localhost"),
        ("http://[::1]:5000", "http://localhost:5000"),
    ],
)
def test_an_address_of_this_machine_stands_for_localhost(
    make_site: Callable[..., Site], site_url: str, origin: str
) -> None:
    site = make_site(SITE_URL=site_url)
    browser, phone = site.browser(), Authenticator(origin=origin)
    browser.become()
    add_passkey(browser, phone)
    assert phone.held[0].relying_party == "localhost"


def test_a_passkey_is_named(ann: Browser, phone: Authenticator) -> None:
    passkey = add_passkey(ann, phone)
    named = ann.patch(f"passkeys/{passkey['id']}", {"name": "  Work laptop "})
    assert named.json == passkey | {"name": "Work laptop"}
    assert ann.patch(f"passkeys/{passkey['id']}", {"name": None}).json["name"] is None
    assert items(ann) == [passkey]


@pytest.mark.parametrize(
    "name", ["", " ", "x" * 81, "two\nlines", "\N{RIGHT-TO-LEFT OVERRIDE}a", 7]
)
def test_a_name_is_text_that_can_be_shown(ann: Browser, phone: Authenticator, name: object) -> None:
    passkey = add_passkey(ann, phone)
    refused = ann.patch(f"passkeys/{passkey['id']}", {"name": name})
    assert codes(refused) == [("/name", "passkey_name_invalid")]


def test_a_passkey_is_removed_and_signs_in_no_more(
    site: Site, ann: Browser, phone: Authenticator
) -> None:
    passkey = add_passkey(ann, phone)
    assert ann.delete(f"passkeys/{passkey['id']}").status_code == 204
    assert items(ann) == []
    assert_problem(use_passkey(site.browser(), phone), 401, "invalid_credentials")
    assert any(one.startswith("A passkey was removed") for one in subjects(site))
    assert_whole(site)


def test_a_credential_that_was_removed_may_be_added_again(site: Site, ann: Browser) -> None:
    key = Authenticator(credential_id=b"one and the same")
    passkey = add_passkey(ann, key)
    ann.delete(f"passkeys/{passkey['id']}")
    add_passkey(ann, key)
    assert_whole(site)


def test_nobody_changes_anothers_passkey(site: Site, ann: Browser, phone: Authenticator) -> None:
    path = f"passkeys/{add_passkey(ann, phone)['id']}"
    bob = site.browser()
    bob.become("bob")
    bob.prove()
    assert_problem(bob.patch(path, {"name": "Mine"}), 404, "passkey_not_found")
    assert_problem(bob.delete(path), 404, "passkey_not_found")
    assert items(bob) == []
    assert len(items(ann)) == 1


@pytest.mark.parametrize("passkey_id", [NOBODY, "0", NOBODY.upper()])
def test_what_is_no_passkey_is_not_found(ann: Browser, passkey_id: str) -> None:
    ann.prove()
    path = f"passkeys/{passkey_id}"
    assert_problem(ann.patch(path, {"name": "Mine"}), 404, "passkey_not_found")
    assert_problem(ann.delete(path), 404, "passkey_not_found")


def test_the_last_way_in_is_not_removed(site: Site, phone: Authenticator) -> None:
    browser, laptop = site.browser(), Authenticator()
    become_by_passkey(browser, phone)
    [first] = items(browser)
    prove_by_passkey(browser, phone)
    assert_problem(browser.delete(f"passkeys/{first['id']}"), 409, "last_way_in")
    options = browser.post("passkeys/registration-options").json
    browser.post("passkeys", {"credential": laptop.create(options)})
    assert browser.delete(f"passkeys/{first['id']}").status_code == 204
    [second] = items(browser)
    assert_problem(browser.delete(f"passkeys/{second['id']}"), 409, "last_way_in")
    assert_whole(site)


def test_with_a_password_the_last_passkey_may_go(ann: Browser, phone: Authenticator) -> None:
    passkey = add_passkey(ann, phone)
    assert ann.delete(f"passkeys/{passkey['id']}").status_code == 204
    assert ann.sign_in(password=PASSWORD).status_code == 201
