"""What people do with passkeys and second factors, and how it is seen to have been done once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from werkzeug.test import TestResponse

from tests.authenticator import Authenticator
from tests.factors import (
    App,
    add_passkey,
    add_totp,
    answer,
    asserted,
    begin_totp,
    challenged,
    created,
    make_recovery_codes,
    sign_up,
    use_passkey,
)
from tests.faults.flows import Flow, member, prove
from tests.invariants import stored
from tests.support import Site, assert_problem

WHOLE = {"201"}
# Where the code, or the authenticator's answer, was used up after all, another is needed.
CODE_USED = {"201", "401 invalid_code", "410 challenge_expired"}


def begin_app(site: Site, name: str) -> Flow:
    browser = member(site, name)
    browser.prove()
    act, answers = _kept(lambda: browser.post("users/me/totp"))

    def check() -> None:
        code = App(site, answers[-1].json["secret"]).code()
        assert browser.post("users/me/totp/confirm", {"code": code}).status_code == 204

    return Flow(act, "201", WHOLE, check)


def confirm_app(site: Site, name: str) -> Flow:
    browser = member(site, name)
    app = begin_totp(browser)
    body = {"code": app.code()}

    def check() -> None:
        assert browser.get("users/me").json["second_factors"] == ["totp"]
        _sign_in(site, name, app.next_code())

    return Flow(
        lambda: browser.post("users/me/totp/confirm", body),
        "204",
        {"204", "409 totp_exists"},
        check,
    )


def remove_app(site: Site, name: str) -> Flow:
    browser = member(site, name)
    add_totp(browser)
    make_recovery_codes(browser)

    def check() -> None:
        assert browser.get("users/me").json["second_factors"] == []
        assert site.browser().sign_in(name).status_code == 201

    return Flow(
        lambda: browser.delete("users/me/totp"), "204", {"204", "404 totp_not_found"}, check
    )


def make_codes(site: Site, name: str) -> Flow:
    browser = member(site, name)
    add_totp(browser)
    before = make_recovery_codes(browser)
    act, answers = _kept(lambda: browser.post("users/me/recovery-codes"))

    def check() -> None:
        refused = answer(browser, challenged(browser, name), before[0], "recovery_code")
        assert_problem(refused, 401, "invalid_code")
        _sign_in(site, name, answers[-1].json["codes"][0], "recovery_code")

    return Flow(act, "201", WHOLE, check)


def begin_challenge(site: Site, name: str) -> Flow:
    app = add_totp(member(site, name))
    browser = site.browser()
    act, answers = _kept(lambda: browser.sign_in(name))

    def check() -> None:
        challenge = answers[-1].json["challenge"]["id"]
        assert answer(browser, challenge, app.next_code()).status_code == 201

    return Flow(act, "202", {"202"}, check)


def answer_by_app(site: Site, name: str) -> Flow:
    app = add_totp(member(site, name))
    browser = site.browser()
    challenge, code = challenged(browser, name), app.next_code()

    def check() -> None:
        refused = answer(browser, challenged(browser, name), code)
        assert_problem(refused, 401, "invalid_code")
        _sign_in(site, name, app.next_code())

    return Flow(lambda: answer(browser, challenge, code), "201", CODE_USED, check)


def answer_by_recovery_code(site: Site, name: str) -> Flow:
    owner = member(site, name)
    add_totp(owner)
    code, another = make_recovery_codes(owner)[:2]
    browser = site.browser()
    challenge = challenged(browser, name)

    def check() -> None:
        refused = answer(browser, challenged(browser, name), code, "recovery_code")
        assert_problem(refused, 401, "invalid_code")
        _sign_in(site, name, another, "recovery_code")

    return Flow(lambda: answer(browser, challenge, code, "recovery_code"), "201", CODE_USED, check)


def add_key(site: Site, name: str) -> Flow:
    browser, phone = member(site, name), Authenticator()
    body = {"credential": created(browser, phone)}

    def check() -> None:
        assert len(browser.get("passkeys").json["items"]) == 1
        assert use_passkey(site.browser(), phone).status_code == 201

    # Where it was added after all, its challenge is used up.
    return Flow(
        lambda: browser.post("passkeys", body), "201", {"201", "422 passkey_invalid"}, check
    )


def name_key(site: Site, name: str) -> Flow:
    browser = member(site, name)
    path = f"passkeys/{add_passkey(browser, Authenticator())['id']}"

    def check() -> None:
        [passkey] = browser.get("passkeys").json["items"]
        assert passkey["name"] == "New"

    return Flow(lambda: browser.patch(path, {"name": "New"}), "200", {"200"}, check)


def remove_key(site: Site, name: str) -> Flow:
    browser, phone = member(site, name), Authenticator()
    path = f"passkeys/{add_passkey(browser, phone)['id']}"

    def check() -> None:
        assert browser.get("passkeys").json["items"] == []
        assert_problem(use_passkey(site.browser(), phone), 401, "invalid_credentials")

    return Flow(lambda: browser.delete(path), "204", {"204", "404 passkey_not_found"}, check)


def use_key(site: Site, name: str) -> Flow:
    phone = Authenticator(counts=True)
    add_passkey(member(site, name), phone)
    browser = site.browser()
    body = {"credential": asserted(browser, phone)}

    def check() -> None:
        replayed = site.browser().post("sessions/passkey", body)
        assert_problem(replayed, 401, "invalid_credentials")
        assert use_passkey(site.browser(), phone).status_code == 201

    return Flow(
        lambda: browser.post("sessions/passkey", body),
        "201",
        {"201", "401 invalid_credentials"},
        check,
    )


def step_up(site: Site, name: str) -> Flow:
    browser = member(site, name)

    def check() -> None:
        again = site.browser()
        again.sign_in(name)
        assert again.prove().status_code == 204

    return Flow(
        browser.prove,
        "204",
        # Where the proof was noted after all, the session has a token that nobody knows.
        {"204", "401 not_authenticated"},
        check,
    )


def register_with_key(site: Site, name: str) -> Flow:
    browser, phone, email = site.browser(), Authenticator(), f"{name}@example.com"
    body = {"username": name, "email": email}
    options = browser.post("registrations/passkey-options", body).json
    body |= {"passkey": phone.create(options)}
    headers = {"Idempotency-Key": f"the-key-of-{name}"}
    act = partial(browser.post, "users", body, headers=headers)

    def check() -> None:
        prove(browser, act(), email)
        assert use_passkey(site.browser(), phone).status_code == 201

    return Flow(act, "202", {"202"}, check, email, 1)


def verify_with_key(site: Site, name: str) -> Flow:
    browser, phone = site.browser(), Authenticator()
    begun = sign_up(browser, phone, name)
    code = site.code(f"{name}@example.com")

    def check() -> None:
        owned = [user for user in stored(site).users.values() if user["name_key"] == name]
        assert len(owned) == 1
        assert use_passkey(site.browser(), phone).status_code == 201

    return Flow(lambda: browser.verify(begun, code), "201", {"201", "409 account_exists"}, check)


ALL = [
    begin_app,
    confirm_app,
    remove_app,
    make_codes,
    begin_challenge,
    answer_by_app,
    answer_by_recovery_code,
    add_key,
    name_key,
    remove_key,
    use_key,
    step_up,
    register_with_key,
    verify_with_key,
]


def _kept(act: Callable[[], TestResponse]) -> tuple[Callable[[], TestResponse], list[TestResponse]]:
    """The act, and all that was answered to it."""
    answers: list[TestResponse] = []

    def acting() -> TestResponse:
        answers.append(act())
        return answers[-1]

    return acting, answers


def _sign_in(site: Site, name: str, code: str, method: str = "totp") -> None:
    browser = site.browser()
    assert answer(browser, challenged(browser, name), code, method).status_code == 201
