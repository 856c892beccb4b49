"""Passkeys, with an authenticator that Chromium simulates."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.e2e.authenticator import OFFERS_NONE, Authenticator, plugged_into
from tests.e2e.steps import (
    ACCOUNT,
    SIGN_IN,
    STEP_UP,
    VERIFY,
    Person,
    button,
    confirm_by_password,
    field,
    fill_sign_in,
    join,
    notice,
    open_security,
    problems,
    see,
    somebody,
    verify,
)
from tests.installation import Installation
from tests.support import PASSWORD

OPTIONS = "**/passkeys/authentication-options"


@pytest.fixture
def authenticator(page: Page) -> Authenticator:
    return plugged_into(page)


@pytest.fixture
def own(page: Page, authenticator: Authenticator, installation: Installation) -> Person:
    """Somebody who registers with a passkey and no password."""
    person = somebody()
    page.goto("/#register")
    field(page, "Username").fill(person.username)
    field(page, "Email address").fill(person.email)
    button(page, "Register with a passkey instead").click()
    see(page, VERIFY)
    verify(page, installation.code(person.email))
    see(page, ACCOUNT)
    return person


def passkeys(page: Page) -> Locator:
    return page.get_by_role("list", name="Passkeys").get_by_role("listitem")


def sign_out(page: Page) -> None:
    button(page, "Sign out").click()
    see(page, SIGN_IN)


def add_passkey(page: Page, installation: Installation, name: str) -> Person:
    """Somebody with a password adds a passkey."""
    person = join(page, installation)
    open_security(page)
    field(page, "Name of the new passkey").fill(name)
    button(page, "Add a passkey").click()
    confirm_by_password(page)
    expect(notice(page)).to_have_text("The passkey is added.")
    return person


def remove(page: Page, name: str) -> None:
    button(page, f"Remove {name}").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove passkey").click()


def prove_by_passkey(page: Page) -> None:
    dialog = page.get_by_role("dialog", name=STEP_UP)
    dialog.get_by_role("button", name="Use a passkey").click()


def set_first_password(page: Page) -> None:
    field(page, "Password").fill(PASSWORD)
    button(page, "Set password").click()
    prove_by_passkey(page)
    expect(notice(page)).to_contain_text("The password is set.")


def test_registering_with_a_passkey_takes_no_password(
    page: Page, own: Person, authenticator: Authenticator
) -> None:
    assert len(authenticator.passkeys) == 1
    expect(page.get_by_text(f"Signed in as {own.username}")).to_be_visible()
    open_security(page)
    expect(page.get_by_text("You have no password")).to_be_visible()
    expect(passkeys(page)).to_have_count(1)


def test_a_passkey_signs_in_by_the_button(
    page: Page, own: Person, authenticator: Authenticator
) -> None:
    authenticator.touch(touched=False)
    with page.expect_response(OPTIONS):
        sign_out(page)

    def touch(route: Route) -> None:
        authenticator.touch(touched=True)
        route.continue_()

    # Not sooner, or what the field offers might be touched in the button's place.
    page.route(OPTIONS, touch)
    button(page, "Sign in with a passkey").click()
    see(page, ACCOUNT)
    expect(page.get_by_text(f"Signed in as {own.username}")).to_be_visible()


def test_a_passkey_signs_in_from_the_field(
    page: Page, own: Person, authenticator: Authenticator
) -> None:
    # It is touched as soon as the field offers the passkey.
    with page.expect_response("**/sessions/passkey") as answered:
        button(page, "Sign out").click()
    assert answered.value.status == 201
    see(page, ACCOUNT)
    expect(page.get_by_text(f"Signed in as {own.username}")).to_be_visible()


def test_while_a_passkey_is_offered_in_the_field_a_password_signs_in_as_well(
    page: Page, authenticator: Authenticator, installation: Installation
) -> None:
    authenticator.touch(touched=False)
    person = join(page, installation, signed_in=False)
    fill_sign_in(page, person.username, PASSWORD)
    button(page, "Sign in").click()
    see(page, ACCOUNT)


def test_a_passkey_that_the_site_does_not_know_is_said_so(
    page: Page, own: Person, authenticator: Authenticator
) -> None:
    page.add_init_script(OFFERS_NONE)
    page.reload()
    open_security(page)
    set_first_password(page)
    remove(page, "Passkey")
    expect(notice(page)).to_have_text("The passkey is removed.")
    expect(page.get_by_text("You have none yet.")).to_be_visible()
    sign_out(page)
    button(page, "Sign in with a passkey").click()
    expect(problems(page)).to_contain_text("This passkey does not open an account here.")
    see(page, SIGN_IN)


def test_whoever_is_not_recognised_is_told_and_may_try_again(
    page: Page, own: Person, authenticator: Authenticator
) -> None:
    page.add_init_script(OFFERS_NONE)
    page.reload()
    sign_out(page)
    authenticator.recognise(the_person=False)
    button(page, "Sign in with a passkey").click()
    expect(problems(page)).to_contain_text("The passkey was not used.")
    authenticator.recognise(the_person=True)
    button(page, "Sign in with a passkey").click()
    see(page, ACCOUNT)


def test_registering_again_after_a_passkey_that_was_not_made_loses_nothing_typed(
    page: Page, authenticator: Authenticator, installation: Installation
) -> None:
    person = somebody()
    authenticator.recognise(the_person=False)
    page.goto("/#register")
    field(page, "Username").fill(person.username)
    field(page, "Email address").fill(person.email)
    button(page, "Register with a passkey instead").click()
    expect(problems(page)).to_contain_text("The passkey was not used.")
    authenticator.recognise(the_person=True)
    button(page, "Register with a passkey instead").click()
    see(page, VERIFY)
    verify(page, installation.code(person.email))
    see(page, ACCOUNT)


def test_a_passkey_beside_a_password_is_added_named_and_removed(
    page: Page, authenticator: Authenticator, installation: Installation
) -> None:
    add_passkey(page, installation, "Blue key")
    expect(passkeys(page)).to_contain_text("Blue key")
    page.get_by_text("Rename Blue key").click()
    field(page, "New name").fill("Key on the ring")
    button(page, "Rename").click()
    expect(notice(page)).to_have_text("The passkey has a new name.")
    expect(passkeys(page)).to_contain_text("Key on the ring")
    remove(page, "Key on the ring")
    expect(notice(page)).to_have_text("The passkey is removed.")
    expect(passkeys(page)).to_have_count(0)


def test_a_passkey_without_a_name_is_called_after_the_browser(
    page: Page, authenticator: Authenticator, installation: Installation
) -> None:
    add_passkey(page, installation, "")
    expect(passkeys(page)).to_contain_text("Chrome on Linux")


def test_whoever_thinks_better_of_it_keeps_the_passkey(
    page: Page, authenticator: Authenticator, installation: Installation
) -> None:
    add_passkey(page, installation, "Blue key")
    button(page, "Remove Blue key").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(button(page, "Remove Blue key")).to_be_focused()
    expect(passkeys(page)).to_have_count(1)


def test_a_device_is_added_once(
    page: Page, authenticator: Authenticator, installation: Installation
) -> None:
    add_passkey(page, installation, "Blue key")
    button(page, "Add a passkey").click()
    expect(problems(page)).to_contain_text("This device has a passkey for your account already.")


def test_the_last_way_in_stays_and_the_page_says_why(page: Page, own: Person) -> None:
    open_security(page)
    remove(page, "Passkey")
    prove_by_passkey(page)
    expect(problems(page)).to_contain_text("Without this passkey you could not sign in any more.")
    expect(passkeys(page)).to_have_count(1)


def test_a_first_password_is_set_after_a_proof_by_passkey_and_signs_in(
    page: Page, own: Person, authenticator: Authenticator
) -> None:
    authenticator.touch(touched=True)
    open_security(page)
    set_first_password(page)
    expect(page.get_by_text("You have no password")).to_be_hidden()
    authenticator.touch(touched=False)
    sign_out(page)
    fill_sign_in(page, own.username, PASSWORD)
    button(page, "Sign in").click()
    see(page, ACCOUNT)


def test_where_passkeys_cannot_work_none_is_offered(
    visit: Callable[..., Page], installation: Installation
) -> None:
    # WebAuthn knows names, not addresses.
    page = visit(f"http://127.0.0.1:{installation.port}")
    assert page.goto("/#register")
    see(page, "Register")
    expect(button(page, "Register with a passkey instead")).to_be_hidden()
    page.goto("/#sign-in")
    see(page, SIGN_IN)
    expect(button(page, "Sign in with a passkey")).to_be_hidden()
    join(page, installation)
    open_security(page)
    expect(button(page, "Add a passkey")).to_be_hidden()
    expect(page.get_by_text("This browser, or this address of the page,")).to_be_visible()
