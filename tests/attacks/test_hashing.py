"""A flood of passwords: hashed in turns, and only once nothing cheaper refuses them."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import bcrypt
import pytest
from werkzeug.test import TestResponse

from backend.accounts import turns
from backend.accounts.tokens import OneTimeToken
from backend.accounts.turns import cores
from backend.storage import deadline, users
from backend.storage.database import Unavailable
from tests.hashing import all_turns_taken, seen
from tests.races.crowd import at_once
from tests.support import NEW_PASSWORD, PASSWORD, Browser, Site, assert_problem

WRONG = "a wrong password"
RESET = str(OneTimeToken.new("reset", "01980000-0000-7000-8000-000000000000"))
Act = Callable[[], TestResponse]
Begin = Callable[[Site], Act]


class Crowd:
    """Holds each hash until more of them are made at once than there are cores, or for a while."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._too_many = threading.Event()
        self._hashing = 0
        self.most = 0

    def hash(self) -> None:
        with self._lock:
            self._hashing += 1
            self.most = max(self.most, self._hashing)
            if self.most > cores():
                self._too_many.set()
        self._too_many.wait(0.2)
        with self._lock:
            self._hashing -= 1


def imported(site: Site, name: str) -> None:
    """Somebody whose verifier another system made."""
    user = site.browser().become(name)
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    site.change_user(user["id"], password_hash=hashed)


def test_no_more_is_hashed_at_once_than_there_are_cores(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "PATIENCE_SECONDS", 60.0)
    site.browser().become("ann")
    imported(site, "imported")
    flood = [
        call
        for number in range(cores())
        for call in (
            partial(site.browser().sign_in, "ann", WRONG),
            partial(site.browser().sign_in, "imported", WRONG),
            partial(site.browser().sign_in, "nobody", WRONG),
            partial(site.browser().register, f"user{number}"),
        )
    ]
    crowd = Crowd()
    with seen(crowd.hash):
        answers = at_once(flood)
    assert crowd.most == cores()
    assert {answer.status_code for answer in answers} == {202, 401}


@pytest.mark.parametrize("identifier", ["ann", "imported", "nobody", "nobody@example.com"])
def test_who_gets_no_turn_is_told_when_to_come_again(identifier: str, site: Site) -> None:
    site.browser().become("ann")
    imported(site, "imported")
    with all_turns_taken():
        refused = site.browser().sign_in(identifier)
        assert_problem(refused, 503, "unavailable")
    assert refused.headers["Retry-After"] == "2"
    assert "Set-Cookie" not in refused.headers


def test_nothing_is_stored_or_mailed_of_what_got_no_turn(site: Site) -> None:
    with all_turns_taken():
        assert_problem(site.browser().register(), 503, "unavailable")
    assert {item["pk"]["S"][:2] for item in site.stored()} == {"L#"}
    assert site.mails() == []
    assert site.browser().register().status_code == 202


