"""Administration: an admin finds, looks at and changes the accounts of others."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.factors import add_app
from tests.e2e.steps import (
    ADMINISTRATION,
    EVENTS,
    SIGN_IN,
    Person,
    administer,
    button,
    confirm_by_password,
    field,
    fill_sign_in,
    join,
    notice,
    problems,
    see,
    sign_in,
    somebody,
)
from tests.installation import Installation


@pytest.fixture
def admin(page: Page, installation: Installation) -> Person:
    return administer(page, installation)


@pytest.fixture
def other(new_page: Callable[..., Page]) -> Page:
    """Somebody else's browser."""
    return new_page()


def users(page: Page) -> Locator:
    return page.get_by_role("list", name="Users").get_by_role("listitem")


def events(page: Page) -> Locator:
    return page.get_by_role("list", name="Event log").get_by_role("listitem")


def search(page: Page, prefix: str) -> None:
    field(page, "Username begins with").fill(prefix)
    button(page, "Search").click()


def open_user(page: Page, person: Person) -> None:
    page.goto("/#admin")
    see(page, ADMINISTRATION)
    field(page, "Email address").fill(person.email)
    button(page, "Find").click()
    see(page, person.username)


def test_only_an_admin_has_the_way_to_administration(
    page: Page, other: Page, installation: Installation, admin: Person
) -> None:
    link = page.get_by_role("navigation").get_by_role("link", name="Administration")
    expect(link).to_be_visible()
    join(other, installation)
    expect(other.get_by_role("link", name="Security")).to_be_visible()
    expect(other.get_by_role("link", name="Administration")).to_be_hidden()
    other.goto("/#admin")
    expect(problems(other)).to_contain_text("There is nothing here for you.")


def test_users_are_found_by_how_their_name_begins(
    page: Page, other: Page, installation: Installation, admin: Person
) -> None:
    person = join(other, installation, Person("zoe.found", "zoe.found@example.com"))
    page.get_by_role("link", name="Administration").click()
    see(page, ADMINISTRATION)
    search(page, "zoe.f")
    expect(users(page)).to_have_count(1)
    expect(users(page)).not_to_contain_text(person.email)
    page.get_by_role("link", name=person.username).click()
    see(page, person.username)
    expect(page.get_by_role("main")).to_contain_text(person.email)
    page.go_back()
    expect(users(page)).to_have_count(1)
    expect(field(page, "Username begins with")).to_have_value("zoe.f")


def test_a_name_that_nobody_has_finds_nobody_and_says_so(page: Page, admin: Person) -> None:
    page.goto("/#admin")
    see(page, ADMINISTRATION)
    search(page, "nobody.is.called.this")
    expect(page.get_by_text("No username begins like this.")).to_be_visible()
    expect(users(page)).to_have_count(0)


def test_many_users_come_page_by_page(
    page: Page, other: Page, installation: Installation, admin: Person
) -> None:
    for number in range(27):
        name = f"many{number:02}"
        join(other, installation, Person(name, f"{name}@example.com"), signed_in=False)
    page.goto("/#admin/many")
    expect(users(page)).to_have_count(25)
    button(page, "Show more").click()
    expect(users(page)).to_have_count(27)
    expect(users(page).nth(25)).to_be_focused()
    expect(button(page, "Show more")).to_be_hidden()


def test_an_address_finds_its_user_and_no_other_does(
    page: Page, other: Page, installation: Installation, admin: Person
) -> None:
    person = join(other, installation)
    open_user(page, person)
    page.goto("/#admin")
    see(page, ADMINISTRATION)
    field(page, "Email address").fill(somebody().email)
    button(page, "Find").click()
    problems(page).get_by_role("link", name="There is no such user.").click()
    expect(field(page, "Email address")).to_be_focused()


def test_a_disabled_user_is_signed_out_and_stays_out_until_enabled(
    page: Page, other: Page, installation: Installation, admin: Person
) -> None:
    person = join(other, installation)
    open_user(page, person)
    button(page, "Disable").click()
    expect(notice(page)).to_contain_text("The account is disabled")
    expect(button(page, "Disable")).to_be_hidden()
    other.reload()
    see(other, SIGN_IN)
    fill_sign_in(other, person.username)
    button(other, "Sign in").click()
    expect(problems(other)).to_contain_text("The username, email address or password is wrong.")
    button(page, "Enable").click()
    expect(notice(page)).to_have_text("The account is enabled.")
    sign_in(other, person.username)


def test_all_sessions_of_a_user_are_ended(
    page: Page, other: Page, installation: Installation, admin: Person
) -> None:
    person = join(other, installation)
    open_user(page, person)
    button(page, "End all sessions").click()
    expect(notice(page)).to_have_text("All sessions of the account have ended.")
    other.reload()
    see(other, SIGN_IN)


def test_roles_are_given_after_a_proof(
    page: Page, other: Page, installation: Installation, admin: Person
) -> None:
    person = join(other, installation)
    open_user(page, person)
    field(page, "Roles").fill("admin support")
    button(page, "Save roles").click()
    confirm_by_password(page)
    expect(notice(page)).to_have_text("The roles are saved.")
    sign_in(other, person.username)
    expect(other.get_by_role("link", name="Administration")).to_be_visible()


def test_the_second_factors_of_somebody_who_lost_them_are_reset(
    page: Page, other: Page, installation: Installation, admin: Person
) -> None:
    person = join(other, installation)
    add_app(other)
    open_user(page, person)
    button(page, "Reset second factors").click()
    question = page.get_by_role("dialog", name=f"Reset the second factors of {person.username}?")
    question.get_by_role("button", name="Reset second factors").click()
    confirm_by_password(page)
    expect(notice(page)).to_contain_text("The second factors are reset.")
    expect(button(page, "Reset second factors")).to_be_hidden()
    other.context.clear_cookies()
    sign_in(other, person.username)


def test_a_role_that_is_none_is_said_at_its_field(
    page: Page, other: Page, installation: Installation, admin: Person
) -> None:
    open_user(page, join(other, installation))
    field(page, "Roles").fill("Not/A/Role")
    button(page, "Save roles").click()
    confirm_by_password(page)
    problems(page).get_by_role("link", name="Use names of lower-case letters").click()
    expect(field(page, "Roles")).to_be_focused()


def test_a_user_is_deleted_after_a_question_and_a_proof(
    page: Page, other: Page, installation: Installation, admin: Person
) -> None:
    person = join(other, installation)
    open_user(page, person)
    button(page, "Delete this account").click()
    question = page.get_by_role("dialog", name=f"Delete the account {person.username}?")
    question.get_by_role("button", name="Delete account").click()
    confirm_by_password(page)
    see(page, ADMINISTRATION)
    expect(notice(page)).to_have_text(f"The account {person.username} is deleted.")
    other.reload()
    see(other, SIGN_IN)


def test_the_event_log_tells_who_did_what_to_whom(
    page: Page, other: Page, installation: Installation, admin: Person
) -> None:
    person = join(other, installation)
    open_user(page, person)
    identity = page.get_by_role("definition").last.inner_text()
    button(page, "Disable").click()
    expect(notice(page)).to_contain_text("The account is disabled")
    page.get_by_role("link", name="Events of this account").click()
    see(page, EVENTS)
    disabled = events(page).filter(has_text="The account was disabled")
    expect(disabled).to_contain_text(f"Account {identity}")
    expect(disabled).to_contain_text("By ")
    page.get_by_role("link", name="Show all").click()
    expect(page.get_by_text("What has happened to all accounts")).to_be_visible()
    expect(events(page).filter(has_text="The account was disabled").first).to_be_visible()
