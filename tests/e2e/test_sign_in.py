"""Signing in and out on the page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.steps import (
    ACCOUNT,
    SIGN_IN,
    button,
    fill_sign_in,
    join,
    notice,
    problems,
    see,
    sign_in,
)
from tests.installation import Installation, running


@pytest.mark.parametrize("identifier", ["username", "email"])
def test_after_signing_out_either_name_signs_in_again(
    page: Page, installation: Installation, identifier: str
) -> None:
    person = join(page, installation)
    button(page, "Sign out").click()
    see(page, SIGN_IN)
    expect(notice(page)).to_have_text("You are signed out.")
    sign_in(page, getattr(person, identifier))
    expect(page.get_by_text(f"Signed in as {person.username}")).to_be_visible()


def test_a_restart_of_the_server_loses_neither_account_nor_session(
    visit: Callable[..., Page], tmp_path: Path
) -> None:
    with running(tmp_path) as installation:
        page = visit(installation.url)
        person = join(page, installation)
        installation.stop()
        installation.start()
        page.reload()
        see(page, ACCOUNT)
        button(page, "Sign out").click()
        see(page, SIGN_IN)
        sign_in(page, person.username)


@pytest.mark.parametrize("known", [True, False])
def test_a_refused_sign_in_tells_not_whether_the_account_exists(
    page: Page, installation: Installation, known: bool
) -> None:
    person = join(page, installation, signed_in=False)
    fill_sign_in(page, person.username if known else "nobody", "a wrong password altogether")
    button(page, "Sign in").click()
    expect(problems(page).get_by_role("listitem")).to_have_text(
        "The username, email address or password is wrong."
    )
    see(page, SIGN_IN)


def test_whoever_is_signed_in_finds_the_account_at_the_bare_address(
    page: Page, installation: Installation
) -> None:
    person = join(page, installation, signed_in=False)
    sign_in(page, person.username)
    page.goto("about:blank")
    page.goto("/")
    see(page, ACCOUNT)
    expect(page.get_by_text(f"Signed in as {person.username}")).to_be_visible()


def test_the_account_of_nobody_asks_to_sign_in(page: Page) -> None:
    page.goto("/#account")
    see(page, SIGN_IN)
    expect(notice(page)).to_have_text("Sign in to see your account.")


def test_going_back_after_signing_out_shows_nothing_of_the_account(
    page: Page, installation: Installation
) -> None:
    person = join(page, installation, signed_in=False)
    sign_in(page, person.username)
    button(page, "Sign out").click()
    see(page, SIGN_IN)
    page.go_back()
    see(page, SIGN_IN)
    expect(page.get_by_role("main")).not_to_contain_text(person.email)
