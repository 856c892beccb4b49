"""The reference of the API as a page."""

from __future__ import annotations

from playwright.sync_api import Page


def test_every_code_is_explained_in_words_without_a_gap(page: Page) -> None:
    page.goto("/api/v1/docs")
    rows = page.get_by_role("region", name="Codes of problems").get_by_role("row").all_inner_texts()
    assert len(rows) > 10
    assert [row for row in rows if "{" in row] == []
