"""One's profile, and where one is signed in."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.e2e.network import calls
from tests.e2e.steps import (
    ACCOUNT,
    SECURITY,
    SIGN_IN,
    button,
    field,
    join,
    notice,
    open_security,
    problems,
    see,
    sign_in,
)
from tests.installation import Installation

CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36"
)
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)


def sessions(page: Page) -> Locator:
    return page.get_by_role("list", name="Sessions").get_by_role("listitem")


def marked(page: Page) -> Locator:
    mark = page.get_by_text("This session").filter(visible=True)
    return sessions(page).filter(has=mark)


def everywhere(new_page: Callable[..., Page], installation: Installation) -> list[Page]:
    """Somebody signed in here, then with Firefox and on a phone; the first sees all three."""
    here = new_page(user_agent=CHROME)
    person = join(here, installation)
    others = [new_page(user_agent=agent) for agent in (FIREFOX, SAFARI)]
    for other in others:
        sign_in(other, person.username)
    open_security(here)
    expect(sessions(here)).to_have_count(3)
    return [here, *others]


def signed_out(page: Page) -> None:
    """The next step in the page ends at the door."""
    field(page, "Display name").fill("Somebody")
    button(page, "Save").click()
    see(page, SIGN_IN)
    expect(notice(page)).to_have_text("Your session has ended. Sign in again.")


def test_a_changed_profile_is_kept(page: Page, installation: Installation) -> None:
    person = join(page, installation)
    field(page, "Display name").fill("Ann Åström")
    field(page, "Language").select_option("English")
    field(page, "Username").fill(f"{person.username}.new")
    button(page, "Save").click()
    expect(notice(page)).to_have_text("Saved.")
    expect(page.get_by_text(f"Signed in as {person.username}.new")).to_be_visible()
    page.reload()
    expect(field(page, "Display name")).to_have_value("Ann Åström")
    expect(field(page, "Language")).to_have_value("en")
    expect(field(page, "Username")).to_have_value(f"{person.username}.new")


def test_saving_what_has_not_changed_saves_nothing_and_says_so(
    page: Page, installation: Installation
) -> None:
    join(page, installation)
    changes = calls(page, "PATCH")
    button(page, "Save").click()
    expect(notice(page)).to_have_text("Nothing was changed.")
    assert changes == []


def test_an_optional_part_of_the_profile_can_be_emptied(
    page: Page, installation: Installation
) -> None:
    join(page, installation)
    for name in ("Ann", ""):
        field(page, "Display name").fill(name)
        button(page, "Save").click()
        expect(notice(page)).to_have_text("Saved.")
    page.reload()
    see(page, ACCOUNT)
    expect(field(page, "Display name")).to_have_value("")


def test_a_username_of_somebody_else_is_refused_at_its_field(
    page: Page, new_page: Callable[..., Page], installation: Installation
) -> None:
    owner = join(new_page(), installation)
    join(page, installation)
    field(page, "Username").fill(owner.username)
    button(page, "Save").click()
    problems(page).get_by_role("link", name="That username is taken. Choose another.").click()
    expect(field(page, "Username")).to_be_focused()


def test_a_change_over_a_newer_one_is_said_and_keeps_both(
    page: Page, installation: Installation
) -> None:
    join(page, installation)
    second = page.context.new_page()
    second.goto("/#account")
    see(second, ACCOUNT)
    field(second, "Display name").fill("Ann of the second tab")
    button(second, "Save").click()
    expect(notice(second)).to_have_text("Saved.")
    field(page, "Language").select_option("English")
    button(page, "Save").click()
    expect(problems(page)).to_contain_text("Your account was changed elsewhere.")
    expect(field(page, "Language")).to_have_value("en")
    expect(field(page, "Display name")).to_have_value("Ann of the second tab")
    button(page, "Save").click()
    expect(notice(page)).to_have_text("Saved.")
    second.reload()
    expect(field(second, "Language")).to_have_value("en")


def test_sessions_are_listed_by_device_with_this_one_marked(
    new_page: Callable[..., Page], installation: Installation
) -> None:
    here, _, phone = everywhere(new_page, installation)
    devices = ["Chrome on Linux", "Safari on iPhone", "Firefox on Windows"]
    expect(sessions(here)).to_contain_text(devices, use_inner_text=True)
    expect(marked(here)).to_have_count(1)
    open_security(phone)
    expect(marked(phone)).to_have_count(1)
    expect(marked(phone)).to_contain_text("Safari on iPhone")
    expect(marked(phone).get_by_role("button")).to_have_count(0)


def test_an_ended_session_is_signed_out_at_its_next_step_and_no_other(
    new_page: Callable[..., Page], installation: Installation
) -> None:
    here, firefox, phone = everywhere(new_page, installation)
    button(here, "End session on Firefox on Windows").click()
    expect(notice(here)).to_have_text("The session has ended.")
    expect(sessions(here)).to_have_count(2)
    signed_out(firefox)
    phone.reload()
    see(phone, ACCOUNT)


def test_ending_all_other_sessions_leaves_only_this_one(
    new_page: Callable[..., Page], installation: Installation
) -> None:
    here, *others = everywhere(new_page, installation)
    button(here, "End all other sessions").click()
    expect(notice(here)).to_have_text("All other sessions have ended.")
    expect(sessions(here)).to_have_count(1)
    expect(button(here, "End all other sessions")).to_be_hidden()
    for other in others:
        signed_out(other)
    here.reload()
    see(here, SECURITY)
