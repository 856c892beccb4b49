"""`Idempotency-Key` on `POST /users`: the same request twice is one registration."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.meanwhile import Asked, at
from tests.support import PASSWORD, Browser, Site, assert_problem, codes

ANN = {"username": "ann", "email": "ann@example.com", "password": PASSWORD}


def repeatable(browser: Browser, body: dict[str, Any] = ANN, key: str = "12345678") -> TestResponse:
    return browser.post("users", body, headers={"Idempotency-Key": key})


@pytest.mark.parametrize("key", ["12345678", "a" * 128, "!~#$%&'()*+"])
def test_the_same_request_gets_the_same_answer_and_one_mail(key: str, site: Site) -> None:
    first = repeatable(site.browser(), key=key)
    assert first.status_code == 202
    site.clock.advance(minutes=20)
    again = repeatable(site.browser("192.0.2.1"), key=key)
    assert (again.status_code, again.json) == (202, first.json)
    assert len(site.mails()) == 1


def test_the_order_of_members_does_not_count(site: Site, browser: Browser) -> None:
    first = repeatable(browser)
    assert repeatable(browser, dict(reversed(ANN.items()))).json == first.json


def test_at_once_the_same_request_is_one_registration(site: Site) -> None:
    with ThreadPoolExecutor(4) as crowd:
        answers = list(crowd.map(lambda _: repeatable(site.browser()), range(4)))
    assert [answer.status_code for answer in answers] == [202] * 4
    assert len({answer.get_data() for answer in answers}) == 1
    assert len(site.mails()) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"username": "bob"},
        {"email": "bob@example.com"},
        {"password": "another tractor sings"},
        {"display_name": "Ann"},
        {"locale": "de"},
    ],
)
def test_a_key_used_with_another_body_is_refused(other: dict[str, str], browser: Browser) -> None:
    repeatable(browser)
    answer = repeatable(browser, {**ANN, **other})
    assert_problem(answer, 422, "idempotency_key_reused")
    assert codes(answer) == [("", "idempotency_key_reused")]


def test_what_was_answered_meanwhile_is_the_answer(site: Site, browser: Browser) -> None:
    """The name was somebody's, who goes; the same request begins a registration before this one."""
    somebody = site.browser().become("ann", email="somebody@example.com")
    elsewhere = site.instance().browser()
    first: list[TestResponse] = []

    def remembers(operation: str, _asked: Asked) -> bool:
        return operation == "PutItem"

    def begin() -> None:
        site.delete_user(somebody["id"])
        first.append(repeatable(elsewhere))

    with site.calls.noted(at(remembers, begin)):
        answer = repeatable(browser)
    assert [first[0].status_code, answer.status_code] == [202, 202]
    assert answer.json == first[0].json


def test_that_a_username_was_taken_is_answered_again(site: Site, browser: Browser) -> None:
    site.browser().register("ann", email="first@example.com")
    assert_problem(repeatable(browser), 409, "username_taken")
    site.clock.advance(minutes=40)
    assert_problem(repeatable(browser), 409, "username_taken")
    assert repeatable(browser, key="87654321").status_code == 202


def test_a_body_that_was_refused_leaves_its_key_unused(browser: Browser) -> None:
    assert_problem(repeatable(browser, {**ANN, "password": "short"}), 422, "password_too_short")
    assert repeatable(browser).status_code == 202


def test_an_answer_is_remembered_for_a_day(site: Site, browser: Browser) -> None:
    first = repeatable(browser)
    site.clock.advance(days=1, seconds=-1)
    assert repeatable(browser).json == first.json
    site.clock.advance(seconds=1)
    later = repeatable(browser)
    assert later.status_code == 202
    assert later.json != first.json
    assert len(site.mails()) == 2


def test_another_key_is_another_registration(browser: Browser) -> None:
    first = repeatable(browser)
    bob = {**ANN, "username": "bob"}
    assert repeatable(browser, bob, key="87654321").json != first.json
    assert_problem(repeatable(browser, key="abcdefgh"), 409, "username_taken")


@pytest.mark.parametrize("key", ["", "1234567", "a" * 129, "1234 5678", "1234567é", "1234567\t8"])
def test_a_key_that_is_none_is_refused(key: str, site: Site, browser: Browser) -> None:
    answer = repeatable(browser, key=key)
    assert_problem(answer, 422, "idempotency_key_invalid")
    assert codes(answer) == [("", "idempotency_key_invalid")]
    assert site.mails() == []


def test_neither_key_nor_password_can_be_read_from_what_is_remembered(
    site: Site, browser: Browser
) -> None:
    repeatable(browser, key="a-key-of-mine")
    assert "a-key-of-mine" not in str(site.stored())
    assert PASSWORD not in str(site.stored())
