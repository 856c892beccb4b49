"""Getting about: by keyboard alone, with the focus and the title where the view is."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.steps import (
    ACCOUNT,
    REGISTER,
    SIGN_IN,
    VERIFY,
    button,
    field,
    join,
    open_security,
    problems,
    register,
    see,
    sign_in,
    somebody,
    verify,
)
from tests.installation import Installation
from tests.support import PASSWORD


def arrive(page: Page, heading: str) -> None:
    """The view has opened, and whoever listens is told: title and focus are its own."""
    expect(page.get_by_role("heading", name=heading, level=1)).to_be_focused()
    expect(page).to_have_title(f"{heading} \N{EN DASH} Latchstring")


def tab_to(page: Page, name: str) -> None:
    """Tabs on to the field or button with this name; everything on the way can be left again."""
    for _ in range(12):
        page.keyboard.press("Tab")
        reached = page.evaluate(
            "() => (document.activeElement.labels?.[0] ?? document.activeElement).textContent"
        )
        if reached == name:
            return
    pytest.fail(f"{name} cannot be reached with the Tab key")


def test_registering_needs_no_more_than_the_keyboard(
    page: Page, installation: Installation
) -> None:
    person = somebody()
    page.goto("/")
    see(page, REGISTER)
    tab_to(page, "Username")
    page.keyboard.type(person.username)
    tab_to(page, "Email address")
    page.keyboard.type(person.email)
    tab_to(page, "Password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    arrive(page, VERIFY)
    tab_to(page, "Code")
    page.keyboard.type(installation.code(person.email))
    tab_to(page, "Verify")
    page.keyboard.press("Enter")
    arrive(page, ACCOUNT)
    tab_to(page, "Sign out")
    page.keyboard.press("Enter")
    arrive(page, SIGN_IN)


def test_a_mistyped_address_is_replaced_with_the_keyboard(
    page: Page, installation: Installation
) -> None:
    register(page)
    meant = somebody().email
    tab_to(page, "Wrong address?")
    page.keyboard.press("Enter")
    tab_to(page, "New email address")
    page.keyboard.type(meant)
    page.keyboard.press("Enter")
    expect(field(page, "Code")).to_be_focused()
    page.keyboard.type(installation.code(meant))
    page.keyboard.press("Enter")
    arrive(page, ACCOUNT)


def test_from_the_summary_of_mistakes_the_keyboard_gets_to_the_field(page: Page) -> None:
    page.goto("/")
    button(page, "Register").click()
    expect(problems(page)).to_be_focused()
    tab_to(page, "Enter your email address.")
    page.keyboard.press("Enter")
    expect(field(page, "Email address")).to_be_focused()


def test_each_view_has_the_focus_at_its_heading_and_a_title_of_its_own(
    page: Page, installation: Installation
) -> None:
    page.goto("/")
    expect(page).to_have_title("Register \N{EN DASH} Latchstring")
    page.get_by_role("link", name="Sign in", exact=True).click()
    arrive(page, SIGN_IN)
    page.get_by_role("link", name="Register", exact=True).click()
    arrive(page, REGISTER)
    person = somebody()
    field(page, "Username").fill(person.username)
    field(page, "Email address").fill(person.email)
    field(page, "Password").fill(PASSWORD)
    button(page, "Register").click()
    arrive(page, VERIFY)
    verify(page, installation.code(person.email))
    arrive(page, ACCOUNT)
    button(page, "Sign out").click()
    arrive(page, SIGN_IN)


def test_back_and_forward_lead_through_the_views(page: Page, installation: Installation) -> None:
    person = register(page)
    page.go_back()
    see(page, REGISTER)
    expect(field(page, "Username")).to_have_value(person.username)
    expect(field(page, "Password")).to_have_value("")
    page.go_forward()
    see(page, VERIFY)
    verify(page, installation.code(person.email))
    see(page, ACCOUNT)


def test_the_focus_stays_on_the_page_when_a_session_leaves_the_list(
    page: Page, installation: Installation
) -> None:
    person = join(page, installation, signed_in=False)
    sign_in(page, person.username)
    open_security(page)
    button(page, "End all other sessions").click()
    expect(page.get_by_role("heading", name="Sessions")).to_be_focused()
