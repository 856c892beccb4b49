"""Problems speak the caller's language; their codes stay."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from backend.languages import LANGUAGES
from tests.support import Browser, Site, assert_problem

TITLES = {
    "en": "There is no session",
    "de": "Es gibt keine Sitzung",
    "es": "No hay ninguna sesión",
    "fr": "Il n’y a pas de session",  # noqa: RUF001 - as it is written
    "ar": "لا توجد جلسة",
}


def test_these_are_all_the_languages() -> None:
    assert TITLES.keys() == LANGUAGES.keys()


@pytest.mark.parametrize("tag", TITLES)
def test_a_problem_is_in_the_language_that_is_asked_for(tag: str, browser: Browser) -> None:
    answer = browser.get("users/me", headers={"Accept-Language": f"{tag}-XX, it;q=0.5"})
    assert_problem(answer, 401, "not_authenticated")
    assert answer.json["title"] == TITLES[tag]
    assert answer.headers["Content-Language"] == tag
    assert "Accept-Language" in answer.headers["Vary"]


@pytest.mark.parametrize("asked", ["", "it", "*", "x;q=0", "de;q=0", ",;q=", "\xff"])
def test_a_problem_is_in_the_language_of_the_site_where_none_is_known(
    asked: str, make_site: Callable[..., Site]
) -> None:
    browser = make_site(DEFAULT_LANGUAGE="fr").browser()
    answer = browser.get("users/me", headers={"Accept-Language": asked})
    assert answer.json["title"] == TITLES["fr"]


def test_the_language_of_the_account_goes_before_that_of_the_browser(browser: Browser) -> None:
    browser.become()
    browser.change({"locale": "es-MX"})
    answer = browser.delete("sessions/0", headers={"Accept-Language": "de"})
    assert_problem(answer, 404, "session_not_found")
    assert (answer.headers["Content-Language"], answer.json["title"]) == (
        "es",
        "No existe esa sesión",
    )


def test_an_account_whose_language_there_is_not_has_that_of_the_browser(browser: Browser) -> None:
    browser.become()
    browser.change({"locale": "ja"})
    answer = browser.delete("sessions/0", headers={"Accept-Language": "de"})
    assert answer.headers["Content-Language"] == "de"


def test_what_is_wrong_with_a_member_is_said_in_the_language_too(browser: Browser) -> None:
    body = {"username": "ann", "email": "ann@example.com", "password": "short"}
    answer = browser.post("users", body, headers={"Accept-Language": "de"})
    assert_problem(answer, 422, "password_too_short")
    detail = (
        "Verwenden Sie mindestens 15 Zeichen. "
        "Einige Wörter ohne Zusammenhang sind leicht zu merken."
    )
    assert answer.json["detail"] == detail
    assert answer.json["errors"] == [
        {"pointer": "/password", "code": "password_too_short", "detail": detail}
    ]


def test_the_mail_is_in_the_language_that_was_given_at_registration(
    site: Site, browser: Browser
) -> None:
    browser.register(locale="de")
    assert site.mails("ann@example.com")[0]["subject"].endswith("ist Ihr Code für Latchstring")


def test_a_code_may_be_typed_with_the_digits_of_another_keyboard(
    site: Site, browser: Browser
) -> None:
    begun = browser.register()
    code = site.code("ann@example.com")
    arabic = code.translate({ord("0") + digit: 0x0660 + digit for digit in range(10)})
    assert browser.verify(begun, arabic).status_code == 201
