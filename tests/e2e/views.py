"""Every view that there is, and the way to it."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.steps import REGISTER, SIGN_IN, button, field, join, problems, register, see
from tests.installation import Installation


def _register(page: Page, _installation: Installation) -> None:
    page.goto("/")
    see(page, REGISTER)


def _register_with_errors(page: Page, installation: Installation) -> None:
    _register(page, installation)
    field(page, "Password").fill("short")
    button(page, "Register").click()
    expect(problems(page)).to_be_focused()


def _verify(page: Page, _installation: Installation) -> None:
    register(page)
    page.get_by_text("Wrong address?").click()
    expect(field(page, "New email address")).to_be_visible()


def _sign_in(page: Page, _installation: Installation) -> None:
    page.goto("/#sign-in")
    see(page, SIGN_IN)


def _account(page: Page, installation: Installation) -> None:
    join(page, installation)


def _reference(page: Page, _installation: Installation) -> None:
    page.goto("/api/v1/docs")
    see(page, "Latchstring accounts: the API")


def _mailbox(page: Page, installation: Installation) -> None:
    register(page)
    page.goto("/dev/mailbox")
    see(page, "Local mailbox")


Opening = Callable[[Page, Installation], None]

SITE: dict[str, Opening] = {
    "register": _register,
    "register with errors": _register_with_errors,
    "verify": _verify,
    "sign-in": _sign_in,
    "account": _account,
}
VIEWS: dict[str, Opening] = {**SITE, "reference": _reference, "mailbox": _mailbox}
