"""What a visitor sees before anything is touched."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route

from tests.e2e.steps import REGISTER, SIGN_IN, see

WATCH = """globalThis.moved = [];
new PerformanceObserver((seen) => seen.getEntries().forEach(({ sources }) =>
  moved.push(...sources.map(({ node }) => node?.nodeName)))).observe({ type: 'layout-shift' });"""
# Not by `wait_for_function`, whose `eval` the page's policy forbids from the second look on.
PAINTED = """() => new Promise((resolve) => new PerformanceObserver((seen) =>
  seen.getEntriesByName('first-contentful-paint').length && resolve())
  .observe({ type: 'paint', buffered: true }))"""
DRAWN = """() => new Promise((resolve) =>
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => resolve(moved)))))"""


@pytest.mark.parametrize(("place", "heading"), [("", REGISTER), ("#sign-in", SIGN_IN)])
def test_nothing_moves_when_the_view_comes_after_the_first_paint(
    page: Page, place: str, heading: str
) -> None:
    held: list[Route] = []
    page.add_init_script(WATCH)
    page.route("**/assets/page.*.js", lambda route: held.append(route))  # noqa: PLW0108 - it marks it
    with page.expect_request("**/assets/page.*.js"):
        page.goto(f"/{place}", wait_until="commit")
    page.evaluate(PAINTED)
    held[0].continue_()
    see(page, heading)
    assert page.evaluate(DRAWN) == []


def test_without_scripts_the_footer_is_there_all_the_same(new_page: Callable[..., Page]) -> None:
    page = new_page(java_script_enabled=False)
    page.goto("/")
    assert page.get_by_role("contentinfo").is_visible()
