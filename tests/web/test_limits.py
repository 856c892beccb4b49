"""Limits: what is too often is refused for a while."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from backend.accounts import limits
from backend.settings import Rate
from tests.support import Site, assert_problem

HOUR = 3600
WRONG = "a wrong password"


def registrations(site: Site) -> Callable[[int], TestResponse]:
    return lambda number: site.browser().register(f"user{number}")


def other_addresses(site: Site) -> Callable[[int], TestResponse]:
    browser = site.browser()
    begun = site.browser("192.0.2.1").register("ann")
    return lambda number: browser.readdress(begun, f"{number}@example.com")


def options_for_passkeys(site: Site) -> Callable[[int], TestResponse]:
    return lambda number: site.browser().post(
        "registrations/passkey-options",
        {"username": f"user{number}", "email": f"user{number}@example.com"},
    )


def sign_ins(site: Site) -> Callable[[int], TestResponse]:
    return lambda number: site.browser().sign_in(f"nobody{number}", WRONG)


def sign_ins_to_one_account(site: Site) -> Callable[[int], TestResponse]:
    site.browser().become("ann")
    return lambda number: site.browser(f"192.0.2.{number}").sign_in("ann", WRONG)


def sign_ins_of_one_device(site: Site) -> Callable[[int], TestResponse]:
    browser = site.browser()
    browser.become("ann")
    return lambda number: browser.sign_in("ann", WRONG)


def mails_to_one_mailbox(site: Site) -> Callable[[int], TestResponse]:
    return lambda number: site.browser(f"192.0.2.{number}").register(
        f"user{number}", email="ann@example.com"
    )


def mails_of_the_site(site: Site) -> Callable[[int], TestResponse]:
    return lambda number: site.browser(f"192.0.2.{number}").register(f"user{number}")


each_limit = pytest.mark.parametrize(
    ("name", "begin"),
    [
        ("LIMIT_REGISTRATIONS", registrations),
        ("LIMIT_REGISTRATIONS", other_addresses),
        ("LIMIT_REGISTRATIONS", options_for_passkeys),
        ("LIMIT_SIGN_INS", sign_ins),
        ("LIMIT_IDENTIFIER", sign_ins_to_one_account),
        ("LIMIT_DEVICE", sign_ins_of_one_device),
        ("LIMIT_MAILBOX", mails_to_one_mailbox),
        ("LIMIT_MAIL", mails_of_the_site),
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
Begin = Callable[[Site], Callable[[int], TestResponse]]


@each_limit
def test_more_than_a_limit_allows_is_refused_until_the_hour_is_over(
    name: str, begin: Begin, limited: Callable[..., Site]
) -> None:
    site = limited(**{name: "3/hour 100/day"})
    site.clock.advance(minutes=20)
    attempt = begin(site)
    assert {attempt(number).status_code for number in range(3)} <= {200, 202, 401}
    refused = attempt(3)
    assert_problem(refused, 429, "rate_limited")
    assert refused.headers["Retry-After"] == str(40 * 60)
    site.clock.advance(minutes=40, seconds=-1)
    assert attempt(4).headers["Retry-After"] == "1"
    site.clock.advance(seconds=1)
    # A pending registration has expired meanwhile, but it is judged again.
    assert attempt(5).status_code != 429


@each_limit
def test_more_than_a_limit_allows_is_refused_until_the_day_is_over(
    name: str, begin: Begin, limited: Callable[..., Site]
) -> None:
    site = limited(**{name: "100/hour 3/day"})
    attempt = begin(site)
    assert {attempt(number).status_code for number in range(3)} <= {200, 202, 401}
    site.clock.advance(minutes=3 * 60)
    refused = attempt(3)
    assert_problem(refused, 429, "rate_limited")
    assert refused.headers["Retry-After"] == str(9 * HOUR)
    site.clock.advance(seconds=9 * HOUR)
    assert attempt(4).status_code != 429


def test_a_refusal_does_not_count(limited: Callable[..., Site]) -> None:
    site = limited(LIMIT_SIGN_INS="2/hour 3/day")
    attempt = sign_ins(site)
    statuses = [attempt(number).status_code for number in range(9)]
    site.clock.advance(seconds=HOUR)
    statuses += [attempt(number).status_code for number in range(2)]
    assert statuses == [401, 401, *[429] * 7, 401, 429]


def test_one_number_scales_every_limit(limited: Callable[..., Site]) -> None:
    site = limited(LIMIT_SIGN_INS="2/hour 100/day", RATE_LIMIT_SCALE="2.5")
    attempt = sign_ins(site)
    assert [attempt(number).status_code for number in range(6)] == [*[401] * 5, 429]


def test_the_share_of_a_mailbox_holds_however_it_is_spelled_and_used(
    limited: Callable[..., Site],
) -> None:
    site = limited(LIMIT_MAILBOX="3/hour 9/day")
    browser = site.browser()
    begun = browser.register("user1", email="ann@example.com")
    other = browser.register("user2", email="ANN@Example.com")
    site.clock.advance(minutes=1)
    assert browser.resend(begun).status_code == 202
    for refused in (
        browser.register("user3", email="\uff41nn@example.com"),
        browser.resend(other),
        browser.readdress(other, "ann@example.com"),
    ):
        assert_problem(refused, 429, "rate_limited")
    assert browser.register("user4", email="bob@example.com").status_code == 202
    assert len(site.mails()) == 4


def test_another_address_has_the_share_of_its_own_mailbox(limited: Callable[..., Site]) -> None:
    site = limited(LIMIT_MAILBOX="1/hour 9/day")
    browser = site.browser()
    begun = browser.register("ann")
    assert browser.readdress(begun, "bob@example.com").status_code == 202
    site.clock.advance(minutes=1)
    assert_problem(browser.resend(begun), 429, "rate_limited")


def test_the_mail_budget_holds_for_every_kind_of_mail(limited: Callable[..., Site]) -> None:
    site = limited(LIMIT_MAIL="3/hour 9/day")
    site.browser().become("known")
    site.browser().register("second", email="known@example.com")
    begun = site.browser().register("third")
    site.clock.advance(minutes=1)
    assert_problem(site.browser().resend(begun), 429, "rate_limited")
    assert_problem(site.browser().register("fourth"), 429, "rate_limited")
    assert site.browser().sign_in("known").status_code == 201
    assert len(site.mails()) == 3


def test_a_registration_that_was_refused_for_mail_holds_no_username(
    limited: Callable[..., Site],
) -> None:
    site = limited(LIMIT_MAILBOX="1/hour 9/day")
    site.browser().register("user1", email="ann@example.com")
    refused = site.browser().register("user2", email="ann@example.com")
    assert_problem(refused, 429, "rate_limited")
    assert site.browser().register("user2").status_code == 202


def test_what_is_no_registration_counts_for_none(limited: Callable[..., Site]) -> None:
    site = limited(LIMIT_REGISTRATIONS="1/hour 9/day")
    for _ in range(3):
        assert_problem(site.browser().register(password="short"), 422, "password_too_short")
    assert site.browser().register().status_code == 202


def test_a_large_budget_of_mails_is_counted_in_parts(limited: Callable[..., Site]) -> None:
    site = limited(LIMIT_MAIL="300000/hour 3000000/day")
    begin = mails_of_the_site(site)
    for number in range(30):
        assert begin(number).status_code == 202
    counted = [item for item in site.stored() if item["pk"]["S"].startswith("L#mail#")]
    assert len(counted) == 3
    assert sum(int(item["day"]["N"]) for item in counted) == 30


@pytest.mark.parametrize(
    ("budget", "number"),
    [
        (Rate(1, 1), 1),
        (Rate(100_000, 2_400_000), 1),
        (Rate(100_001, 2_400_000), 2),
        (Rate(2_000_000, 40_000_000), 20),
        (Rate(2_000_000, 7), 1),
        (Rate(1_234_567, 2_345_678), 13),
    ],
)
def test_the_parts_of_a_budget_allow_no_more_than_all_of_it(budget: Rate, number: int) -> None:
    parts, each = limits.parts(budget)
    assert parts == number
    assert budget.hourly - parts < parts * each.hourly <= budget.hourly
    assert budget.daily - parts < parts * each.daily <= budget.daily
