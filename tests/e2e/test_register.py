"""Registering on the page: from an empty form to one's account, and what is said of mistakes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.steps import (
    ACCOUNT,
    VERIFY,
    button,
    field,
    fill_registration,
    join,
    notice,
    problems,
    register,
    see,
    somebody,
    verify,
)
from tests.installation import Installation


def test_registering_and_entering_the_code_opens_the_account(
    page: Page, installation: Installation
) -> None:
    person = register(page)
    verify(page, installation.code(person.email))
    see(page, ACCOUNT)
    expect(page.get_by_text(f"Signed in as {person.username}")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text(person.email)
    expect(notice(page)).to_have_text("Your email address is verified. Welcome!")


def test_the_code_can_be_read_on_the_page_of_the_local_mailbox(
    page: Page, new_page: Callable[..., Page], installation: Installation
) -> None:
    person = register(page)
    mailbox = new_page()
    mailbox.goto("/dev/mailbox")
    mail = mailbox.get_by_role("article").filter(has_text=f"To {person.email}")
    expect(mail).to_contain_text(f"Code: {installation.code(person.email)}")


MISTAKES = [
    ("Username", "", "Enter a username."),
    ("Username", "a b", "Use 3 to 32 letters, digits, dots, dashes or underscores"),
    ("Username", "admin", "That username is reserved."),
    ("Email address", "", "Enter your email address."),
    ("Email address", "ann", "Enter an email address such as name@example.com."),
    ("Email address", "ann@nowhere", "Enter an email address such as name@example.com."),
    ("Password", "", "Enter a password."),
    ("Password", "short", "The password needs at least 15 characters."),
    ("Password", "p" * 129, "The password is too long."),
    ("Password", "123456789123456789", "That password is on lists that attackers try."),
    ("Password", "latchstringlatchstring", "That password is too close to your username"),
]


@pytest.mark.parametrize(("label", "typed", "message"), MISTAKES)
def test_a_mistake_is_said_at_its_field_and_in_a_summary_that_leads_there(
    page: Page, label: str, typed: str, message: str
) -> None:
    fill_registration(page, somebody())
    field(page, label).fill(typed)
    button(page, "Register").click()
    expect(problems(page)).to_be_focused()
    expect(problems(page).get_by_role("link")).to_have_count(1)
    assert message in field(page, label).evaluate(
        "input => input.getAttribute('aria-describedby').split(' ')"
        ".map((id) => document.getElementById(id).textContent).join(' ')"
    )
    expect(field(page, label)).to_have_attribute("aria-invalid", "true")
    problems(page).get_by_role("link", name=message).click()
    expect(field(page, label)).to_be_focused()


def test_every_empty_field_is_told_at_once(page: Page) -> None:
    page.goto("/")
    button(page, "Register").click()
    expect(problems(page).get_by_role("link")).to_have_text(
        ["Enter a username.", "Enter your email address.", "Enter a password."]
    )


def test_a_taken_username_is_said_and_another_one_goes_through(
    page: Page, new_page: Callable[..., Page], installation: Installation
) -> None:
    owner = join(new_page(), installation)
    person = somebody()
    fill_registration(page, person)
    field(page, "Username").fill(owner.username.upper())
    button(page, "Register").click()
    problems(page).get_by_role("link", name="That username is taken. Choose another.").click()
    expect(field(page, "Username")).to_be_focused()
    field(page, "Username").fill(person.username)
    button(page, "Register").click()
    see(page, VERIFY)


def test_an_address_with_an_account_is_asked_for_a_code_like_any_other(
    page: Page, new_page: Callable[..., Page], installation: Installation
) -> None:
    owner = join(new_page(), installation)
    fill_registration(page, somebody())
    field(page, "Email address").fill(owner.email)
    button(page, "Register").click()
    see(page, VERIFY)
    expect(page.get_by_role("main")).to_contain_text(f"We sent an email to {owner.email}")


def test_without_javascript_the_page_says_what_it_needs(new_page: Callable[..., Page]) -> None:
    page = new_page(java_script_enabled=False)
    page.goto("/")
    see(page, "JavaScript is off")
