"""A forgotten password: a link by mail, which spends nothing before the button is pressed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.network import calls
from tests.e2e.steps import (
    ACCOUNT,
    FORGOT,
    LOOK,
    RESET,
    SIGN_IN,
    ask_for_a_link,
    button,
    field,
    fill_sign_in,
    join,
    notice,
    problems,
    see,
    somebody,
)
from tests.installation import Installation

ANOTHER = "a slow heron counts umbrellas"


def choose(page: Page, link: str, password: str) -> None:
    page.goto(link)
    field(page, "New password").fill(password)
    button(page, "Set password").click()


def test_a_forgotten_password_is_replaced_by_the_link_of_the_mail(
    page: Page, new_page: Callable[..., Page], installation: Installation
) -> None:
    here = new_page()
    person = join(here, installation)
    page.goto("/#sign-in")
    page.get_by_role("link", name="Forgot your password?").click()
    field(page, "Email address").fill(person.email)
    button(page, "Send the link").click()
    see(page, LOOK)
    expect(page.get_by_role("main")).to_contain_text(person.email)
    choose(page, installation.link(person.email), ANOTHER)
    see(page, SIGN_IN)
    expect(notice(page)).to_have_text("The new password is set. Sign in with it.")
    fill_sign_in(page, person.username, ANOTHER)
    button(page, "Sign in").click()
    see(page, ACCOUNT)
    here.reload()
    see(here, SIGN_IN)


def test_opening_the_link_spends_nothing_and_leaves_nothing_in_the_address_bar(
    page: Page, installation: Installation
) -> None:
    person = join(page, installation, signed_in=False)
    ask_for_a_link(page, person.email)
    link = installation.link(person.email)
    sent = calls(page, "POST")
    for _ in range(2):
        page.goto("about:blank")
        page.goto(link)
        see(page, RESET)
    assert page.url == f"{installation.url}/#reset"
    assert sent == []
    choose(page, link, ANOTHER)
    see(page, SIGN_IN)


def test_a_link_that_was_used_leads_to_a_new_one(page: Page, installation: Installation) -> None:
    person = join(page, installation, signed_in=False)
    ask_for_a_link(page, person.email)
    link = installation.link(person.email)
    choose(page, link, ANOTHER)
    see(page, SIGN_IN)
    choose(page, link, "another heron counts again")
    expect(problems(page)).to_contain_text("This link was used already")
    problems(page).get_by_role("link", name="Have a new link sent").click()
    see(page, FORGOT)


@pytest.mark.parametrize("known", [True, False])
def test_the_page_says_the_same_of_known_and_unknown_addresses(
    page: Page, installation: Installation, known: bool
) -> None:
    email = join(page, installation, signed_in=False).email if known else somebody().email
    ask_for_a_link(page, email)
    expect(page.get_by_role("main")).to_contain_text(
        f"An email is on its way to {email}. If the address has an account"
    )


def test_a_weak_password_is_refused_at_its_field_and_the_link_stays_good(
    page: Page, installation: Installation
) -> None:
    person = join(page, installation, signed_in=False)
    ask_for_a_link(page, person.email)
    choose(page, installation.link(person.email), "123456789123456789")
    problems(page).get_by_role("link", name="That password is on lists").click()
    expect(field(page, "New password")).to_be_focused()
    field(page, "New password").fill(ANOTHER)
    button(page, "Set password").click()
    see(page, SIGN_IN)


def test_the_link_can_be_asked_for_again(page: Page) -> None:
    ask_for_a_link(page, somebody().email)
    page.get_by_role("link", name="Send it again").click()
    see(page, FORGOT)
