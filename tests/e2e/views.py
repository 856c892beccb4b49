"""Every view that there is, and the way to it."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.factors import add_app, begin, begin_app, make_codes
from tests.e2e.steps import (
    ACTIVITY,
    ADMINISTRATION,
    DELETION,
    EVENTS,
    FORGOT,
    REGISTER,
    RESET,
    SIGN_IN,
    STEP_UP,
    UNDO,
    administer,
    ask_for_a_link,
    button,
    dialog,
    field,
    join,
    open_security,
    problems,
    register,
    said,
    see,
    somebody,
)
from tests.installation import Installation


def _register(page: Page, _installation: Installation) -> None:
    page.goto("/")
    see(page, REGISTER)


def _register_with_errors(page: Page, installation: Installation) -> None:
    _register(page, installation)
    field(page, "Password").fill("short")
    button(page, "Register").click()
    expect(problems(page)).to_be_focused()


def _verify(page: Page, _installation: Installation) -> None:
    register(page)
    page.get_by_text(said(page, "Wrong address?")).click()
    expect(field(page, "New email address")).to_be_visible()


def _sign_in(page: Page, _installation: Installation) -> None:
    page.goto("/#sign-in")
    see(page, SIGN_IN)


def _account(page: Page, installation: Installation) -> None:
    join(page, installation)


def _security(page: Page, installation: Installation) -> None:
    join(page, installation)
    open_security(page)


def _forgot(page: Page, _installation: Installation) -> None:
    page.goto("/#forgot")
    see(page, FORGOT)


def _forgot_sent(page: Page, installation: Installation) -> None:
    ask_for_a_link(page, somebody().email)


def _reset(page: Page, _installation: Installation) -> None:
    page.goto("/#reset/none")
    see(page, RESET)


def _undo(page: Page, _installation: Installation) -> None:
    page.goto("/#undo/none")
    see(page, UNDO)


def _deletion(page: Page, installation: Installation) -> None:
    join(page, installation)
    page.goto("/#delete")
    see(page, DELETION)


def _authenticator_app(page: Page, installation: Installation) -> None:
    join(page, installation)
    begin_app(page)


def _recovery_codes(page: Page, installation: Installation) -> None:
    join(page, installation)
    add_app(page)
    make_codes(page)


def _challenge(page: Page, installation: Installation) -> None:
    person = join(page, installation)
    add_app(page)
    make_codes(page)
    page.context.clear_cookies()
    begin(page, person)
    page.get_by_text(said(page, "Use a recovery code")).click()


def _step_up(page: Page, installation: Installation) -> None:
    join(page, installation)
    button(page, "Download your data").click()
    expect(dialog(page, STEP_UP)).to_be_visible()


def _activity(page: Page, installation: Installation) -> None:
    join(page, installation)
    page.goto("/#activity")
    see(page, ACTIVITY)


def _admin(page: Page, installation: Installation) -> None:
    administer(page, installation)
    page.goto("/#admin")
    see(page, ADMINISTRATION)


def _user(page: Page, installation: Installation) -> None:
    person = administer(page, installation)
    page.goto(f"/#admin/{person.username}")
    page.get_by_role("link", name=person.username, exact=True).click()
    see(page, person.username)


def _question(page: Page, installation: Installation) -> None:
    _user(page, installation)
    button(page, "Delete this account").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def _events(page: Page, installation: Installation) -> None:
    administer(page, installation)
    page.goto("/#events")
    see(page, EVENTS)


def _reference(page: Page, _installation: Installation) -> None:
    page.goto("/api/v1/docs")
    see(page, "Latchstring accounts: the API")


def _mailbox(page: Page, installation: Installation) -> None:
    register(page)
    page.goto("/dev/mailbox")
    see(page, "Local mailbox")


Opening = Callable[[Page, Installation], None]

SITE: dict[str, Opening] = {
    "register": _register,
    "register with errors": _register_with_errors,
    "verify": _verify,
    "sign-in": _sign_in,
    "forgot": _forgot,
    "forgot, sent": _forgot_sent,
    "reset": _reset,
    "undo": _undo,
    "account": _account,
    "security": _security,
    "deletion": _deletion,
    "authenticator app": _authenticator_app,
    "recovery codes": _recovery_codes,
    "challenge": _challenge,
    "step-up": _step_up,
    "activity": _activity,
    "admin": _admin,
    "user": _user,
    "question": _question,
    "events": _events,
}
VIEWS: dict[str, Opening] = {**SITE, "reference": _reference, "mailbox": _mailbox}
