"""What is kept about oneself: to look at, to take along, and to have deleted."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import Locator, Page, Route, expect

from tests.e2e.steps import (
    ACCOUNT,
    ACTIVITY,
    DELETION,
    REGISTER,
    SIGN_IN,
    Person,
    button,
    confirm_by_password,
    field,
    fill_sign_in,
    join,
    notice,
    open_account,
    problems,
    see,
)
from tests.installation import Installation
from tests.support import PASSWORD


def happened(page: Page) -> Locator:
    return page.get_by_role("list", name="Activity").get_by_role("listitem")


def open_activity(page: Page) -> None:
    page.goto("/#activity")
    see(page, ACTIVITY)


def rename(page: Page, installation: Installation, times: int) -> None:
    """Changes the profile so often, without the page."""
    me = "/api/v1/users/me"
    for number in range(times):
        etag = page.context.request.get(me).headers["etag"]
        body = {"display_name": f"Ann {number}"}
        changed = page.context.request.patch(me, data=body, headers={"If-Match": etag})
        assert changed.status == 200


def test_what_happened_is_told_in_sentences_the_newest_first(
    page: Page, installation: Installation
) -> None:
    join(page, installation)
    field(page, "Display name").fill("Ann")
    button(page, "Save").click()
    expect(notice(page)).to_have_text("Saved.")
    page.get_by_role("link", name="Activity").click()
    see(page, ACTIVITY)
    expect(happened(page).first).to_contain_text("The profile was changed")
    expect(happened(page).first).to_contain_text("Chrome on Linux · 127.0.0.1")
    expect(happened(page).last).to_contain_text("The account was made")


def test_a_long_log_comes_page_by_page_to_its_end(page: Page, installation: Installation) -> None:
    join(page, installation)
    rename(page, installation, times=30)
    open_activity(page)
    expect(happened(page)).to_have_count(25)
    button(page, "Show more").click()
    expect(happened(page).last).to_contain_text("The account was made")
    expect(happened(page).nth(25)).to_be_focused()
    expect(button(page, "Show more")).to_be_hidden()


def test_one_s_data_come_as_a_file(page: Page, installation: Installation) -> None:
    person = join(page, installation)
    button(page, "Download your data").click()
    with page.expect_download() as download:
        confirm_by_password(page)
    expect(notice(page)).to_have_text("Your data are downloaded.")
    assert download.value.suggested_filename.endswith(".json")
    exported = json.loads(Path(download.value.path()).read_text())
    assert exported["user"]["username"] == person.username
    assert exported["user"]["email"] == person.email


def test_a_log_that_is_too_long_for_one_answer_is_in_the_file_to_its_end(
    page: Page, installation: Installation
) -> None:
    """The answer is cut short on its way, as that of a very long log is by the server."""
    join(page, installation)
    rename(page, installation, times=3)

    def cut(route: Route) -> None:
        answer = route.fetch()
        if answer.status != 200:
            return route.fulfill(response=answer)
        first = page.context.request.get("/api/v1/users/me/events?limit=2").json()
        short = {"events": first["items"], "events_cursor": first["next_cursor"]}
        return route.fulfill(json={**answer.json(), **short})

    page.route("**/users/me/export", cut)
    button(page, "Download your data").click()
    with page.expect_download() as download:
        confirm_by_password(page)
    exported = json.loads(Path(download.value.path()).read_text())
    actions = [event["action"] for event in exported["events"]]
    assert actions == ["user.exported", "step_up.passed", *["user.updated"] * 3, "user.created"]


def delete(page: Page) -> None:
    open_account(page)
    page.get_by_role("link", name="Delete your account").click()
    see(page, DELETION)
    button(page, "Delete account").click()
    confirm_by_password(page)


def test_a_deleted_account_is_gone_at_once_and_a_mail_says_so(
    page: Page, installation: Installation
) -> None:
    person = join(page, installation)
    delete(page)
    see(page, REGISTER)
    expect(notice(page)).to_contain_text("Your account is deleted.")
    assert "deleted" in installation.mails(person.email)[0]["subject"]
    page.goto("about:blank")
    page.goto("/")
    see(page, REGISTER)
    fill_sign_in(page, person.username)
    button(page, "Sign in").click()
    expect(problems(page)).to_contain_text("The username, email address or password is wrong.")


def test_name_and_address_of_a_deleted_account_are_free_again(
    page: Page, installation: Installation
) -> None:
    person = join(page, installation)
    delete(page)
    see(page, REGISTER)
    join(page, installation, Person(person.username, person.email))
    see(page, ACCOUNT)


def test_before_a_deletion_the_page_says_what_goes_and_there_is_a_way_back(
    page: Page, installation: Installation
) -> None:
    person = join(page, installation)
    page.get_by_role("link", name="Delete your account").click()
    see(page, DELETION)
    expect(page.get_by_role("main")).to_contain_text(f"This is the account {person.username}.")
    expect(page.get_by_role("main").get_by_role("listitem")).to_have_count(5)
    page.get_by_role("link", name="Keep my account").click()
    see(page, ACCOUNT)


def test_the_activity_of_nobody_asks_to_sign_in_and_comes_then(
    page: Page, installation: Installation
) -> None:
    person = join(page, installation, signed_in=False)
    page.goto("/#activity")
    see(page, SIGN_IN)
    field(page, "Username or email address").fill(person.username)
    field(page, "Password").fill(PASSWORD)
    button(page, "Sign in").click()
    see(page, ACTIVITY)
