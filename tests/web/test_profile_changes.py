"""`PATCH /users/me`: with the ETag of what was read, all changes or none."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.meanwhile import Asked, at
from tests.support import Browser, Site, assert_problem, browser_with, codes, session_token


def test_a_change_answers_the_user_as_it_is_then(site: Site, browser: Browser) -> None:
    before = browser.become()
    site.clock.advance(minutes=1)
    changes = {"display_name": "Ann O'Neil", "locale": "pt-BR", "username": "ann.oneil"}
    answer = browser.change(changes)
    assert answer.status_code == 200
    assert answer.json == {**before, **changes, "updated_at": answer.json["updated_at"]}
    assert answer.json["updated_at"] > before["updated_at"]
    read = browser.get("users/me")
    assert (read.json, read.headers["ETag"]) == (answer.json, answer.headers["ETag"])


@pytest.mark.parametrize("member", ["display_name", "locale"])
def test_null_takes_a_member_away_and_leaving_it_out_keeps_it(
    member: str, browser: Browser
) -> None:
    browser.become(display_name="Ann", locale="de")
    left = browser.change({member: None}).json
    assert left[member] is None
    other = {"display_name": "Ann", "locale": "de"}
    assert {name: left[name] for name in other} == {**other, member: None}


def test_no_change_leaves_the_etag(browser: Browser) -> None:
    browser.become(display_name="Ann")
    before = browser.get("users/me")
    for body in ({}, {"display_name": "Ann"}, {"username": "ann", "locale": None}):
        answer = browser.change(body)
        assert (answer.status_code, answer.json) == (200, before.json)
        assert answer.headers["ETag"] == before.headers["ETag"]


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        *[({name: "x"}, (f"/{name}", "unknown_member")) for name in ("role", "roles", "id")],
        ({"is_admin": True}, ("/is_admin", "unknown_member")),
        ({"email": "new@example.com"}, ("/email", "unknown_member")),
        ({"password": "violet tractor sings"}, ("/password", "unknown_member")),
        ({"email_verified_at": "2020-01-01T00:00:00Z"}, ("/email_verified_at", "unknown_member")),
        ({"username": None}, ("/username", "username_invalid")),
        ({"username": "-"}, ("/username", "username_invalid")),
        ({"username": "Root"}, ("/username", "username_reserved")),
        ({"display_name": ""}, ("/display_name", "display_name_invalid")),
        ({"display_name": "a" * 81}, ("/display_name", "display_name_invalid")),
        ({"display_name": {"a": "b"}}, ("/display_name", "display_name_invalid")),
        ({"locale": "de_DE"}, ("/locale", "locale_invalid")),
    ],
)
def test_a_change_may_not_be(
    body: dict[str, Any], refused: tuple[str, str], browser: Browser
) -> None:
    before = browser.become()
    answer = browser.change({"locale": "de", **body})
    assert_problem(answer, 422, refused[1])
    assert codes(answer) == [refused]
    assert browser.get("users/me").json == before


def test_a_change_needs_if_match(browser: Browser) -> None:
    before = browser.become()
    assert_problem(browser.patch("users/me", {"locale": "de"}), 428, "precondition_required")
    assert browser.get("users/me").json == before


@pytest.mark.parametrize("if_match", ["{0}", "*", '"stale", {0}', '{0}, "other"', ' "x" ,{0}'])
def test_a_change_is_made_where_if_match_does(if_match: str, browser: Browser) -> None:
    browser.become()
    etag = browser.get("users/me").headers["ETag"]
    answer = browser.change({"locale": "de"}, if_match.format(etag))
    assert (answer.status_code, answer.json["locale"]) == (200, "de")


@pytest.mark.parametrize("if_match", ['"stale"', "W/{0}", 'W/{0}, "other"', '""', '"*"', '"'])
def test_a_change_is_refused_where_if_match_does_not(if_match: str, browser: Browser) -> None:
    before = browser.become()
    etag = browser.get("users/me").headers["ETag"]
    answer = browser.change({"locale": "de"}, if_match.format(etag))
    assert_problem(answer, 412, "precondition_failed")
    assert browser.get("users/me").json == before


def test_what_somebody_changed_meanwhile_is_not_overwritten(site: Site, browser: Browser) -> None:
    browser.become()
    etag = browser.get("users/me").headers["ETag"]
    elsewhere = site.browser()
    elsewhere.sign_in()
    assert elsewhere.change({"display_name": "First"}).status_code == 200
    assert_problem(browser.change({"display_name": "Late"}, etag), 412, "precondition_failed")
    assert browser.get("users/me").json["display_name"] == "First"
    assert browser.change({"display_name": "Late"}).json["display_name"] == "Late"


def test_nor_is_what_changes_once_the_etag_was_found_right(site: Site, browser: Browser) -> None:
    user_id = browser.become()["id"]

    def changes(operation: str, asked: Asked) -> bool:
        return "Late" in str(asked)

    with site.calls.noted(at(changes, lambda: site.change_user(user_id, display_name="First"))):
        assert_problem(browser.change({"display_name": "Late"}), 412, "precondition_failed")
    assert browser.get("users/me").json["display_name"] == "First"


def test_of_many_changes_at_once_of_one_etag_one_is_made(site: Site, browser: Browser) -> None:
    browser.become()
    etag = browser.get("users/me").headers["ETag"]
    token = session_token(browser)

    def change(name: str) -> int:
        return browser_with(site, token).change({"display_name": name}, etag).status_code

    with ThreadPoolExecutor(6) as crowd:
        assert sorted(crowd.map(change, "abcdef")) == [200, *[412] * 5]


def test_the_etag_of_one_user_is_not_that_of_another(site: Site, browser: Browser) -> None:
    """The page still shows ann when somebody signs in as bob in another tab."""
    site.browser().become("bob")
    browser.become("ann")
    etag = browser.get("users/me").headers["ETag"]
    browser.sign_in("bob")
    assert_problem(browser.change({"display_name": "Ann"}, etag), 412, "precondition_failed")


@pytest.mark.parametrize("username", ["bob", "BOB"])
def test_the_username_of_somebody_else_is_taken(
    username: str, site: Site, browser: Browser
) -> None:
    site.browser().become("bob")
    before = browser.become("ann")
    assert_problem(browser.change({"username": username}), 409, "username_taken")
    assert browser.get("users/me").json == before


def test_a_username_of_a_pending_registration_is_taken(site: Site, browser: Browser) -> None:
    site.browser().register("bob")
    browser.become("ann")
    assert_problem(browser.change({"username": "bob", "locale": "de"}), 409, "username_taken")
    assert browser.get("users/me").json["locale"] is None


def test_one_changes_the_case_of_ones_own_username(site: Site, browser: Browser) -> None:
    browser.become("ann")
    assert browser.change({"username": "Ann"}).json["username"] == "Ann"
    assert site.browser().sign_in("ann").status_code == 201


def test_one_signs_in_with_the_new_username_only(site: Site, browser: Browser) -> None:
    browser.become("ann")
    browser.change({"username": "anna"})
    assert site.browser().sign_in("anna").status_code == 201
    assert_problem(site.browser().sign_in("ann"), 401, "invalid_credentials")
    assert site.browser().sign_in("ann@example.com").status_code == 201


def test_one_takes_an_earlier_username_back(browser: Browser) -> None:
    browser.become("ann")
    browser.change({"username": "anna"})
    assert browser.change({"username": "ann"}).json["username"] == "ann"


def test_a_username_that_was_given_up_is_free_at_once(site: Site, browser: Browser) -> None:
    browser.become("ann")
    browser.change({"username": "anna"})
    answer = site.browser().register("ann", email="new@example.com")
    assert answer.status_code == 202


def test_a_username_that_was_taken_by_a_change_is_taken_at_once(
    site: Site, browser: Browser
) -> None:
    browser.become("ann")
    browser.change({"username": "anna"})
    answer = site.browser().register("anna", email="new@example.com")
    assert_problem(answer, 409, "username_taken")


def test_of_many_who_change_to_one_username_at_once_one_gets_it(site: Site) -> None:
    browsers = [site.browser() for _ in range(4)]
    for number, browser in enumerate(browsers):
        browser.become(f"user{number}")

    def rename(browser: Browser) -> int:
        return browser.change({"username": "ann"}).status_code

    with ThreadPoolExecutor(4) as crowd:
        assert sorted(crowd.map(rename, browsers)) == [200, 409, 409, 409]
