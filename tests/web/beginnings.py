"""Things that people begin at one instance of an installation and finish at another."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Final

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
    use_passkey,
)
from tests.support import NEW_PASSWORD, PASSWORD, Browser, Site, assert_problem
from tests.web.published import published_keys

_names: Final = (f"person{number}" for number in itertools.count())

# Begins something at an instance, and returns what finishes it at another.
Finish = Callable[[Site], None]
Begin = Callable[[Site], Finish]


def at(site: Site, browser: Browser) -> Browser:
    """The same browser when another instance answers it."""
    other = site.browser()
    for name in ("session", "device"):
        if cookie := browser.client.get_cookie(name):
            other.client.set_cookie(name, cookie.value)
    return other


def person(site: Site) -> tuple[Browser, str]:
    """Somebody with an account who is signed in, and the name."""
    name, browser = next(_names), site.browser()
    browser.become(name)
    return browser, name


def session(site: Site) -> Finish:
    browser, _ = person(site)

    def finish(other: Site) -> None:
        assert at(other, browser).get("users/me").status_code == 200

    return finish


def sign_in_by_address(site: Site) -> Finish:
    _, name = person(site)

    def finish(other: Site) -> None:
        assert other.browser().sign_in(f"{name}@example.com").status_code == 201

    return finish


def remembered_device(site: Site) -> Finish:
    browser, name = person(site)

    def finish(other: Site) -> None:
        before = len(other.mails())
        assert at(other, browser).sign_in(f"{name}@example.com").status_code == 201
        assert len(other.mails()) == before

    return finish


def pending_registration(site: Site) -> Finish:
    name = next(_names)
    begun = site.browser().register(name)

    def finish(other: Site) -> None:
        code = other.code(f"{name}@example.com")
        assert other.browser().verify(begun, code).status_code == 201

    return finish


def registration_with_another_mail(site: Site) -> Finish:
    name = next(_names)
    begun = site.browser().register(name)

    def finish(other: Site) -> None:
        other.clock.advance(minutes=1)
        browser = other.browser()
        assert browser.resend(begun).status_code == 202
        assert browser.verify(begun, other.code(f"{name}@example.com")).status_code == 201

    return finish


def one_mailbox_registered_twice(site: Site) -> Finish:
    email = f"{next(_names)}@example.com"
    first, second = site.browser(), site.browser()
    begun = [browser.register(next(_names), email=email) for browser in (first, second)]
    codes = [mail["subject"][:6] for mail in reversed(site.mails(email))]
    assert first.verify(begun[0], codes[0]).status_code == 201

    def finish(other: Site) -> None:
        late = other.browser().verify(begun[1], codes[1])
        assert_problem(late, 409, "account_exists")

    return finish


def mailbox_that_has_an_account(site: Site) -> Finish:
    _, name = person(site)

    def finish(other: Site) -> None:
        other.browser().register(next(_names), email=f"{name}@example.com")
        assert not other.mails(f"{name}@example.com")[0]["subject"][:6].isdecimal()

    return finish


def repeated_request(site: Site) -> Finish:
    name = next(_names)
    key = {"Idempotency-Key": name * 3}
    body = {"username": name, "email": f"{name}@example.com", "password": PASSWORD}
    first = site.browser().post("users", body, headers=key)
    assert first.status_code == 202

    def finish(other: Site) -> None:
        again = other.browser().post("users", body, headers=key)
        assert (again.status_code, again.json) == (202, first.json)

    return finish


def reset_link(site: Site) -> Finish:
    _, name = person(site)
    site.browser().forget(f"{name}@example.com")
    link = site.token(f"{name}@example.com")

    def finish(other: Site) -> None:
        assert other.browser().reset(link).status_code == 204
        assert other.browser().sign_in(name, NEW_PASSWORD).status_code == 201

    return finish


def change_of_address(site: Site) -> Finish:
    browser, name = person(site)
    assert browser.readdress_account(f"{name}@example.net").status_code == 202

    def finish(other: Site) -> None:
        moved = at(other, browser).prove_address(other.code(f"{name}@example.net"))
        assert moved.status_code == 200, moved.json
        assert other.browser().sign_in(f"{name}@example.net").status_code == 201

    return finish


def undo_link(site: Site) -> Finish:
    browser, name = person(site)
    link = browser.move(f"{name}@example.net")

    def finish(other: Site) -> None:
        assert other.browser().undo(link).status_code == 204
        assert other.browser().sign_in(f"{name}@example.com").status_code == 201
        assert_problem(other.browser().sign_in(f"{name}@example.net"), 401, "invalid_credentials")

    return finish


def challenge(site: Site) -> Finish:
    browser, name = person(site)
    app = add_totp(browser)
    begun = challenged(site.browser(), name)

    def finish(other: Site) -> None:
        assert answer(other.browser(), begun, app.next_code()).status_code == 201

    return finish


def app_to_be_confirmed(site: Site) -> Finish:
    browser, _ = person(site)
    app = begin_totp(browser)

    def finish(other: Site) -> None:
        code = {"code": app.code()}
        confirmed = at(other, browser).post("users/me/totp/confirm", code)
        assert confirmed.status_code == 204

    return finish


def recovery_codes(site: Site) -> Finish:
    browser, name = person(site)
    add_totp(browser)
    code = make_recovery_codes(browser)[0]

    def finish(other: Site) -> None:
        signed_in = other.browser()
        begun = challenged(signed_in, name)
        assert answer(signed_in, begun, code, "recovery_code").status_code == 201

    return finish


def passkey_that_is_being_made(site: Site) -> Finish:
    browser, _ = person(site)
    credential = created(browser, Authenticator())

    def finish(other: Site) -> None:
        added = at(other, browser).post("passkeys", {"credential": credential})
        assert added.status_code == 201, added.json

    return finish


def passkey_that_is_being_used(site: Site) -> Finish:
    browser, _ = person(site)
    authenticator = Authenticator()
    add_passkey(browser, authenticator)
    credential = asserted(site.browser(), authenticator)

    def finish(other: Site) -> None:
        signed_in = other.browser().post("sessions/passkey", {"credential": credential})
        assert signed_in.status_code == 201, signed_in.json

    return finish


def passkey(site: Site) -> Finish:
    browser, _ = person(site)
    authenticator = Authenticator()
    add_passkey(browser, authenticator)

    def finish(other: Site) -> None:
        assert use_passkey(other.browser(), authenticator).status_code == 201

    return finish


def list_that_goes_on(site: Site) -> Finish:
    browser, name = person(site)
    browser.sign_in(name)
    cursor = browser.get("users/me/events?limit=1").json["next_cursor"]
    assert cursor

    def finish(other: Site) -> None:
        path = f"users/me/events?limit=1&cursor={cursor}"
        assert at(other, browser).get(path).status_code == 200

    return finish


def token_for_another_service(site: Site) -> Finish:
    browser, _ = person(site)
    browser.post("tokens", {})

    def finish(other: Site) -> None:
        keys = published_keys(other.browser())
        assert at(other, browser).post("tokens", {}).status_code == 201
        assert published_keys(other.browser()) == keys

    return finish


def account_to_be_deleted(site: Site) -> Finish:
    browser, name = person(site)
    add_passkey(browser, Authenticator())
    browser.forget(f"{name}@example.com")

    def finish(other: Site) -> None:
        leaving = at(other, browser)
        leaving.prove()
        assert leaving.delete("users/me").status_code == 204
        assert name not in str([i for i in other.stored() if i["pk"]["S"][:2] in {"U#", "N#"}])

    return finish


BEGINNINGS: Final[tuple[Begin, ...]] = (
    session,
    sign_in_by_address,
    remembered_device,
    pending_registration,
    registration_with_another_mail,
    one_mailbox_registered_twice,
    mailbox_that_has_an_account,
    repeated_request,
    reset_link,
    change_of_address,
    undo_link,
    challenge,
    app_to_be_confirmed,
    recovery_codes,
    passkey_that_is_being_made,
    passkey_that_is_being_used,
    list_that_goes_on,
    token_for_another_service,
    account_to_be_deleted,
)


# What is still there when the old key is gone.
LASTING: Final[tuple[Begin, ...]] = (
    session,
    sign_in_by_address,
    mailbox_that_has_an_account,
    reset_link,
    undo_link,
    recovery_codes,
    passkey,
    token_for_another_service,
    account_to_be_deleted,
)
