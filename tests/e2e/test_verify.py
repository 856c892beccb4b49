"""Proving one's mailbox: the code, the link in the mail, and an address that was mistyped."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.network import calls
from tests.e2e.steps import (
    ACCOUNT,
    SIGN_IN,
    VERIFY,
    button,
    field,
    notice,
    problems,
    register,
    see,
    somebody,
    verify,
    wrong,
)
from tests.installation import Installation


def test_a_wrong_code_says_how_many_tries_are_left(page: Page, installation: Installation) -> None:
    person = register(page)
    code = installation.code(person.email)
    for left in (4, 3):
        verify(page, wrong(code))
        expect(problems(page)).to_contain_text(f"That code is wrong. Tries left: {left}.")
    verify(page, code)
    see(page, ACCOUNT)


def test_after_five_wrong_tries_the_page_asks_for_a_new_code(
    page: Page, installation: Installation
) -> None:
    person = register(page)
    code = installation.code(person.email)
    for left in range(4, -1, -1):
        verify(page, wrong(code))
        expect(problems(page)).to_contain_text(f"Tries left: {left}.")
    verify(page, code)
    expect(problems(page)).to_contain_text("no longer works. Send a new code.")


def test_a_code_copied_with_spaces_is_taken(page: Page, installation: Installation) -> None:
    person = register(page)
    code = installation.code(person.email)
    verify(page, f" {code[:3]} {code[3:]} ")
    see(page, ACCOUNT)


def test_a_reload_keeps_the_question_for_the_code(page: Page, installation: Installation) -> None:
    person = register(page)
    page.reload()
    see(page, VERIFY)
    expect(page.get_by_role("main")).to_contain_text(f"We sent an email to {person.email}")
    verify(page, installation.code(person.email))
    see(page, ACCOUNT)


def test_the_link_of_the_mail_fills_in_the_code(
    page: Page, new_page: Callable[..., Page], installation: Installation
) -> None:
    person = register(page)
    elsewhere = new_page()
    elsewhere.goto(installation.link(person.email))
    expect(field(elsewhere, "Code")).to_have_value(installation.code(person.email))


def test_the_link_works_in_the_tab_that_asks_for_the_code(
    page: Page, installation: Installation
) -> None:
    person = register(page)
    page.goto(installation.link(person.email))
    expect(field(page, "Code")).to_have_value(installation.code(person.email))
    button(page, "Verify").click()
    see(page, ACCOUNT)


def test_the_code_of_the_link_is_gone_from_the_address_bar(
    page: Page, new_page: Callable[..., Page], installation: Installation
) -> None:
    person = register(page)
    elsewhere = new_page()
    elsewhere.goto(installation.link(person.email))
    expect(field(elsewhere, "Code")).not_to_be_empty()
    assert elsewhere.url == f"{installation.url}/#verify"


def test_opening_the_link_spends_nothing_however_often(
    page: Page, new_page: Callable[..., Page], installation: Installation
) -> None:
    person = register(page)
    elsewhere = new_page()
    sent = calls(elsewhere, "POST")
    for _ in range(2):
        elsewhere.goto("about:blank")
        elsewhere.goto(installation.link(person.email))
        expect(field(elsewhere, "Code")).not_to_be_empty()
    assert sent == []
    button(elsewhere, "Verify").click()
    see(elsewhere, ACCOUNT)


def test_a_link_that_was_used_up_leads_to_signing_in(
    page: Page, new_page: Callable[..., Page], installation: Installation
) -> None:
    person = register(page)
    link = installation.link(person.email)
    verify(page, installation.code(person.email))
    see(page, ACCOUNT)
    elsewhere = new_page()
    elsewhere.goto(link)
    button(elsewhere, "Verify").click()
    expect(problems(elsewhere)).to_contain_text("This email address has an account already.")
    problems(elsewhere).get_by_role("link", name="Sign in").click()
    see(elsewhere, SIGN_IN)


def test_a_mistyped_address_is_replaced_and_the_old_code_dies(
    page: Page, installation: Installation
) -> None:
    mistyped, meant = register(page).email, somebody().email
    page.get_by_text("Wrong address?").click()
    field(page, "New email address").fill(meant)
    button(page, "Change address").click()
    expect(notice(page)).to_have_text(f"A new code is on its way to {meant}.")
    verify(page, installation.code(mistyped))
    expect(problems(page)).to_contain_text("That code is wrong.")
    verify(page, installation.code(meant))
    see(page, ACCOUNT)
    expect(page.get_by_role("main")).to_contain_text(meant)


@pytest.mark.parametrize("typed", ["", "ann", "ann@nowhere"])
def test_a_new_address_that_is_none_is_refused_at_its_field(page: Page, typed: str) -> None:
    register(page)
    page.get_by_text("Wrong address?").click()
    field(page, "New email address").fill(typed)
    button(page, "Change address").click()
    problems(page).get_by_role("link").click()
    expect(field(page, "New email address")).to_be_focused()
