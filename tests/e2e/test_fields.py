"""What people and their password managers find in the fields."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.steps import (
    ACCOUNT,
    REGISTER,
    SIGN_IN,
    VERIFY,
    button,
    field,
    fill_registration,
    fill_sign_in,
    join,
    problems,
    register,
    see,
    somebody,
)
from tests.e2e.views import SITE
from tests.installation import Installation
from tests.support import PASSWORD

TOKENS = [
    ("register", "Username", "username"),
    ("register", "Email address", "email"),
    ("register", "Password", "new-password"),
    ("verify", "Code", "one-time-code"),
    ("verify", "New email address", "email"),
    ("sign-in", "Username or email address", "username webauthn"),
    ("sign-in", "Password", "current-password"),
    ("account", "Display name", "name"),
    ("account", "Username", "username"),
    ("account", "New email address", "email"),
    ("security", "Current password", "current-password"),
    ("security", "New password", "new-password"),
    ("forgot", "Email address", "email"),
    ("reset", "New password", "new-password"),
]


@pytest.mark.parametrize(("view", "label", "token"), TOKENS)
def test_a_password_manager_is_told_what_each_field_is(
    page: Page, installation: Installation, view: str, label: str, token: str
) -> None:
    SITE[view](page, installation)
    expect(field(page, label)).to_have_attribute("autocomplete", token)


@pytest.mark.parametrize("view", ["#register", "#sign-in"])
def test_the_password_can_be_shown_and_hidden(page: Page, view: str) -> None:
    page.goto(f"/{view}")
    field(page, "Password").fill(PASSWORD)
    expect(field(page, "Password")).to_have_attribute("type", "password")
    button(page, "Show password").click()
    expect(field(page, "Password")).to_have_attribute("type", "text")
    button(page, "Hide password").click()
    expect(field(page, "Password")).to_have_attribute("type", "password")
    expect(field(page, "Password")).to_have_value(PASSWORD)


def test_showing_the_password_sends_nothing(page: Page) -> None:
    fill_registration(page, somebody())
    button(page, "Show password").click()
    see(page, REGISTER)
    expect(problems(page)).to_be_hidden()


@pytest.fixture
def pasted(page: Page, installation: Installation) -> Callable[[str, str], None]:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=installation.url)

    def paste(label: str, text: str) -> None:
        page.evaluate("(text) => navigator.clipboard.writeText(text)", text)
        field(page, label).focus()
        page.keyboard.press("ControlOrMeta+V")
        expect(field(page, label)).to_have_value(text)

    return paste


def test_a_password_can_be_pasted_at_registration(
    page: Page, pasted: Callable[[str, str], None]
) -> None:
    fill_registration(page, somebody())
    field(page, "Password").fill("")
    pasted("Password", PASSWORD)
    button(page, "Register").click()
    see(page, VERIFY)


def test_a_code_can_be_pasted(
    page: Page, installation: Installation, pasted: Callable[[str, str], None]
) -> None:
    person = register(page)
    pasted("Code", installation.code(person.email))
    button(page, "Verify").click()
    see(page, ACCOUNT)


def test_a_password_can_be_pasted_at_sign_in(
    page: Page, installation: Installation, pasted: Callable[[str, str], None]
) -> None:
    person = join(page, installation, signed_in=False)
    fill_sign_in(page, person.username, "")
    pasted("Password", PASSWORD)
    button(page, "Sign in").click()
    see(page, ACCOUNT)


def test_no_password_is_left_in_the_page_after_signing_out(
    page: Page, installation: Installation
) -> None:
    person = join(page, installation, signed_in=False)
    fill_sign_in(page, person.username)
    button(page, "Sign in").click()
    see(page, ACCOUNT)
    button(page, "Sign out").click()
    see(page, SIGN_IN)
    expect(field(page, "Password")).to_have_value("")
