"""What the browser is told to refuse, and that it does; nothing of a visit goes elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Error, Page, expect

from tests.e2e.steps import ACCOUNT, button, register, see, verify
from tests.e2e.views import SITE, VIEWS
from tests.installation import Installation
from tests.support import PASSWORD

# Whatever the policy would have to be weakened for.
INLINE = """() => [...document.querySelectorAll('*')].filter((element) =>
    element.matches('style, script:not([src]), [style]')
    || [...element.attributes].some(({ name }) => name.startsWith('on'))
  ).map((element) => element.outerHTML)"""


def test_the_page_comes_with_a_policy_that_trusts_no_markup_and_nobody_else(page: Page) -> None:
    answer = page.goto("/")
    policy = answer.headers["content-security-policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"
    assert rules["require-trusted-types-for"] == "'script'"
    assert "unsafe" not in policy


@pytest.mark.parametrize("path", ["/api/v1/docs", "/dev/mailbox"])
def test_a_page_without_scripts_allows_none(page: Page, path: str) -> None:
    policy = page.goto(path).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy


@pytest.mark.parametrize("view", VIEWS)
def test_no_view_has_a_script_or_style_of_its_own_in_the_document(
    page: Page, installation: Installation, view: str
) -> None:
    VIEWS[view](page, installation)
    assert page.evaluate(INLINE) == []


def test_the_browser_refuses_markup_made_by_a_script(page: Page, complaints: list[str]) -> None:
    page.goto("/")
    with pytest.raises(Error, match="TrustedHTML"):
        page.evaluate("() => document.body.insertAdjacentHTML('beforeend', '<b>injected</b>')")
    assert "TrustedHTML" in complaints.pop()


def test_a_visit_asks_nobody_but_the_site_itself(page: Page, installation: Installation) -> None:
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
    for opened in SITE.values():
        opened(page, installation)
    assert asked == {urlsplit(installation.url).netloc}


def test_a_password_is_sent_only_in_a_body(page: Page, installation: Installation) -> None:
    seen: list[str] = []
    page.on("request", lambda request: seen.append(f"{request.url} {request.headers}"))
    verify(page, installation.code(register(page).email))
    see(page, ACCOUNT)
    assert seen
    assert not [line for line in seen if PASSWORD in line or PASSWORD.replace(" ", "%20") in line]


def test_the_browser_keeps_no_password_and_no_session_where_a_script_can_read(
    page: Page, installation: Installation
) -> None:
    verify(page, installation.code(register(page).email))
    see(page, ACCOUNT)
    [session] = [c for c in page.context.cookies() if c["name"] == "session"]
    assert session["httpOnly"]
    assert session["sameSite"] == "Lax"
    kept = page.evaluate(
        "() => JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }])"
    )
    assert PASSWORD not in kept
    assert session["value"] not in kept


def test_another_site_cannot_show_the_page_in_a_frame(
    page: Page, new_page: Callable[..., Page], installation: Installation
) -> None:
    answer = page.goto("/")
    assert answer.headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("view", ["account", "security", "activity", "admin", "events"])
def test_signing_out_is_in_sight_wherever_one_is_signed_in(
    view: str, page: Page, installation: Installation
) -> None:
    VIEWS[view](page, installation)
    expect(button(page, "Sign out")).to_be_in_viewport()


def test_signing_out_takes_the_session_from_the_browser(
    page: Page, installation: Installation
) -> None:
    verify(page, installation.code(register(page).email))
    see(page, ACCOUNT)
    button(page, "Sign out").click()
    see(page, "Sign in")
    assert "session" not in {cookie["name"] for cookie in page.context.cookies()}
