"""What people do with second factors and passkeys, and an authenticator app of our own."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b32decode
from dataclasses import dataclass
from typing import Any

from werkzeug.test import TestResponse

from tests.authenticator import Authenticator
from tests.support import PASSWORD, Browser, Site


@dataclass(frozen=True)
class App:
    """Makes the codes of a secret (RFC 6238: SHA-1, six digits, 30 seconds) by the site's clock."""

    site: Site
    secret: str

    def code(self, *, steps: int = 0) -> str:
        """The code of now, or of so many steps later."""
        return step_code(self.secret, self.site.clock() // 30 + steps)

    def wrong_code(self) -> str:
        """Six digits that are the code of no step near now."""
        near = {self.code(steps=steps) for steps in range(-3, 4)}
        return next(f"{n:06}" for n in range(10) if f"{n:06}" not in near)

    def next_code(self) -> str:
        """A code that was not used yet, once its time has come."""
        self.site.clock.advance(seconds=30)
        return self.code()


def step_code(secret: str, step: int) -> str:
    """The code of a step: the number of times that 30 seconds have passed since 1970."""
    mac = hmac.digest(b32decode(secret), step.to_bytes(8), hashlib.sha1)
    number = int.from_bytes(mac[mac[-1] & 15 :][:4]) & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def begin_totp(browser: Browser) -> App:
    """An app that is still to be confirmed."""
    browser.prove()
    begun = browser.post("users/me/totp")
    assert begun.status_code == 201, begun.json
    return App(browser.site, begun.json["secret"])


def add_totp(browser: Browser) -> App:
    app = begin_totp(browser)
    confirmed = browser.post("users/me/totp/confirm", {"code": app.code()})
    assert confirmed.status_code == 204, confirmed.json
    return app


def make_recovery_codes(browser: Browser) -> list[str]:
    browser.prove()
    made = browser.post("users/me/recovery-codes")
    assert made.status_code == 201, made.json
    codes: list[str] = made.json["codes"]
    return codes


def challenged(browser: Browser, identifier: str = "ann", password: str = PASSWORD) -> str:
    """The id of the challenge that stands after the password."""
    begun = browser.sign_in(identifier, password)
    assert begun.status_code == 202, begun.json
    return str(begun.json["challenge"]["id"])


def answer(browser: Browser, challenge: str, code: str, method: str = "totp") -> TestResponse:
    return browser.post(f"sessions/challenges/{challenge}", {"method": method, "code": code})


def created(browser: Browser, authenticator: Authenticator) -> dict[str, Any]:
    """What an authenticator makes for the account."""
    browser.prove()
    options = browser.post("passkeys/registration-options")
    assert options.status_code == 200, options.json
    return authenticator.create(options.json)


def add_passkey(browser: Browser, authenticator: Authenticator, **members: Any) -> dict[str, Any]:
    credential = created(browser, authenticator)
    added = browser.post("passkeys", {"credential": credential, **members})
    assert added.status_code == 201, added.json
    passkey: dict[str, Any] = added.json
    return passkey


def asserted(browser: Browser, authenticator: Authenticator) -> dict[str, Any]:
    """What an authenticator says to prove its user."""
    return authenticator.get(browser.post("passkeys/authentication-options").json)


def use_passkey(browser: Browser, authenticator: Authenticator) -> TestResponse:
    """Signs in."""
    return browser.post("sessions/passkey", {"credential": asserted(browser, authenticator)})


def prove_by_passkey(browser: Browser, authenticator: Authenticator) -> TestResponse:
    """Steps up."""
    passkey = asserted(browser, authenticator)
    return browser.post("sessions/current/step-up", {"passkey": passkey})


def sign_up(
    browser: Browser, authenticator: Authenticator, username: str = "ann", **members: Any
) -> TestResponse:
    """Registers with a passkey and no password."""
    body = {"username": username, "email": f"{username}@example.com"}
    options = browser.post("registrations/passkey-options", body)
    assert options.status_code == 200, options.json
    passkey = authenticator.create(options.json)
    return browser.post("users", {**body, "passkey": passkey, **members})


def become_by_passkey(
    browser: Browser, authenticator: Authenticator, username: str = "ann"
) -> dict[str, Any]:
    """Has an account without a password, and is signed in."""
    begun = sign_up(browser, authenticator, username)
    verified = browser.verify(begun, browser.site.code(f"{username}@example.com"))
    assert verified.status_code == 201, verified.json
    user: dict[str, Any] = verified.json["user"]
    return user
