"""Passwords: long enough, not known, not oneself, compared in NFC."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from argon2 import PasswordHasher

from tests.support import PASSWORD, Browser, Site, assert_problem, codes


@pytest.mark.parametrize(
    "password",
    [
        "violet tractor!",
        "violet tractor" + "🎷",
        "  violet  tractor  sings  ",
        "пятнадцать букв и ещё",
        "v" + "iolet tractor sings " * 6 + "at dawn",
    ],
)
def test_a_password_may_be(password: str, site: Site, browser: Browser) -> None:
    browser.become(password=password)
    assert site.browser().sign_in(password=password).status_code == 201


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("", "password_too_short"),
        ("violet tractor", "password_too_short"),
        ("viole\u0301t tracto\u0301r", "password_too_short"),
        ("🎷" * 14, "password_too_short"),
        (("violet tractor sings " * 7)[:129], "password_too_long"),
        ("v" * 10_000, "password_too_long"),
        ("passwordpassword", "password_compromised"),
        ("PasswordPassword", "password_compromised"),
        ("aaaaaaaaaaaaaaaaaaaa", "password_compromised"),
        ("abcdefghijklmnopqrst", "password_compromised"),
        ("qwertyuiopasdfgh", "password_compromised"),
        ("elisabeth.tudor1", "password_contains_identity"),
        ("Elisabeth-Tudor!", "password_contains_identity"),
        ("elisabeth@tudor.example", "password_contains_identity"),
        ("ExampleBrandName1", "password_contains_identity"),
        (123456789012345678, "invalid_type"),
        (None, "invalid_type"),
        (["violet tractor sings"], "invalid_type"),
    ],
)
def test_a_password_may_not_be(password: Any, code: str, make_site: Callable[..., Site]) -> None:
    site = make_site(BRAND_NAME="Example Brand Name")
    answer = site.browser().register(
        "elisabeth.tudor", email="elisabeth@tudor.example", password=password
    )
    assert_problem(answer, 422, code)
    assert codes(answer) == [("/password", code)]


def test_a_password_that_only_mentions_its_owner_may_be(browser: Browser) -> None:
    assert browser.register("ann", password="violet tractor of ann").status_code == 202


def test_the_shortest_password_is_a_setting(make_site: Callable[..., Site]) -> None:
    site = make_site(PASSWORD_MIN_LENGTH="8")
    refused = site.browser().register(password="violets")
    assert_problem(refused, 422, "password_too_short")
    assert "8" in refused.json["detail"]
    assert site.browser().register(password="vi0let7!").status_code == 202


def test_a_password_known_from_a_breach_is_refused(make_site: Callable[..., Site]) -> None:
    site = make_site(breached=lambda password: password == PASSWORD)
    answer = site.browser().register()
    assert_problem(answer, 422, "password_compromised")
    assert codes(answer) == [("/password", "password_compromised")]
    assert site.browser().register(password="another tractor sings").status_code == 202


def test_a_password_is_the_same_in_every_unicode_form(site: Site, browser: Browser) -> None:
    browser.become(password="Ame\u0301lie sings violet")
    assert site.browser().sign_in(password="Am\u00e9lie sings violet").status_code == 201
    assert site.browser().sign_in(password="Ame\u0301lie sings violet").status_code == 201


@pytest.mark.parametrize("wrong", [PASSWORD.upper(), f"{PASSWORD} ", PASSWORD[:-1], PASSWORD + "s"])
def test_another_password_is_another(wrong: str, browser: Browser) -> None:
    browser.become()
    assert_problem(browser.sign_in(password=wrong), 401, "invalid_credentials")


def test_a_password_is_whole_to_its_last_character(site: Site, browser: Browser) -> None:
    longest = ("violet tractor sings at dawn " * 5)[:128]
    browser.become(password=longest)
    assert site.browser().sign_in(password=longest).status_code == 201
    for other in (longest[:-1], longest + "x", longest * 2):
        assert_problem(site.browser().sign_in(password=other), 401, "invalid_credentials")


def test_a_password_does_not_grow_old(site: Site, browser: Browser) -> None:
    browser.become()
    site.clock.advance(days=10 * 365)
    assert site.browser().sign_in().status_code == 201


@pytest.mark.true_cost
def test_a_password_is_kept_as_argon2id_at_the_promised_cost(site: Site, browser: Browser) -> None:
    browser.become()
    assert "$argon2id$v=19$m=19456,t=2,p=1$" in str(site.stored())


def test_an_older_hash_is_upgraded_at_sign_in(site: Site, browser: Browser) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)
    user = browser.become()
    site.clock.advance(days=1)
    site.change_user(user["id"], password_hash=weak)
    assert browser.sign_in().status_code == 201
    assert weak not in str([item for item in site.stored() if item["pk"]["S"].startswith("U#")])
    assert site.browser().sign_in().status_code == 201


def test_no_secret_and_no_address_as_a_key_is_stored(site: Site, browser: Browser) -> None:
    browser.become()
    token = browser.client.get_cookie("session").value
    code = site.code("ann@example.com")
    stored = site.stored()
    strings = str(stored)
    assert "ann@example.com" in strings
    assert not any(secret in strings for secret in (PASSWORD, token, f"'{code}'"))
    assert "ann@example.com" not in str([(item["pk"], item["sk"]) for item in stored])
