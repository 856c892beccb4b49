"""An authenticator app and recovery codes, as people use them."""

from __future__ import annotations

import time

import pyotp
from playwright.sync_api import Page, expect

from tests.e2e.steps import (
    CHALLENGE,
    Person,
    button,
    confirm_by_password,
    field,
    fill_sign_in,
    notice,
    open_security,
    said,
    see,
)

APP = "Code from your authenticator app"
IN_USE = (
    "The authenticator app is in use. Make recovery codes now, for when your phone is not at hand."
)

# Seconds until a code is judged; one that is a step old when it is typed would be too old by then.
ON_THE_WAY = 5


class Phone:
    """An authenticator app. Each code is good once, so each is that of another step."""

    def __init__(self, secret: str) -> None:
        self._app = pyotp.TOTP(secret)
        self._step = 0

    def code(self) -> str:
        left = self._app.interval - time.time() % self._app.interval
        if left < ON_THE_WAY:
            time.sleep(left)
        now = int(time.time()) // self._app.interval
        self._step = max(now - 1, self._step + 1)
        # A clock may be one step off, and no more.
        assert self._step <= now + 1
        return self._app.generate_otp(self._step)


def key(page: Page) -> str:
    """The key that is shown for whoever cannot scan."""
    return page.locator("#totp-secret").inner_text().replace(" ", "")


def begin_app(page: Page) -> None:
    """As far as the QR code, for whose sake the password is asked for."""
    open_security(page)
    button(page, "Set up an authenticator app").click()
    confirm_by_password(page)
    expect(
        page.get_by_role("img", name=said(page, "QR code for the authenticator app"))
    ).to_be_visible()


def add_app(page: Page) -> Phone:
    begin_app(page)
    phone = Phone(key(page))
    field(page, "Code from the app").fill(phone.code())
    button(page, "Confirm").click()
    expect(notice(page)).to_have_text(said(page, IN_USE))
    return phone


def make_codes(page: Page) -> list[str]:
    button(page, "Make recovery codes").click()
    expect(
        page.get_by_text(said(page, "Keep these now: they are not shown again."))
    ).to_be_visible()
    codes = page.get_by_role("list", name=said(page, "Recovery codes"))
    items = codes.get_by_role("listitem")
    return items.all_inner_texts()


def begin(page: Page, person: Person) -> None:
    """As far as the question for the code."""
    fill_sign_in(page, person.username)
    button(page, "Sign in").click()
    see(page, CHALLENGE)


def use_recovery_code(page: Page, code: str) -> None:
    page.get_by_text(said(page, "Use a recovery code")).click()
    field(page, "Recovery code").fill(code)
    button(page, "Use recovery code").click()
