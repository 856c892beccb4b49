"""Where a second factor is required, the page says so, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.factors import add_app
from tests.e2e.steps import ADMINISTRATION, administer, open_security, problems, see
from tests.installation import Installation, running


@pytest.fixture
def strict(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with running(tmp_path_factory.mktemp("strict"), REQUIRE_SECOND_FACTOR="on") as found:
        yield found


def test_an_admin_is_told_to_add_a_factor_and_then_administers(
    strict: Installation, visit: Callable[..., Page]
) -> None:
    page = visit(strict.url)
    administer(page, strict)
    page.goto("/#admin")
    expect(problems(page)).to_contain_text("If you have neither, add one to your account first.")
    open_security(page)
    add_app(page)
    page.goto("/#admin")
    see(page, ADMINISTRATION)
