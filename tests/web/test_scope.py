"""What the contract has and this version does not: a problem, and never half an answer."""

from __future__ import annotations

import pytest

from tests.support import Browser, Site, assert_problem

LATER = [
    "GET users/me/export",
    "GET users/me/events",
]


@pytest.mark.parametrize("call", LATER)
def test_what_is_still_to_come_is_not_found(call: str, site: Site, browser: Browser) -> None:
    method, _, path = call.partition(" ")
    user = browser.become()
    site.change_user(user["id"], roles=("admin",))
    body = {} if method in {"POST", "PUT", "PATCH"} else None
    for somebody in (browser, site.browser()):
        assert_problem(somebody.call(method, path, body), 404, "not_found")


@pytest.mark.parametrize("call", ["DELETE users/me"])
def test_what_the_contract_has_on_a_path_that_is_there_is_not_found_either(
    call: str, browser: Browser
) -> None:
    browser.become()
    assert_problem(browser.call(*call.split(" ")), 404, "not_found")
