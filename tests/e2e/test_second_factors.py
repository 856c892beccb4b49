"""An authenticator app after the password, and recovery codes in its place."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote

import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.factors import APP, add_app, begin, begin_app, key, make_codes, use_recovery_code
from tests.e2e.steps import (
    ACCOUNT,
    SECURITY,
    SIGN_IN,
    STEP_UP,
    button,
    confirm_by_password,
    field,
    join,
    notice,
    open_account,
    open_security,
    problems,
    see,
    sign_in,
    somebody,
    wrong,
)
from tests.installation import Installation


def test_the_code_of_the_app_signs_in_after_the_password(
    page: Page, new_page: Callable[..., Page], installation: Installation
) -> None:
    person = join(page, installation)
    phone = add_app(page)
    other = new_page()
    begin(other, person)
    field(other, APP).fill(phone.code())
    button(other, "Continue").click()
    see(other, ACCOUNT)


def test_the_qr_code_holds_the_key_that_is_shown(page: Page, installation: Installation) -> None:
    join(page, installation)
    open_security(page)
    with page.expect_response("**/users/me/totp") as refused:
        button(page, "Set up an authenticator app").click()
    assert refused.value.status == 403
    with page.expect_response("**/users/me/totp") as begun:
        confirm_by_password(page)
    image = page.get_by_role("img", name="QR code for the authenticator app")
    expect(image).to_be_visible()
    assert image.evaluate("image => image.naturalWidth") > 0
    assert unquote(image.get_attribute("src").partition(",")[2]) == begun.value.json()["qr"]
    assert key(page) == begun.value.json()["secret"]


def test_a_wrong_code_is_said_and_the_next_one_goes_through(
    page: Page, new_page: Callable[..., Page], installation: Installation
) -> None:
    person = join(page, installation)
    phone = add_app(page)
    other = new_page()
    begin(other, person)
    code = phone.code()
    field(other, APP).fill(wrong(code))
    button(other, "Continue").click()
    problems(other).get_by_role("link", name="That code is wrong").click()
    expect(field(other, APP)).to_be_focused()
    field(other, APP).fill(code)
    button(other, "Continue").click()
    see(other, ACCOUNT)


def test_a_wrong_code_does_not_confirm_an_app(page: Page, installation: Installation) -> None:
    join(page, installation)
    begin_app(page)
    field(page, "Code from the app").fill(wrong(pyotp.TOTP(key(page)).now()))
    button(page, "Confirm").click()
    problems(page).get_by_role("link", name="That code is wrong").click()
    expect(field(page, "Code from the app")).to_be_focused()


def test_a_recovery_code_signs_in_once(
    page: Page, new_page: Callable[..., Page], installation: Installation
) -> None:
    person = join(page, installation)
    add_app(page)
    codes = make_codes(page)
    assert len(set(codes)) == 10
    first, second = new_page(), new_page()
    begin(first, person)
    use_recovery_code(first, codes[0])
    see(first, ACCOUNT)
    begin(second, person)
    use_recovery_code(second, codes[0])
    expect(problems(second)).to_contain_text("That code is wrong, or was used before.")
    field(second, "Recovery code").fill(codes[1])
    button(second, "Use recovery code").click()
    see(second, ACCOUNT)


def test_recovery_codes_are_shown_once(page: Page, installation: Installation) -> None:
    join(page, installation)
    add_app(page)
    codes = make_codes(page)
    page.reload()
    see(page, SECURITY)
    expect(page.get_by_text("You have some. New ones take their place.")).to_be_visible()
    expect(page.get_by_role("main")).not_to_contain_text(codes[0])


def test_new_recovery_codes_replace_the_old_only_when_that_is_wanted(
    page: Page, installation: Installation
) -> None:
    join(page, installation)
    add_app(page)
    codes = make_codes(page)
    button(page, "Make recovery codes").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("main")).to_contain_text(codes[0])
    button(page, "Make recovery codes").click()
    page.get_by_role("dialog").get_by_role("button", name="Make new codes").click()
    expect(page.get_by_role("main")).not_to_contain_text(codes[0])
    expect(page.get_by_role("list", name="Recovery codes").get_by_role("listitem")).to_have_count(
        10
    )


def test_recovery_codes_can_be_copied(page: Page, installation: Installation) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=installation.url)
    join(page, installation)
    add_app(page)
    codes = make_codes(page)
    button(page, "Copy").click()
    expect(notice(page)).to_have_text("The codes are copied.")
    assert page.evaluate("() => navigator.clipboard.readText()") == "\n".join(codes)


def test_on_paper_are_the_codes_and_nothing_else(page: Page, installation: Installation) -> None:
    join(page, installation)
    add_app(page)
    make_codes(page)
    page.evaluate("() => { window.print = () => { window.printed = true; }; }")
    button(page, "Print").click()
    assert page.evaluate("() => window.printed")
    page.emulate_media(media="print")
    expect(page.get_by_role("list", name="Recovery codes")).to_be_visible()
    expect(page.get_by_role("heading", name="Sessions")).to_be_hidden()
    expect(page.get_by_role("button", name="Copy")).to_be_hidden()


def test_without_the_app_the_password_alone_signs_in_again(
    page: Page, new_page: Callable[..., Page], installation: Installation
) -> None:
    person = join(page, installation)
    add_app(page)
    button(page, "Remove the authenticator app").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove app").click()
    expect(notice(page)).to_contain_text("The authenticator app is removed")
    expect(button(page, "Set up an authenticator app")).to_be_visible()
    sign_in(new_page(), person.username)


@pytest.mark.parametrize("how", ["reload", "link"])
def test_a_question_for_the_code_that_was_left_begins_again(
    page: Page, new_page: Callable[..., Page], installation: Installation, how: str
) -> None:
    person = join(page, installation)
    add_app(page)
    other = new_page()
    begin(other, person)
    if how == "reload":
        other.reload()
    else:
        other.get_by_role("link", name="Start again").click()
    see(other, SIGN_IN)


def test_too_many_wrong_codes_lead_back_to_the_password(
    page: Page, new_page: Callable[..., Page], installation: Installation
) -> None:
    person = join(page, installation)
    phone = add_app(page)
    other = new_page()
    begin(other, person)
    code = phone.code()
    for _ in range(5):
        field(other, APP).fill(wrong(code))
        button(other, "Continue").click()
        expect(problems(other)).to_contain_text("That code is wrong")
    field(other, APP).fill(code)
    button(other, "Continue").click()
    see(other, SIGN_IN)
    expect(notice(other)).to_contain_text("Sign in again.")


def test_a_code_of_the_app_is_a_proof_too(
    page: Page, new_page: Callable[..., Page], installation: Installation
) -> None:
    person = join(page, installation)
    phone = add_app(page)
    codes = make_codes(page)
    other = new_page()
    begin(other, person)
    use_recovery_code(other, codes[0])
    see(other, ACCOUNT)
    open_account(other)
    meant = somebody().email
    field(other, "New email address").fill(meant)
    button(other, "Send a code").click()
    dialog = other.get_by_role("dialog", name=STEP_UP)
    dialog.get_by_label(APP).fill(phone.code())
    dialog.get_by_role("button", name="Confirm with the code").click()
    expect(notice(other)).to_contain_text(f"A code is on its way to {meant}.")
