"""Limits keep guessers out, and nobody else: not a known device, not an office."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from tests.meanwhile import Asked, at, cut
from tests.support import PASSWORD, Site, assert_problem

WRONG = "a wrong password"


def test_another_address_has_a_share_of_its_own(limited: Callable[..., Site]) -> None:
    site = limited(LIMIT_SIGN_INS="1/hour 9/day")
    assert_problem(site.browser("192.0.2.1").sign_in("a-user"), 401, "invalid_credentials")
    assert_problem(site.browser("192.0.2.1").sign_in("b-user"), 429, "rate_limited")
    assert_problem(site.browser("192.0.2.2").sign_in("c-user"), 401, "invalid_credentials")


@pytest.mark.parametrize("forged", ["X-Forwarded-For", "Forwarded", "CloudFront-Viewer-Address"])
def test_no_header_chooses_the_address_that_counts(
    forged: str, limited: Callable[..., Site]
) -> None:
    site = limited(LIMIT_SIGN_INS="1/hour 9/day")
    site.browser().sign_in("a-user")
    refused = site.browser().sign_in("b-user", headers={forged: "192.0.2.7:443"})
    assert_problem(refused, 429, "rate_limited")


@pytest.mark.parametrize("identifier", ["ann", "ANN", "ann@example.com"])
def test_a_known_device_is_not_locked_out_by_strangers(
    identifier: str, limited: Callable[..., Site]
) -> None:
    site = limited(LIMIT_IDENTIFIER="3/hour 9/day")
    owner = site.browser()
    owner.become("ann")
    owner.delete("sessions/current")
    strangers = [site.browser("192.0.2.1").sign_in(identifier, WRONG) for _ in range(4)]
    assert strangers[-1].status_code == 429
    assert_problem(site.browser().sign_in(identifier), 429, "rate_limited")
    assert owner.sign_in(identifier).status_code == 201


def test_a_device_is_known_only_to_the_account_it_signed_in_to(
    limited: Callable[..., Site],
) -> None:
    site = limited(LIMIT_IDENTIFIER="2/hour 9/day")
    site.browser().become("ann")
    mallory = site.browser()
    mallory.become("mallory")
    tries = [mallory.sign_in("ann", WRONG).status_code for _ in range(3)]
    assert tries == [401, 401, 429]


def test_a_forged_device_is_a_stranger(limited: Callable[..., Site]) -> None:
    site = limited(LIMIT_IDENTIFIER="2/hour 9/day")
    owner = site.browser()
    owner.become("ann")
    cookie = owner.client.get_cookie("device").value
    stranger = site.browser()
    stranger.client.set_cookie("device", ("B" if cookie[0] == "A" else "A") + cookie[1:])
    assert [stranger.sign_in("ann", WRONG).status_code for _ in range(3)] == [401, 401, 429]


def test_a_device_stays_known_after_signing_in_again(limited: Callable[..., Site]) -> None:
    site = limited(LIMIT_IDENTIFIER="1/hour 9/day")
    owner = site.browser()
    owner.become("ann")
    owner.sign_in("ann")
    for _ in range(2):
        site.browser("192.0.2.1").sign_in("ann", WRONG)
    assert [owner.sign_in("ann").status_code for _ in range(2)] == [201, 201]


@pytest.mark.parametrize("name", ["LIMIT_SIGN_INS", "LIMIT_IDENTIFIER", "LIMIT_DEVICE"])
def test_right_passwords_leave_half_of_the_limit_to_wrong_ones(
    name: str, limited: Callable[..., Site]
) -> None:
    site = limited(**{name: "4/hour 4/day"})
    device = site.browser()
    device.become("ann")

    def sign_in(password: str = PASSWORD) -> int:
        somebody = device if name == "LIMIT_DEVICE" else site.browser()
        return somebody.sign_in("ann", password).status_code

    right = [sign_in() for _ in range(6)]
    wrong = [sign_in(WRONG) for _ in range(3)]
    assert (right, wrong) == ([201] * 6, [401, 401, 429])


@pytest.mark.parametrize("name", ["LIMIT_SIGN_INS", "LIMIT_IDENTIFIER", "LIMIT_DEVICE"])
def test_right_passwords_give_wrong_ones_no_more_tries(
    name: str, limited: Callable[..., Site]
) -> None:
    site = limited(**{name: "4/hour 4/day"})
    device = site.browser()
    device.become("ann")
    passwords = [WRONG, PASSWORD] * 3 + [WRONG] * 3

    def sign_in(password: str) -> int:
        browser = device if name == "LIMIT_DEVICE" else site.browser()
        return browser.sign_in("ann", password).status_code

    assert [sign_in(password) for password in passwords].count(401) <= 4


def test_a_try_that_cannot_be_given_back_keeps_nobody_out(
    limited: Callable[..., Site], log: io.StringIO
) -> None:
    site = limited(LIMIT_IDENTIFIER="2/hour 2/day")
    site.browser().become("ann")
    site.browser().sign_in("ann")

    def gives_back(operation: str, asked: Asked) -> bool:
        return operation == "UpdateItem" and "{'N': '-1'}" in str(asked)

    with site.calls.noted(at(gives_back, cut)):
        assert site.browser().sign_in("ann").status_code == 201
    assert "try not given back" in log.getvalue()
    assert_problem(site.browser().sign_in("ann"), 429, "rate_limited")


def test_an_office_behind_one_address_meets_no_limit(limited: Callable[..., Site]) -> None:
    site = limited()
    desks = [site.browser("198.51.100.1") for _ in range(25)]
    for number, desk in enumerate(desks):
        desk.become(f"colleague{number}")
    phones = [site.browser("198.51.100.1") for _ in desks]
    for number, phone in enumerate(phones):
        assert_problem(phone.sign_in(f"colleague{number}", WRONG), 401, "invalid_credentials")
        assert phone.sign_in(f"colleague{number}").status_code == 201


def test_by_default_a_password_is_guessed_twenty_times_an_hour(
    limited: Callable[..., Site],
) -> None:
    site = limited()
    site.browser().become("ann")
    tries = [site.browser(f"192.0.2.{number}").sign_in("ann", WRONG) for number in range(22)]
    assert [answer.status_code for answer in tries] == [401] * 20 + [429] * 2
