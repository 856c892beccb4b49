"""What is sensitive asks in place whether it is oneself, and then goes on."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.network import calls
from tests.e2e.steps import (
    ACTIVITY,
    SIGN_IN,
    STEP_UP,
    button,
    confirm_by_password,
    field,
    join,
    notice,
    see,
    somebody,
)
from tests.installation import Installation
from tests.support import PASSWORD


def question(page: Page) -> Locator:
    return page.get_by_role("dialog", name=STEP_UP)


def ask_for_another_address(page: Page, installation: Installation) -> str:
    join(page, installation)
    meant = somebody().email
    field(page, "New email address").fill(meant)
    button(page, "Send a code").click()
    expect(question(page)).to_be_visible()
    return meant


def test_after_the_proof_the_page_goes_on_with_what_was_being_done(
    page: Page, installation: Installation
) -> None:
    meant = ask_for_another_address(page, installation)
    confirm_by_password(page)
    expect(notice(page)).to_contain_text(f"A code is on its way to {meant}.")
    assert installation.code(meant)


def test_one_proof_is_enough_for_what_follows(page: Page, installation: Installation) -> None:
    ask_for_another_address(page, installation)
    confirm_by_password(page)
    button(page, "Use another address").click()
    meant = somebody().email
    field(page, "New email address").fill(meant)
    button(page, "Send a code").click()
    expect(notice(page)).to_contain_text(f"A code is on its way to {meant}.")
    expect(question(page)).to_have_count(0)


@pytest.mark.parametrize("how", ["Cancel", "Escape"])
def test_whoever_breaks_it_off_is_where_they_were(
    page: Page, installation: Installation, how: str
) -> None:
    meant = ask_for_another_address(page, installation)
    if how == "Cancel":
        question(page).get_by_role("button", name="Cancel").click()
    else:
        page.keyboard.press("Escape")
    expect(question(page)).to_have_count(0)
    expect(button(page, "Send a code")).to_be_focused()
    expect(button(page, "Send a code")).to_be_enabled()
    expect(field(page, "New email address")).to_have_value(meant)
    expect(page.get_by_role("alert")).to_be_hidden()
    assert installation.mails(meant) == []


def test_a_question_goes_with_its_view(page: Page, installation: Installation) -> None:
    ask_for_another_address(page, installation)
    page.goto("/#activity")
    see(page, ACTIVITY)
    expect(question(page)).to_have_count(0)


def test_a_wrong_password_is_said_in_the_question(page: Page, installation: Installation) -> None:
    ask_for_another_address(page, installation)
    dialog = question(page)
    dialog.get_by_label("Password", exact=True).fill("not the password")
    dialog.get_by_role("button", name="Confirm", exact=True).click()
    expect(dialog.get_by_role("alert")).to_be_focused()
    dialog.get_by_role("link", name="The password is wrong.").click()
    expect(dialog.get_by_label("Password", exact=True)).to_be_focused()
    confirm_by_password(page)
    expect(notice(page)).to_contain_text("A code is on its way")


def test_the_question_is_answered_with_the_keyboard_alone(
    page: Page, installation: Installation
) -> None:
    meant = ask_for_another_address(page, installation)
    expect(question(page).get_by_role("heading", name=STEP_UP)).to_be_focused()
    page.keyboard.press("Tab")
    expect(question(page).get_by_label("Password", exact=True)).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(notice(page)).to_contain_text(f"A code is on its way to {meant}.")


def test_a_password_typed_into_the_question_is_nowhere_after_it(
    page: Page, installation: Installation
) -> None:
    ask_for_another_address(page, installation)
    confirm_by_password(page)
    expect(notice(page)).to_contain_text("A code is on its way")
    assert page.locator("dialog").count() == 0


def test_a_session_that_ended_meanwhile_leads_to_signing_in(
    page: Page, installation: Installation
) -> None:
    join(page, installation)
    page.context.clear_cookies()
    proofs = calls(page, "POST")
    field(page, "New email address").fill(somebody().email)
    button(page, "Send a code").click()
    see(page, SIGN_IN)
    assert not [url for url in proofs if "step-up" in url]
