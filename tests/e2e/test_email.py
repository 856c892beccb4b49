"""Another address: the old one stays until the new one is proved, and can be put back."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.network import calls
from tests.e2e.steps import (
    ACCOUNT,
    SIGN_IN,
    UNDO,
    Person,
    button,
    confirm_by_password,
    field,
    join,
    notice,
    problems,
    see,
    sign_in,
    somebody,
    wrong,
)
from tests.installation import Installation


def begin(page: Page, installation: Installation) -> tuple[Person, str]:
    """As far as the question for the code; the person, and the address to be."""
    person, meant = join(page, installation), somebody().email
    field(page, "New email address").fill(meant)
    button(page, "Send a code").click()
    confirm_by_password(page)
    expect(notice(page)).to_contain_text(f"A code is on its way to {meant}.")
    return person, meant


def prove(page: Page, code: str) -> None:
    field(page, "Code").fill(code)
    button(page, "Change address").click()


def change(page: Page, installation: Installation) -> tuple[Person, str]:
    person, meant = begin(page, installation)
    prove(page, installation.code(meant))
    expect(notice(page)).to_have_text("The address is changed.")
    return person, meant


def test_the_code_from_the_new_mailbox_changes_the_address(
    page: Page, new_page: Callable[..., Page], installation: Installation
) -> None:
    _, meant = change(page, installation)
    expect(page.get_by_role("main")).to_contain_text(meant)
    sign_in(new_page(), meant)


def test_until_the_code_is_entered_the_old_address_stays(
    page: Page, new_page: Callable[..., Page], installation: Installation
) -> None:
    person, _ = begin(page, installation)
    expect(page.get_by_role("main")).to_contain_text(person.email)
    sign_in(new_page(), person.email)


def test_a_reload_stays_at_the_question_for_the_code(
    page: Page, installation: Installation
) -> None:
    _, meant = begin(page, installation)
    page.reload()
    see(page, ACCOUNT)
    expect(page.get_by_text(f"A code is on its way to {meant}.")).to_be_visible()
    prove(page, installation.code(meant))
    expect(notice(page)).to_have_text("The address is changed.")


def test_a_wrong_code_is_said_at_its_field(page: Page, installation: Installation) -> None:
    _, meant = begin(page, installation)
    prove(page, wrong(installation.code(meant)))
    problems(page).get_by_role("link", name="That code is wrong. Tries left: 4.").click()
    expect(field(page, "Code")).to_be_focused()
    prove(page, installation.code(meant))
    expect(notice(page)).to_have_text("The address is changed.")


def test_the_link_in_the_old_mailbox_puts_the_address_back_and_signs_out_everywhere(
    page: Page, new_page: Callable[..., Page], installation: Installation
) -> None:
    person, _ = change(page, installation)
    owner = new_page()
    owner.goto(installation.link(person.email))
    see(owner, UNDO)
    button(owner, "Put my old address back").click()
    see(owner, SIGN_IN)
    expect(notice(owner)).to_contain_text("Your old address is back")
    page.reload()
    see(page, SIGN_IN)
    sign_in(owner, person.email)
    expect(owner.get_by_role("main")).to_contain_text(person.email)


def test_opening_the_undo_link_undoes_nothing(
    page: Page, new_page: Callable[..., Page], installation: Installation
) -> None:
    person, meant = change(page, installation)
    owner = new_page()
    sent = calls(owner, "POST")
    owner.goto(installation.link(person.email))
    see(owner, UNDO)
    assert owner.url == f"{installation.url}/#undo"
    assert sent == []
    page.reload()
    see(page, ACCOUNT)
    expect(page.get_by_role("main")).to_contain_text(meant)


def test_an_undo_link_that_was_used_says_so(
    page: Page, new_page: Callable[..., Page], installation: Installation
) -> None:
    person, _ = change(page, installation)
    link = installation.link(person.email)
    owner = new_page()
    owner.goto(link)
    button(owner, "Put my old address back").click()
    see(owner, SIGN_IN)
    owner.goto(link)
    button(owner, "Put my old address back").click()
    expect(problems(owner)).to_contain_text("This link was used already")
