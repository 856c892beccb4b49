"""Administration is for admins: for anybody else there is nothing, and no sign of anything."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support import Browser, Site, assert_problem

NOBODY = "01980000-0000-7000-8000-000000000000"
CALLS = [
    *("GET users", "POST users/find", f"GET users/{NOBODY}", f"DELETE users/{NOBODY}"),
    *(
        f"POST users/{NOBODY}/{act}"
        for act in ("disable", "enable", "end-sessions", "reset-second-factors")
    ),
    *(f"PUT users/{NOBODY}/roles", "GET events"),
]
# Wrong methods, and what is not there for admins either.
OTHER_CALLS = [
    *("DELETE users", "PUT users/find", f"POST users/{NOBODY}", f"GET users/{NOBODY}/roles"),
    *("OPTIONS users", "HEAD events", "TRACE users", "BREW users", "GET nothing", "GET ", "GET /"),
    *("GET users/", "POST events/a/b", f"GET users/{NOBODY}%2froles", "GET %2e%2e/admin/users"),
]


def stranger(site: Site) -> Browser:
    return site.browser()


def member(site: Site) -> Browser:
    browser = site.browser()
    browser.become("bob")
    return browser


def former_admin(site: Site) -> Browser:
    """Whose session is of before."""
    ann, browser = site.browser(), site.browser()
    site.make_admin(ann.become("ann")["id"])
    user = browser.become("bob")
    site.make_admin(user["id"])
    browser.sign_in("bob")
    assert browser.get("admin/users").status_code == 200
    site.change_user(user["id"], roles=())
    return browser


def another_role(site: Site) -> Browser:
    browser = site.browser()
    site.change_user(browser.become("bob")["id"], roles=("administrator", "admins"))
    return browser


@pytest.mark.parametrize("somebody", [stranger, member, former_admin, another_role])
def test_anybody_else_is_told_that_there_is_nothing(
    site: Site, somebody: Callable[[Site], Browser]
) -> None:
    browser = somebody(site)
    for call in [*CALLS, *OTHER_CALLS]:
        method, _, path = call.partition(" ")
        answer = browser.call(method, f"admin/{path}")
        if method == "HEAD":
            assert answer.status_code == 404
        else:
            assert_problem(answer, 404, "not_found")
        assert "Allow" not in answer.headers


def test_the_root_of_administration_is_not_there_either(site: Site) -> None:
    assert_problem(member(site).get("admin"), 404, "not_found")


def test_what_is_there_looks_like_what_is_nowhere(site: Site) -> None:
    browser = member(site)
    for call in CALLS:
        method, _, path = call.partition(" ")
        here, nowhere = browser.call(method, f"admin/{path}"), browser.call(method, "nothing")
        assert {**here.json, "request_id": ""} == {**nowhere.json, "request_id": ""}
        assert {*here.headers.keys()} == {*nowhere.headers.keys()}


def test_a_body_is_not_read_for_anybody_else(site: Site) -> None:
    answer = member(site).call("POST", "admin/users/find", headers={"Content-Type": "text/plain"})
    assert_problem(answer, 404, "not_found")


def test_what_begins_alike_is_not_administration(site: Site, browser: Browser) -> None:
    assert_problem(browser.get("administrators"), 404, "not_found")


def test_an_admin_is_told_of_a_wrong_method(site: Site, browser: Browser) -> None:
    site.make_admin(browser.become()["id"])
    browser.sign_in()
    assert_problem(browser.call("PUT", "admin/users"), 405, "method_not_allowed")


def test_another_page_of_ours_may_ask_whether_it_may_call(make_site: Callable[..., Site]) -> None:
    browser = make_site(ALLOWED_ORIGINS="https://other.example").browser()
    asks = {"Access-Control-Request-Method": "GET"}
    for origin, status in (("https://other.example", 200), ("https://evil.example", 404)):
        answer = browser.call("OPTIONS", "admin/users", headers={"Origin": origin, **asks})
        assert answer.status_code == status


def test_another_page_of_ours_learns_no_more_by_other_methods(
    make_site: Callable[..., Site],
) -> None:
    browser = make_site(ALLOWED_ORIGINS="https://other.example").browser()
    answer = browser.call("DELETE", "admin/users", headers={"Origin": "https://other.example"})
    assert_problem(answer, 404, "not_found")
