"""Changing one's password."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.steps import (
    ACCOUNT,
    SECURITY,
    SIGN_IN,
    button,
    field,
    fill_sign_in,
    join,
    notice,
    open_security,
    problems,
    see,
    sign_in,
)
from tests.installation import Installation
from tests.support import PASSWORD

ANOTHER = "a slow heron counts umbrellas"


def change(page: Page, current: str, new: str) -> None:
    field(page, "Current password").fill(current)
    field(page, "New password").fill(new)
    button(page, "Change password").click()


def test_a_new_password_signs_in_and_ends_the_other_sessions(
    page: Page, new_page: Callable[..., Page], installation: Installation
) -> None:
    person = join(page, installation)
    other = new_page()
    sign_in(other, person.username)
    open_security(page)
    change(page, PASSWORD, ANOTHER)
    expect(notice(page)).to_contain_text("The password is changed.")
    see(page, SECURITY)
    other.reload()
    see(other, SIGN_IN)
    fill_sign_in(other, person.username, ANOTHER)
    button(other, "Sign in").click()
    see(other, ACCOUNT)


def test_a_wrong_current_password_is_said_at_its_field(
    page: Page, installation: Installation
) -> None:
    join(page, installation)
    open_security(page)
    change(page, "not the current password", ANOTHER)
    problems(page).get_by_role("link", name="The current password is wrong.").click()
    expect(field(page, "Current password")).to_be_focused()


def test_a_weak_new_password_is_said_at_its_field(page: Page, installation: Installation) -> None:
    join(page, installation)
    open_security(page)
    change(page, PASSWORD, "123456789123456789")
    problems(page).get_by_role("link", name="That password is on lists").click()
    expect(field(page, "New password")).to_be_focused()
