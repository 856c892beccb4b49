"""Codes and passkeys that are used at the same moment: one winner each."""

from __future__ import annotations

from functools import partial

import pytest

from tests.authenticator import Authenticator
from tests.factors import (
    add_passkey,
    add_totp,
    answer,
    asserted,
    begin_totp,
    challenged,
    created,
    make_recovery_codes,
)
from tests.invariants import assert_whole
from tests.races.crowd import also, at_once, outcomes
from tests.support import Browser, Site

CROWD = 50


@pytest.fixture
def ann(site: Site) -> Browser:
    browser = site.browser()
    browser.become("ann")
    return browser


def challenges(site: Site) -> list[tuple[Browser, str]]:
    """A crowd that knows the password."""
    browsers = [site.browser() for _ in range(CROWD)]
    return [(browser, challenged(browser)) for browser in browsers]


def test_of_fifty_who_use_one_code_one_signs_in(site: Site, ann: Browser) -> None:
    app = add_totp(ann)
    crowd = challenges(site)
    code = app.next_code()
    answers = at_once([partial(answer, *one, code) for one in crowd])
    assert outcomes(answers) == {"201": 1, "401 invalid_code": CROWD - 1}


def test_of_fifty_who_use_one_recovery_code_one_signs_in(site: Site, ann: Browser) -> None:
    add_totp(ann)
    code = make_recovery_codes(ann)[0]
    answers = at_once([partial(answer, *one, code, "recovery_code") for one in challenges(site)])
    assert outcomes(answers) == {"201": 1, "401 invalid_code": CROWD - 1}
    [codes] = [item for item in assert_whole(site).parts.values() if "hashes" in item]
    assert len(codes["hashes"]) == 9


def test_ten_recovery_codes_that_are_used_at_once_are_each_good(site: Site, ann: Browser) -> None:
    add_totp(ann)
    codes = make_recovery_codes(ann)
    crowd = challenges(site)[: len(codes)]
    answers = at_once(
        [
            partial(answer, *one, code, "recovery_code")
            for one, code in zip(crowd, codes, strict=True)
        ]
    )
    assert outcomes(answers) == {"201": 10}
    assert_whole(site)


def test_of_fifty_tries_at_one_challenge_five_are_judged(site: Site, ann: Browser) -> None:
    app = add_totp(ann)
    browser = site.browser()
    challenge, wrong = challenged(browser), app.wrong_code()
    answers = at_once([partial(answer, site.browser(), challenge, wrong) for _ in range(CROWD)])
    assert outcomes(answers) == {"401 invalid_code": 5, "410 challenge_expired": CROWD - 5}


def test_of_fifty_who_replay_one_passkeys_answer_one_signs_in(site: Site, ann: Browser) -> None:
    phone = Authenticator()
    add_passkey(ann, phone)
    body = {"credential": asserted(ann, phone)}
    crowd = [site.browser() for _ in range(CROWD)]
    answers = at_once([partial(one.post, "sessions/passkey", body) for one in crowd])
    assert outcomes(answers) == {"201": 1, "401 invalid_credentials": CROWD - 1}


def test_of_fifty_passkeys_for_one_challenge_one_is_added(site: Site, ann: Browser) -> None:
    ann.prove()
    options = ann.post("passkeys/registration-options").json
    bodies = [{"credential": Authenticator().create(options)} for _ in range(CROWD)]
    answers = at_once([partial(also(ann).post, "passkeys", body) for body in bodies])
    assert outcomes(answers) == {"201": 1, "422 passkey_invalid": CROWD - 1}
    assert len(assert_whole(site).credentials) == 1


def test_of_twenty_passkeys_that_are_added_at_once_ten_are(site: Site, ann: Browser) -> None:
    ann.prove()
    options = [ann.post("passkeys/registration-options").json for _ in range(20)]
    bodies = [{"credential": Authenticator().create(one)} for one in options]
    answers = at_once([partial(also(ann).post, "passkeys", body) for body in bodies])
    assert outcomes(answers) == {"201": 10, "409 passkey_limit_reached": 10}
    assert len(assert_whole(site).credentials) == 10


def test_of_two_last_passkeys_that_are_removed_at_once_one_stays(site: Site, ann: Browser) -> None:
    passkeys = [add_passkey(ann, Authenticator()) for _ in range(2)]
    site.change_user(ann.get("users/me").json["id"], password_hash="")
    paths = [f"passkeys/{passkey['id']}" for passkey in passkeys]
    answers = at_once([partial(also(ann).delete, path) for path in paths])
    assert outcomes(answers) == {"204": 1, "409 last_way_in": 1}
    assert len(assert_whole(site).credentials) == 1


def test_of_many_confirmations_one_adds_the_app(site: Site, ann: Browser) -> None:
    body = {"code": begin_totp(ann).code()}
    confirm = "users/me/totp/confirm"
    answers = at_once([partial(also(ann).post, confirm, body) for _ in range(20)])
    assert outcomes(answers) == {"204": 1, "409 totp_exists": 19}
    assert_whole(site)


@pytest.mark.parametrize("path", ["passkeys", "users/me/totp"])
def test_nothing_is_added_to_an_account_that_is_deleted_meanwhile(site: Site, path: str) -> None:
    for number in range(5):
        browser = site.browser()
        browser.become(f"ann{number}")
        credential = created(browser, Authenticator())
        body = {"credential": credential} if path == "passkeys" else {}
        adds = [partial(also(browser).post, path, body) for _ in range(5)]
        deleted, *answers = at_once([partial(also(browser).delete, "users/me"), *adds])
        assert deleted.status_code == 204
        refused = {"401 not_authenticated", "422 passkey_invalid"}
        assert outcomes(answers).keys() <= {"201", *refused}
        assert_whole(site)


def test_of_many_who_sign_up_with_one_passkey_one_registers(site: Site) -> None:
    browser, phone = site.browser(), Authenticator()
    names = [f"user{number}" for number in range(20)]
    body = {"username": "user0", "email": "user0@example.com"}
    passkey = phone.create(browser.post("registrations/passkey-options", body).json)
    answers = at_once(
        [
            partial(
                site.browser().post,
                "users",
                {"username": name, "email": f"{name}@example.com", "passkey": passkey},
            )
            for name in names
        ]
    )
    assert outcomes(answers) == {"202": 1, "422 passkey_invalid": 19}
    assert len(assert_whole(site).registrations) == 1
