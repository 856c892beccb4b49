"""A slow network shows that it is waited for, and a dead one loses nothing that was typed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.network import hold
from tests.e2e.steps import (
    ACCOUNT,
    REGISTER,
    VERIFY,
    button,
    field,
    fill_registration,
    fill_sign_in,
    join,
    notice,
    problems,
    register,
    see,
    sign_in,
    somebody,
)
from tests.installation import Installation
from tests.support import PASSWORD

OFFLINE = "There is no connection to the server."


def test_while_the_answer_is_awaited_the_button_says_so_and_keeps_the_focus(page: Page) -> None:
    fill_registration(page, somebody())
    release = hold(page, "POST", "users")
    button(page, "Register").click()
    expect(button(page, "Register")).to_be_disabled()
    expect(button(page, "Register")).to_be_focused()
    release()
    see(page, VERIFY)


def test_after_a_refusal_the_button_can_be_pressed_again(
    page: Page, installation: Installation
) -> None:
    person = join(page, installation, signed_in=False)
    fill_sign_in(page, person.username, "a wrong password altogether")
    button(page, "Sign in").click()
    expect(problems(page)).to_be_focused()
    field(page, "Password").fill(PASSWORD)
    button(page, "Sign in").click()
    see(page, ACCOUNT)


def test_without_a_network_a_registration_stays_and_goes_out_later(
    page: Page, installation: Installation
) -> None:
    person = somebody()
    fill_registration(page, person)
    page.context.set_offline(True)
    button(page, "Register").click()
    expect(problems(page)).to_contain_text(OFFLINE)
    expect(field(page, "Username")).to_have_value(person.username)
    expect(field(page, "Email address")).to_have_value(person.email)
    expect(field(page, "Password")).to_have_value(PASSWORD)
    page.context.set_offline(False)
    button(page, "Register").click()
    see(page, VERIFY)
    assert len(installation.mails(person.email)) == 1


def test_without_a_network_a_code_stays_and_goes_out_later(
    page: Page, installation: Installation
) -> None:
    code = installation.code(register(page).email)
    field(page, "Code").fill(code)
    page.context.set_offline(True)
    button(page, "Verify").click()
    expect(problems(page)).to_contain_text(OFFLINE)
    expect(field(page, "Code")).to_have_value(code)
    page.context.set_offline(False)
    button(page, "Verify").click()
    see(page, ACCOUNT)


def test_without_a_network_a_changed_profile_stays_and_goes_out_later(
    page: Page, installation: Installation
) -> None:
    join(page, installation)
    field(page, "Display name").fill("Ann")
    page.context.set_offline(True)
    button(page, "Save").click()
    expect(problems(page)).to_contain_text(OFFLINE)
    expect(field(page, "Display name")).to_have_value("Ann")
    page.context.set_offline(False)
    button(page, "Save").click()
    expect(notice(page)).to_have_text("Saved.")


def test_an_account_that_cannot_be_fetched_is_fetched_on_request(
    page: Page, installation: Installation
) -> None:
    person = join(page, installation, signed_in=False)
    sign_in(page, person.username)
    page.context.set_offline(True)
    page.get_by_role("link", name="Latchstring").click()
    expect(problems(page)).to_contain_text(OFFLINE)
    page.context.set_offline(False)
    button(page, "Try again").click()
    expect(button(page, "Sign out")).to_be_visible()


def test_a_registration_whose_answer_was_lost_is_sent_again_without_a_second_mail(
    page: Page, installation: Installation
) -> None:
    def lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    person = somebody()
    fill_registration(page, person)
    page.route("**/api/v1/users", lose_the_answer, times=1)
    button(page, "Register").click()
    expect(problems(page)).to_contain_text(OFFLINE)
    button(page, "Register").click()
    see(page, VERIFY)
    assert len(installation.mails(person.email)) == 1


@pytest.mark.parametrize("status", [502, 503])
def test_an_answer_that_is_not_the_api_s_is_said_in_words(
    page: Page, complaints: list[str], status: int
) -> None:
    def stand_before(route: Route) -> None:
        route.fulfill(status=status, content_type="text/html", body="<h1>Bad gateway</h1>")

    fill_registration(page, somebody())
    page.route("**/api/v1/users", stand_before, times=1)
    button(page, "Register").click()
    expect(problems(page)).to_contain_text("The service cannot answer just now.")
    assert f"status of {status}" in complaints.pop()
    button(page, "Register").click()
    see(page, VERIFY)


def test_whoever_went_elsewhere_meanwhile_is_not_called_back(
    page: Page, new_page: Callable[..., Page], installation: Installation
) -> None:
    owner = join(new_page(), installation)
    fill_sign_in(page, owner.username, "a wrong password altogether")
    release = hold(page, "POST", "sessions")
    button(page, "Sign in").click()
    page.get_by_role("link", name="Register", exact=True).click()
    see(page, REGISTER)
    with page.expect_response("**/api/v1/sessions"):
        release()
    see(page, REGISTER)
    expect(problems(page)).to_be_hidden()
