"""What people do on the page, in its own words: the English ones, whatever its language."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from re import Pattern

from playwright.sync_api import Locator, Page, expect

from backend.languages import SOURCE, words
from tests.installation import Installation
from tests.support import PASSWORD

# The views, by their headings.
REGISTER = "Register"
VERIFY = "Verify your email address"
SIGN_IN = "Sign in"
ACCOUNT = "Your account"
SECURITY = "Security"
ACTIVITY = "Activity"
ADMINISTRATION = "Administration"
EVENTS = "Event log"
CHALLENGE = "Enter a code"
STEP_UP = "Confirm that it is you"
DELETION = "Delete your account?"
FORGOT = "Forgotten password"
LOOK = "Look into your mailbox"
RESET = "Choose a new password"
UNDO = "Undo the change of address"

_serial = itertools.count(1)


@dataclass(frozen=True)
class Person:
    username: str
    email: str


def somebody() -> Person:
    name = f"ann{next(_serial)}"
    return Person(name, f"{name}@example.com")


def said(page: Page, text: str) -> str:
    """The page's words for a text, in its own language."""
    language = page.locator("html").get_attribute("lang") or SOURCE
    return words(language).gettext(text)


def field(page: Page, label: str) -> Locator:
    return page.get_by_label(said(page, label), exact=True).and_(page.locator("input, select"))


def button(page: Page, name: str | Pattern[str]) -> Locator:
    wanted = said(page, name) if isinstance(name, str) else name
    return page.get_by_role("button", name=wanted, exact=True)


def dialog(page: Page, name: str) -> Locator:
    return page.get_by_role("dialog", name=said(page, name))


def problems(page: Page) -> Locator:
    return page.get_by_role("alert")


def notice(page: Page) -> Locator:
    return page.get_by_role("status")


def see(page: Page, heading: str) -> None:
    """The view with this heading is open."""
    name = said(page, heading)
    expect(page.get_by_role("heading", name=name, exact=True, level=1)).to_be_visible()


def fill_registration(page: Page, person: Person) -> None:
    page.goto("/#register")
    field(page, "Username").fill(person.username)
    field(page, "Email address").fill(person.email)
    field(page, "Password").fill(PASSWORD)


def register(page: Page) -> Person:
    """As far as the question for the code."""
    person = somebody()
    fill_registration(page, person)
    button(page, "Register").click()
    see(page, VERIFY)
    return person


def verify(page: Page, code: str) -> None:
    field(page, "Code").fill(code)
    button(page, "Verify").click()


def join(
    page: Page,
    installation: Installation,
    who: Person | None = None,
    *,
    signed_in: bool = True,
    **members: str,
) -> Person:
    """Somebody new with an account, made without the page, whose account view is open."""
    person = who or somebody()
    request = page.context.request
    body = {"username": person.username, "email": person.email, "password": PASSWORD, **members}
    begun = request.post("/api/v1/users", data=body)
    assert begun.status == 202, begun.text()
    proof = f"/api/v1/registrations/{begun.json()['registration']['id']}/verify"
    proved = request.post(proof, data={"code": installation.code(person.email)})
    assert proved.status == 201, proved.text()
    if signed_in:
        page.goto("/#account")
        see(page, ACCOUNT)
    else:
        page.context.clear_cookies()
    return person


def fill_sign_in(page: Page, identifier: str, password: str = PASSWORD) -> None:
    page.goto("/#sign-in")
    field(page, "Username or email address").fill(identifier)
    field(page, "Password").fill(password)


def sign_in(page: Page, identifier: str) -> None:
    fill_sign_in(page, identifier)
    button(page, "Sign in").click()
    see(page, ACCOUNT)


def ask_for_a_link(page: Page, email: str) -> None:
    """To choose a new password with."""
    page.goto("/#forgot")
    field(page, "Email address").fill(email)
    button(page, "Send the link").click()
    see(page, LOOK)


def open_security(page: Page) -> None:
    page.goto("/#security")
    see(page, SECURITY)


def open_account(page: Page) -> None:
    page.goto("/#account")
    see(page, ACCOUNT)


def administer(page: Page, installation: Installation) -> Person:
    """Somebody new whom the operator makes an admin, and whose account view is open."""
    person = join(page, installation, signed_in=False)
    installation.command("users", "grant", person.username, "admin")
    sign_in(page, person.username)
    return person


def confirm_by_password(page: Page) -> None:
    """Answers the question whether it is oneself."""
    question = dialog(page, STEP_UP)
    question.get_by_label(said(page, "Password"), exact=True).fill(PASSWORD)
    question.get_by_role("button", name=said(page, "Confirm"), exact=True).click()


def wrong(code: str) -> str:
    """Another code of the same form."""
    return f"{(int(code) + 1) % 1_000_000:06}"
