"""`GET` of users: oneself, and nobody else but for an admin."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.support import Browser, Site, assert_problem

NOBODY = "01980000-0000-7000-8000-000000000000"


def test_one_reads_oneself(browser: Browser) -> None:
    user = browser.become("ann")
    answer = browser.get("users/me")
    assert answer.status_code == 200
    assert answer.content_type == "application/json"
    assert answer.json == user
    assert answer.headers["ETag"]


def test_nobody_is_read_without_a_session(browser: Browser) -> None:
    assert_problem(browser.get("users/me"), 401, "not_authenticated")


def test_a_user_is_what_the_contract_says_and_nothing_more(site: Site, browser: Browser) -> None:
    begun = browser.register("Ann", email="ann@example.com", display_name="Ann O", locale="de")
    site.clock.advance(minutes=1)
    browser.verify(begun, site.code("ann@example.com"))
    now = datetime.fromtimestamp(site.clock(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert browser.get("users/me").json == {
        "id": begun.json["registration"]["id"],
        "username": "Ann",
        "email": "ann@example.com",
        "display_name": "Ann O",
        "locale": "de",
        "roles": [],
        "created_at": now,
        "updated_at": now,
        "email_verified_at": now,
        "has_password": True,
        "second_factors": [],
    }


def test_one_reads_oneself_by_id(browser: Browser) -> None:
    user = browser.become("ann")
    answer = browser.get(f"users/{user['id']}")
    assert (answer.status_code, answer.json) == (200, user)
    assert answer.headers["ETag"] == browser.get("users/me").headers["ETag"]


def test_of_another_user_one_does_not_learn_whether_they_exist(site: Site) -> None:
    other = site.browser().become("bob")
    browser = site.browser()
    browser.become("ann")
    answers = [browser.get(f"users/{user_id}") for user_id in (other["id"], NOBODY)]
    for answer in answers:
        assert_problem(answer, 404, "user_not_found")
    known, unknown = ({**answer.json, "request_id": ""} for answer in answers)
    assert known == unknown


@pytest.mark.parametrize(
    "user_id", ["0", "ann", "%00", "%F0%9F%8E%B7", "..", "*", "Me", "a" * 9000]
)
@pytest.mark.parametrize("roles", [(), ("admin",)], ids=["user", "admin"])
def test_what_is_no_id_is_not_found(
    user_id: str, roles: tuple[str, ...], site: Site, browser: Browser
) -> None:
    site.change_user(browser.become("ann")["id"], roles=roles)
    assert_problem(browser.get(f"users/{user_id}"), 404, "user_not_found")


def test_an_id_has_one_spelling(browser: Browser) -> None:
    user = browser.become("ann")
    for other in (user["id"].upper(), user["id"].replace("-", ""), f"{{{user['id']}}}"):
        assert_problem(browser.get(f"users/{other}"), 404, "user_not_found")


def test_an_admin_reads_anybody(site: Site, browser: Browser) -> None:
    other = site.browser().become("bob")
    admin = browser.become("ann")
    site.change_user(admin["id"], roles=("admin",))
    answer = browser.get(f"users/{other['id']}")
    assert (answer.status_code, answer.json) == (200, other)
    assert browser.get("users/me").json["roles"] == ["admin"]
    assert_problem(browser.get(f"users/{NOBODY}"), 404, "user_not_found")


def test_an_admin_no_more_reads_nobody_at_once(site: Site, browser: Browser) -> None:
    other = site.browser().become("bob")
    admin = browser.become("ann")
    site.change_user(admin["id"], roles=("admin",))
    site.change_user(admin["id"], roles=())
    assert_problem(browser.get(f"users/{other['id']}"), 404, "user_not_found")


@pytest.mark.parametrize("role", ["Admin", "administrator", "support"])
def test_no_other_role_reads_others(role: str, site: Site, browser: Browser) -> None:
    other = site.browser().become("bob")
    site.change_user(browser.become("ann")["id"], roles=(role,))
    assert_problem(browser.get(f"users/{other['id']}"), 404, "user_not_found")