def test_a_turn_is_waited_for_no_longer_than_the_request_has_left(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    with all_turns_taken():
        monkeypatch.setattr(turns, "PATIENCE_SECONDS", 60.0)
        monkeypatch.setattr(deadline, "REQUEST_SECONDS", 0.5)
        began = time.monotonic()
        assert_problem(site.browser().sign_in(), 503, "unavailable")
    assert time.monotonic() - began < 5


def test_a_request_without_time_left_hashes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def late() -> None:
        deadline.begin()
        with pytest.raises(Unavailable), turns.turn():
            pass

    monkeypatch.setattr(deadline, "REQUEST_SECONDS", 0.0)
    contextvars.copy_context().run(late)


def test_a_turn_is_given_on_whatever_becomes_of_it() -> None:
    for _ in range(cores() + 1):
        with pytest.raises(ZeroDivisionError), turns.turn():
            raise ZeroDivisionError


def sign_in(site: Site) -> Act:
    return partial(site.browser().sign_in, "ann")


def sign_in_from_a_known_device(site: Site) -> Act:
    browser = site.browser()
    browser.sign_in("ann")
    return partial(browser.sign_in, "ann")


def step_up(site: Site) -> Act:
    browser = site.browser()
    browser.sign_in("ann")
    return browser.prove


def recovery_code(site: Site) -> Act:
    browser = site.browser()
    site.add_totp(browser.become("bob")["id"])
    browser.prove()
    codes = browser.post("users/me/recovery-codes").json["codes"]
    device = site.browser()
    challenges = [device.sign_in("bob").json["challenge"]["id"] for _ in range(3)]
    tries = (one for one in challenges for _ in range(5))
    body = {"method": "recovery_code", "code": codes[0]}
    return lambda: device.post(f"sessions/challenges/{next(tries)}", body)


def registration(site: Site) -> Act:
    return lambda: site.browser("192.0.2.9").register("ben", email="ben@example.com")


def new_recovery_codes(site: Site) -> Act:
    browser = site.browser()
    site.add_totp(browser.become("bob")["id"])
    browser.prove()
    return partial(browser.post, "users/me/recovery-codes")


LIMITS_OF_HASHING = (
    "LIMIT_IDENTIFIER",
    "LIMIT_DEVICE",
    "LIMIT_SECOND_FACTOR",
    "LIMIT_REGISTRATIONS",
    "LIMIT_MAILBOX",
)
HASHING = [
    sign_in,
    sign_in_from_a_known_device,
    step_up,
    recovery_code,
    new_recovery_codes,
    registration,
]


@pytest.mark.parametrize("begin", HASHING)
def test_what_is_refused_for_load_uses_up_no_limit(
    begin: Begin, make_site: Callable[..., Site]
) -> None:
    six = "6/hour 60/day"
    site = make_site(RATE_LIMIT_SCALE="1", **dict.fromkeys(LIMITS_OF_HASHING, six))
    site.browser().become("ann")
    act = begin(site)
    with all_turns_taken():
        for _ in range(9):
            assert_problem(act(), 503, "unavailable")
    assert act().status_code in {201, 202, 204}


# Each is refused, by what its name says.


def malformed(site: Site) -> Act:
    return lambda: site.browser().call(
        "POST", "sessions", data=b"{", content_type="application/json"
    )


def too_large(site: Site) -> Act:
    body = {"identifier": "ann", "password": "x" * 17_000}
    return partial(site.browser().post, "sessions", body)


def unknown_member(site: Site) -> Act:
    body = {"identifier": "ann", "password": PASSWORD, "admin": True}
    return partial(site.browser().post, "sessions", body)


def from_another_origin(site: Site) -> Act:
    headers = {"Origin": "https://evil.example"}
    return partial(site.browser().sign_in, "ann", headers=headers)


def sign_ins_of_an_address(site: Site) -> Act:
    return lambda: site.browser("192.0.2.66").sign_in("nobody", WRONG)


def sign_ins_of_an_identifier(site: Site) -> Act:
    site.browser().become("ann")
    return lambda: site.browser(next(addresses)).sign_in("ann", WRONG)


def sign_ins_of_a_device(site: Site) -> Act:
    browser = site.browser()
    browser.become("ann")
    return lambda: browser.sign_in("ann", WRONG)


def proofs_of_a_session(site: Site) -> Act:
    browser = site.browser()
    browser.become("ann")
    return lambda: browser.prove(WRONG)


def passwords_of_a_session(site: Site) -> Act:
    browser = site.browser()
    browser.become("ann")
    return lambda: browser.change_password(WRONG)


def registrations_of_an_address(site: Site) -> Act:
    return lambda: site.browser().register(next(usernames))


def mails_to_a_mailbox(site: Site) -> Act:
    return lambda: site.browser(next(addresses)).register(next(usernames), email="ann@example.com")


def mails_of_the_site(site: Site) -> Act:
    return lambda: site.browser(next(addresses)).register(next(usernames))


def without_a_session(site: Site) -> Act:
    return site.browser().prove


def password_that_names_its_user(site: Site) -> Act:
    browser = site.browser()
    browser.become("ann")
    return partial(browser.change_password, password="ann@example.com")


def password_without_a_session(site: Site) -> Act:
    return site.browser().change_password


def recovery_codes_without_an_app(site: Site) -> Act:
    browser = site.browser()
    browser.become("ann")
    browser.prove()
    return partial(browser.post, "users/me/recovery-codes")


def short_password(site: Site) -> Act:
    return lambda: site.browser().register(password="short")


def common_password(site: Site) -> Act:
    return lambda: site.browser().register(password="password" * 3)


def taken_username(site: Site) -> Act:
    site.browser().become("ann")
    return lambda: site.browser().register("ann", email="other@example.com")


def repeated(site: Site) -> Act:
    """Not refused, but answered from what is remembered."""
    headers = {"Idempotency-Key": "the-key-of-a-request"}
    body = {"username": "ann", "email": "ann@example.com", "password": PASSWORD}
    site.browser().post("users", body, headers=headers)
    return partial(site.browser().post, "users", body, headers=headers)


def repeated_otherwise(site: Site) -> Act:
    headers = {"Idempotency-Key": "the-key-of-a-request"}
    body = {"username": "ann", "email": "ann@example.com", "password": PASSWORD}
    site.browser().post("users", body, headers=headers)
    other = body | {"password": NEW_PASSWORD}
    return partial(site.browser().post, "users", other, headers=headers)


def link_that_was_never_sent(site: Site) -> Act:
    return partial(site.browser().reset, RESET)


def short_password_by_a_link(site: Site) -> Act:
    site.browser().become("ann")
    site.browser().forget()
    return partial(site.browser().reset, site.token("ann@example.com"), "short")


addresses = (f"198.51.100.{number}" for number in range(1, 255))
usernames = (f"user{number}" for number in range(1000))
LIMITED = [
    (sign_ins_of_an_address, "LIMIT_SIGN_INS"),
    (sign_ins_of_an_identifier, "LIMIT_IDENTIFIER"),
    (sign_ins_of_a_device, "LIMIT_DEVICE"),
    (proofs_of_a_session, "LIMIT_DEVICE"),
    (passwords_of_a_session, "LIMIT_DEVICE"),
    (registrations_of_an_address, "LIMIT_REGISTRATIONS"),
    (mails_to_a_mailbox, "LIMIT_MAILBOX"),
    (mails_of_the_site, "LIMIT_MAIL"),
]
REFUSED = [
    (malformed, 400),
    (too_large, 413),
    (unknown_member, 422),
    (from_another_origin, 403),
    (without_a_session, 401),
    (password_without_a_session, 401),
    (recovery_codes_without_an_app, 404),
    (short_password, 422),
    (common_password, 422),
    (taken_username, 409),
    (repeated, 202),
    (repeated_otherwise, 422),
    (link_that_was_never_sent, 410),
    (short_password_by_a_link, 422),
    (password_that_names_its_user, 422),
]


def named(value: Any) -> str | None:
    return value.__name__ if callable(value) else None


@pytest.mark.parametrize(("begin", "status"), REFUSED, ids=named)
def test_what_can_be_refused_without_a_hash_is(begin: Begin, status: int, site: Site) -> None:
    act, hashed = begin(site), []
    with seen(lambda: hashed.append(1)):
        assert act().status_code == status
    assert hashed == []


@pytest.mark.parametrize(("begin", "limit"), LIMITED, ids=named)
def test_beyond_a_limit_nothing_is_hashed(
    begin: Begin, limit: str, make_site: Callable[..., Site]
) -> None:
    site = make_site(RATE_LIMIT_SCALE="1", **{limit: "3/hour 9/day"})
    act, hashed = begin(site), []
    with seen(lambda: hashed.append(1)):
        while act().status_code != 429:
            assert hashed
        judged = len(hashed)
        assert 1 <= judged <= 3
        assert act().status_code == 429
    assert len(hashed) == judged


def test_an_account_makes_only_so_many_recovery_codes(limited: Callable[..., Site]) -> None:
    """A set takes ten hashes."""
    site = limited(LIMIT_SECOND_FACTOR="3/hour 9/day")
    browser, hashed = site.browser(), list[int]()
    site.add_totp(browser.become("ann")["id"])
    browser.prove()
    with seen(lambda: hashed.append(1)):
        statuses = [browser.post("users/me/recovery-codes").status_code for _ in range(5)]
    assert statuses == [201, 201, 201, 429, 429]
    assert len(hashed) == 3 * 10
    site.clock.advance(minutes=60)
    browser.prove()
    assert browser.post("users/me/recovery-codes").status_code == 201


def test_a_breached_password_is_not_hashed(make_site: Callable[..., Site]) -> None:
    site = make_site(breached=lambda _password: True)
    hashed: list[int] = []
    with seen(lambda: hashed.append(1)):
        assert site.browser().register().status_code == 422
    assert hashed == []


def test_a_long_password_costs_one_hash_like_any_other(site: Site) -> None:
    site.browser().become("ann")
    hashed: list[int] = []
    with seen(lambda: hashed.append(1)):
        for identifier in ("ann", "nobody"):
            answer = site.browser().sign_in(identifier, "x" * 1024)
            assert_problem(answer, 401, "invalid_credentials")
    assert len(hashed) == 2


def test_who_is_signed_in_hashes_nothing_by_reading(browser: Browser) -> None:
    browser.become("ann")
    hashed: list[int] = []
    with seen(lambda: hashed.append(1)):
        for path in ("users/me", "sessions", "passkeys", "users/me/events"):
            assert browser.get(path).status_code == 200
    assert hashed == []


def test_somebody_with_an_imported_hash_is_verified_in_one_turn_and_renewed_in_another(
    site: Site,
) -> None:
    imported(site, "imported")
    hashed: list[int] = []
    with seen(lambda: hashed.append(1)):
        assert site.browser().sign_in("imported").status_code == 201
        assert site.browser().sign_in("imported").status_code == 201
    assert len(hashed) == 3
    stored = users.find_by_sentinel(site.context.database, users.name_sentinel("imported"))
    assert stored
    assert stored.password_hash.startswith("$argon2id$")
