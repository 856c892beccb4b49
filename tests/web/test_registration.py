"""`POST /users`: what is accepted, what is refused, and who has a username."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support import Browser, Site, assert_problem, codes, registration_id

FAMILY = "👩\u200d👧"


def in_seconds(site: Site, seconds: int) -> str:
    return datetime.fromtimestamp(site.clock() + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_registration_is_accepted_with_its_times(site: Site, browser: Browser) -> None:
    answer = browser.register()
    assert answer.status_code == 202
    assert answer.json == {
        "registration": {
            "id": registration_id(answer),
            "expires_at": in_seconds(site, 30 * 60),
            "resend_after": in_seconds(site, 60),
        }
    }
    assert uuid.UUID(registration_id(answer)).version == 7


def test_a_registration_signs_nobody_in(browser: Browser) -> None:
    assert "Set-Cookie" not in browser.register().headers
    assert_problem(browser.get("users/me"), 401, "not_authenticated")


def test_nothing_but_the_mail_carries_the_code(site: Site, browser: Browser) -> None:
    answer = browser.register()
    assert site.code("ann@example.com") not in answer.get_data(as_text=True)
    assert site.code("ann@example.com") not in str(answer.headers)


@pytest.mark.parametrize("username", ["ann", "a" * 32, "A.n_n-1", "123", "a--b"])
def test_a_username_may_be(username: str, browser: Browser) -> None:
    assert browser.become(username, email="ann@example.com")["username"] == username


@pytest.mark.parametrize(
    "username",
    [
        *["", "an", "a" * 33, ".ann", "ann.", "-ann", "ann_", "an n", " ann", "ann\n", "ann@x"],
        *["änn", "\u0430nn", "\uff41nn", "ann\u200b", "an/n", 7, 1.5, True, None, ["ann"], {}],
    ],
)
def test_a_username_may_not_be(username: Any, browser: Browser) -> None:
    answer = browser.register(username, email="ann@example.com")
    assert_problem(answer, 422, "username_invalid")
    assert codes(answer) == [("/username", "username_invalid")]


@pytest.mark.parametrize("username", ["admin", "Admin", "ROOT", "no-reply", "postmaster", "www"])
def test_a_username_kept_for_the_site_is_refused(username: str, browser: Browser) -> None:
    answer = browser.register(username, email="ann@example.com")
    assert_problem(answer, 422, "username_reserved")
    assert codes(answer) == [("/username", "username_reserved")]


@pytest.mark.parametrize("member", ["username", "email", "password"])
def test_a_member_that_is_needed_may_not_be_left_out(member: str, browser: Browser) -> None:
    body = {"username": "ann", "email": "ann@example.com", "password": "violet tractor sings"}
    del body[member]
    answer = browser.post("users", body)
    assert_problem(answer, 422, "required")
    assert codes(answer) == [(f"/{member}", "required")]


def test_all_that_is_wrong_is_said_at_once(browser: Browser) -> None:
    answer = browser.post("users", {"username": "-", "email": "-", "role": "admin"})
    assert set(codes(answer)) == {
        ("/username", "username_invalid"),
        ("/email", "email_invalid"),
        ("/password", "required"),
        ("/role", "unknown_member"),
    }
    assert all(error["detail"] for error in answer.json["errors"])


@pytest.mark.parametrize(
    ("member", "pointer"),
    [
        *[("role", "/role"), ("roles", "/roles"), ("id", "/id"), ("is_admin", "/is_admin")],
        *[("email_verified_at", "/email_verified_at"), ("Username", "/Username")],
        *[("a/b~c", "/a~1b~0c"), ("", "/"), ("__proto__", "/__proto__")],
    ],
)
def test_a_member_that_there_is_not_is_refused(member: str, pointer: str, browser: Browser) -> None:
    answer = browser.register(**{member: "admin"})
    assert_problem(answer, 422, "unknown_member")
    assert codes(answer) == [(pointer, "unknown_member")]


@pytest.mark.parametrize(
    ("member", "given", "kept"),
    [
        ("display_name", "  Ann O'Neil ", "Ann O'Neil"),
        ("display_name", "Ame\u0301lie", "Am\u00e9lie"),
        ("display_name", FAMILY, FAMILY),
        ("display_name", "<b>Ann</b>", "<b>Ann</b>"),
        ("display_name", "ä" * 80, "ä" * 80),
        ("display_name", None, None),
        ("locale", "de", "de"),
        ("locale", "PT-br", "pt-BR"),
        ("locale", "zh-hANT-tw", "zh-Hant-TW"),
        ("locale", "es-419", "es-419"),
        ("locale", None, None),
    ],
)
def test_a_profile_may_come_with_the_registration(
    member: str, given: str | None, kept: str | None, browser: Browser
) -> None:
    assert browser.become(**{member: given})[member] == kept


@pytest.mark.parametrize(
    ("member", "value"),
    [
        *[("display_name", value) for value in ["", "  ", "a" * 81, "a\nb", "a\u202eb", 7, []]],
        *[("locale", value) for value in ["", "english", "de_DE", "d", "de-", "de\n", 7, {}]],
    ],
)
def test_a_profile_may_not_be(member: str, value: Any, browser: Browser) -> None:
    answer = browser.register(**{member: value})
    assert_problem(answer, 422, f"{member}_invalid")
    assert codes(answer) == [(f"/{member}", f"{member}_invalid")]


@pytest.mark.parametrize("username", ["ann", "ANN", "aNn"])
def test_a_username_differing_only_by_case_is_taken(username: str, site: Site) -> None:
    site.browser().become("Ann", email="ann@example.com")
    answer = site.browser().register(username, email="new@example.com")
    assert_problem(answer, 409, "username_taken")


def test_a_username_stays_taken_after_its_registration_is_long_over(site: Site) -> None:
    site.browser().become("ann")
    site.clock.advance(days=40)
    answer = site.browser().register("ann", email="new@example.com")
    assert_problem(answer, 409, "username_taken")


@pytest.mark.parametrize("email", ["free@example.com", "known@example.com"])
def test_a_pending_registration_holds_its_username(email: str, site: Site) -> None:
    site.browser().become("known")
    assert site.browser().register("ann", email=email).status_code == 202
    site.clock.advance(minutes=29, seconds=59)
    answer = site.browser().register("Ann", email="new@example.com")
    assert_problem(answer, 409, "username_taken")


def test_a_username_is_free_when_its_registration_has_expired(site: Site) -> None:
    site.browser().register("ann")
    site.clock.advance(minutes=30)
    assert site.browser().register("ann").status_code == 202


def test_a_taken_username_costs_no_mail(site: Site) -> None:
    site.browser().become("ann")
    site.browser().register("ann", email="new@example.com")
    assert site.mails("new@example.com") == []


def test_a_refused_registration_holds_no_username(site: Site, browser: Browser) -> None:
    assert_problem(browser.register("ann", password="short"), 422, "password_too_short")
    assert browser.register("ann").status_code == 202


def test_of_many_who_want_one_username_at_once_one_gets_it(site: Site) -> None:
    def register(number: int) -> int:
        return site.browser().register("ann", email=f"{number}@example.com").status_code

    with ThreadPoolExecutor(8) as crowd:
        assert sorted(crowd.map(register, range(8))) == [202, *[409] * 7]
    assert len(site.mails()) == 1
