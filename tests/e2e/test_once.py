"""However often a button is pressed while the answer is on its way, it is asked for once."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from re import Pattern

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.network import calls, hold
from tests.e2e.steps import (
    ACCOUNT,
    SIGN_IN,
    VERIFY,
    button,
    field,
    fill_registration,
    fill_sign_in,
    join,
    notice,
    open_security,
    register,
    see,
    sign_in,
    somebody,
)
from tests.installation import Installation


@dataclass(frozen=True)
class Action:
    """A button, what comes before it, the call that it makes, and what is seen after it."""

    button: str | Pattern[str]
    method: str
    path: str
    prepare: Callable[[Page, Installation], None]
    done: Callable[[Page], None]


def _registration(page: Page, _installation: Installation) -> None:
    fill_registration(page, somebody())


def _code(page: Page, installation: Installation) -> None:
    person = register(page)
    field(page, "Code").fill(installation.code(person.email))


def _address(page: Page, _installation: Installation) -> None:
    register(page)
    page.get_by_text("Wrong address?").click()
    field(page, "New email address").fill(somebody().email)


def _credentials(page: Page, installation: Installation) -> None:
    fill_sign_in(page, join(page, installation, signed_in=False).username)


def _profile(page: Page, installation: Installation) -> None:
    join(page, installation)
    field(page, "Display name").fill("Ann")


def _two_sessions(page: Page, installation: Installation) -> None:
    person = join(page, installation, signed_in=False)
    sign_in(page, person.username)
    open_security(page)


def _account(page: Page, installation: Installation) -> None:
    join(page, installation)


def _view(heading: str) -> Callable[[Page], None]:
    return lambda page: see(page, heading)


def _notice(words: str) -> Callable[[Page], None]:
    return lambda page: expect(notice(page)).to_contain_text(words)


ANOTHER = re.compile("^End session on ")
ACTIONS = [
    Action("Register", "POST", "users", _registration, _view(VERIFY)),
    Action("Verify", "POST", "registrations/*/verify", _code, _view(ACCOUNT)),
    Action("Change address", "PATCH", "registrations/*", _address, _notice("A new code")),
    Action("Sign in", "POST", "sessions", _credentials, _view(ACCOUNT)),
    Action("Save", "PATCH", "users/me", _profile, _notice("Saved.")),
    Action(ANOTHER, "DELETE", "sessions/*", _two_sessions, _notice("ended")),
    Action("End all other sessions", "DELETE", "sessions", _two_sessions, _notice("ended")),
    Action("Sign out", "DELETE", "sessions/current", _account, _view(SIGN_IN)),
]


def _double_click(pressed: Locator) -> None:
    pressed.dblclick()


def _double_enter(pressed: Locator) -> None:
    pressed.focus()
    pressed.page.keyboard.press("Enter")
    pressed.page.keyboard.press("Enter")


@pytest.mark.parametrize("press", [_double_click, _double_enter])
@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.path)
def test_pressing_twice_asks_once(
    page: Page, installation: Installation, action: Action, press: Callable[[Locator], None]
) -> None:
    action.prepare(page, installation)
    release = hold(page, action.method, action.path)
    made = calls(page, action.method)
    press(button(page, action.button))
    release()
    action.done(page)
    assert len(made) == 1


def test_a_double_click_makes_one_registration_with_one_mail(
    page: Page, installation: Installation
) -> None:
    person = somebody()
    fill_registration(page, person)
    button(page, "Register").dblclick()
    see(page, VERIFY)
    assert len(installation.mails(person.email)) == 1
