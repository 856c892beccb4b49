"""Asking for the code again, on a server and in a browser whose clocks are moved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Locator, Page, expect
from werkzeug.serving import make_server

from backend.local import pages
from sitegen.build import build
from tests.e2e.network import calls, hold
from tests.e2e.steps import (
    ACCOUNT,
    REGISTER,
    SIGN_IN,
    button,
    notice,
    problems,
    register,
    see,
    verify,
)
from tests.servers import free_port
from tests.support import Site

WAIT = 60


@pytest.fixture
def clocked(make_site: Callable[..., Site], tmp_path: Path) -> Iterator[Site]:
    """The app with its page and a clock, served on a port of its own."""
    port = free_port()
    site = make_site(SITE_URL=f"http://127.0.0.1:{port}")
    build(site.settings, tmp_path / "page")
    site.app.register_blueprint(pages.blueprint(tmp_path / "page"))
    server = make_server("127.0.0.1", port, site.app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield site
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def page(clocked: Site, visit: Callable[..., Page]) -> Page:
    page = visit(clocked.settings.site_url)
    page.clock.install()
    return page


def pass_time(page: Page, site: Site, seconds: int) -> None:
    site.clock.advance(seconds=seconds)
    page.clock.fast_forward(seconds * 1000)


def resend(page: Page) -> Locator:
    return button(page, "Send a new code")


def test_for_a_minute_no_other_code_is_to_be_had_and_the_page_says_so(
    page: Page, clocked: Site
) -> None:
    register(page)
    expect(resend(page)).to_be_disabled()
    expect(page.get_by_text("Possible in")).to_be_visible()
    pass_time(page, clocked, WAIT + 1)
    expect(resend(page)).to_be_enabled()
    expect(page.get_by_text("Possible in")).to_be_hidden()


def test_a_new_code_replaces_the_one_before(page: Page, clocked: Site) -> None:
    person = register(page)
    old = clocked.code(person.email)
    pass_time(page, clocked, WAIT + 1)
    resend(page).click()
    expect(notice(page)).to_contain_text(f"A new code is on its way to {person.email}.")
    verify(page, old)
    expect(problems(page)).to_contain_text("That code is wrong.")
    verify(page, clocked.code(person.email))
    see(page, ACCOUNT)


@pytest.mark.parametrize("twice", ["click", "Enter"])
def test_pressing_twice_sends_one_code(page: Page, clocked: Site, twice: str) -> None:
    person = register(page)
    pass_time(page, clocked, WAIT + 1)
    release = hold(page, "POST", "registrations/*/resend")
    made = calls(page, "POST")
    if twice == "click":
        resend(page).dblclick()
    else:
        resend(page).focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")
    release()
    expect(notice(page)).to_contain_text("A new code is on its way")
    assert len(made) == 1
    assert len(clocked.mails(person.email)) == 2


def test_the_countdown_ends_with_the_registration(page: Page, clocked: Site) -> None:
    person = register(page)
    release = hold(page, "GET", "users/me")
    verify(page, clocked.code(person.email))
    expect(button(page, "Verify")).to_be_hidden()
    page.clock.run_for(2000)
    release()
    see(page, ACCOUNT)


def test_a_registration_that_lay_too_long_is_begun_again(page: Page, clocked: Site) -> None:
    person = register(page)
    pass_time(page, clocked, 30 * 60 + 1)
    verify(page, clocked.code(person.email))
    expect(problems(page)).to_contain_text("This registration has expired.")
    problems(page).get_by_role("link", name="Start again").click()
    see(page, REGISTER)


def test_a_session_that_lay_too_long_asks_to_sign_in_again(page: Page, clocked: Site) -> None:
    person = register(page)
    verify(page, clocked.code(person.email))
    see(page, ACCOUNT)
    clocked.clock.advance(days=8)
    page.reload()
    see(page, SIGN_IN)
