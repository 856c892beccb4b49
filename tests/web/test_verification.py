"""`/registrations/{id}`: proving the mailbox, another code, another address."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from werkzeug.test import TestResponse

from backend.storage import audit
from tests.meanwhile import Asked, at, cut
from tests.support import Browser, Site, assert_problem, codes, registration_id

NOBODY = "01980000-0000-7000-8000-000000000000"
ANN = "ann@example.com"


def wrong(code: str) -> str:
    """Another code than this one."""
    return f"{(int(code) + 1) % 10**6:06}"


def exhaust(browser: Browser, registration: TestResponse, code: str) -> None:
    for left in (4, 3, 2, 1, 0):
        answer = browser.verify(registration, wrong(code))
        assert_problem(answer, 422, "code_invalid")
        assert answer.json["attempts_left"] == left


def test_the_code_makes_the_account_and_signs_in(site: Site, browser: Browser) -> None:
    begun = browser.register()
    answer = browser.verify(begun, site.code(ANN))
    assert answer.status_code == 201
    assert answer.json.keys() == {"user"}
    assert answer.headers["Location"] == f"/api/v1/users/{answer.json['user']['id']}"
    assert browser.get(answer.headers["Location"]).json == answer.json["user"]


def test_the_code_works_in_another_browser(site: Site) -> None:
    begun = site.browser().register()
    phone = site.browser("192.0.2.1")
    assert phone.verify(begun, site.code(ANN)).status_code == 201
    assert phone.get("users/me").json["username"] == "ann"


@pytest.mark.parametrize("typed", ["{0} {1}", " {0}{1} ", "{0}-{1}"])
def test_spaces_and_hyphens_in_a_code_do_not_count(
    typed: str, site: Site, browser: Browser
) -> None:
    begun, code = browser.register(), site.code(ANN)
    assert browser.verify(begun, typed.format(code[:3], code[3:])).status_code == 201


@pytest.mark.parametrize("code", ["000", "no code", "\uff11" * 6, "1" * 1024])
def test_what_is_no_code_is_a_wrong_code(code: str, browser: Browser) -> None:
    answer = browser.verify(browser.register(), code)
    assert_problem(answer, 422, "code_invalid")
    assert codes(answer) == [("/code", "code_invalid")]
    assert answer.json["attempts_left"] == 4
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        ({}, ("/code", "required")),
        ({"code": ""}, ("/code", "required")),
        ({"code": None}, ("/code", "invalid_type")),
        ({"code": 123456}, ("/code", "invalid_type")),
        ({"code": ["123456"]}, ("/code", "invalid_type")),
        ({"code": "1" * 1025}, ("/code", "too_long")),
        ({"code": "123456", "role": "admin"}, ("/role", "unknown_member")),
    ],
)
def test_a_body_that_is_refused_costs_no_try(
    body: dict[str, object], refused: tuple[str, str], site: Site, browser: Browser
) -> None:
    begun = browser.register()
    answer = browser.post(f"registrations/{registration_id(begun)}/verify", body)
    assert_problem(answer, 422, refused[1])
    assert codes(answer) == [refused]
    assert browser.verify(begun, wrong(site.code(ANN))).json["attempts_left"] == 4


def test_after_five_wrong_tries_the_right_code_is_refused(site: Site, browser: Browser) -> None:
    begun, code = browser.register(), site.code(ANN)
    exhaust(browser, begun, code)
    assert_problem(browser.verify(begun, code), 410, "code_exhausted")


def test_after_four_wrong_tries_the_right_code_is_good(site: Site, browser: Browser) -> None:
    begun, code = browser.register(), site.code(ANN)
    for _ in range(4):
        browser.verify(begun, wrong(code))
    assert browser.verify(begun, code).status_code == 201


def test_of_many_tries_at_once_five_are_judged(site: Site) -> None:
    begun, code = site.browser().register(), site.code(ANN)
    with ThreadPoolExecutor(12) as crowd:
        answers = crowd.map(lambda _: site.browser().verify(begun, wrong(code)), range(12))
    assert sorted(answer.status_code for answer in answers) == [410] * 7 + [422] * 5


def test_an_exhausted_code_is_replaced_by_another(site: Site, browser: Browser) -> None:
    begun = browser.register()
    exhaust(browser, begun, site.code(ANN))
    site.clock.advance(seconds=60)
    assert browser.resend(begun).status_code == 202
    exhaust(browser, begun, site.code(ANN))
    site.clock.advance(seconds=60)
    assert browser.resend(begun).status_code == 202
    assert browser.verify(begun, site.code(ANN)).status_code == 201


def test_a_code_is_good_for_ten_minutes(site: Site, browser: Browser) -> None:
    begun = browser.register()
    site.clock.advance(minutes=9, seconds=59)
    assert browser.verify(begun, site.code(ANN)).status_code == 201


def test_an_expired_code_is_refused_and_another_can_be_had(site: Site, browser: Browser) -> None:
    begun = browser.register()
    site.clock.advance(minutes=10)
    assert_problem(browser.verify(begun, site.code(ANN)), 422, "code_invalid")
    assert browser.resend(begun).status_code == 202
    assert browser.verify(begun, site.code(ANN)).status_code == 201


def test_a_registration_expires_after_half_an_hour(site: Site, browser: Browser) -> None:
    begun = browser.register()
    site.clock.advance(minutes=29)
    browser.resend(begun)
    site.clock.advance(seconds=59)
    assert browser.verify(begun, wrong(site.code(ANN))).json["attempts_left"] == 4
    site.clock.advance(seconds=1)
    assert_problem(browser.verify(begun, site.code(ANN)), 410, "registration_expired")
    assert_problem(browser.resend(begun), 404, "registration_not_found")
    assert_problem(browser.readdress(begun, ANN), 404, "registration_not_found")


def test_the_code_of_another_registration_is_refused(site: Site, browser: Browser) -> None:
    ann = browser.register("ann")
    bob = browser.register("bob")
    bob_code = site.code("bob@example.com")
    assert_problem(browser.verify(ann, bob_code), 422, "code_invalid")
    assert browser.verify(bob, bob_code).json["user"]["username"] == "bob"


def test_a_spent_code_opens_nothing(site: Site, browser: Browser) -> None:
    begun, code = browser.register(), site.code(ANN)
    assert browser.verify(begun, code).status_code == 201
    again = site.browser().verify(begun, code)
    assert_problem(again, 409, "account_exists")
    assert "Set-Cookie" not in again.headers


def test_of_many_with_the_right_code_at_once_one_is_signed_in(site: Site) -> None:
    begun, code = site.browser().register(), site.code(ANN)
    with ThreadPoolExecutor(4) as crowd:
        answers = list(crowd.map(lambda _: site.browser().verify(begun, code), range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert ["Set-Cookie" in answer.headers for answer in answers].count(True) == 1


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_no_reading_call_spends_a_code(method: str, site: Site, browser: Browser) -> None:
    begun, code = browser.register(), site.code(ANN)
    browser.call(method, f"registrations/{registration_id(begun)}/verify?code={code}")
    browser.call(method, f"registrations/{registration_id(begun)}")
    assert browser.verify(begun, code).status_code == 201


@pytest.mark.parametrize(
    "registration", [NOBODY, NOBODY.upper(), f"{{{NOBODY}}}", "me", "0", "%00", "%F0%9F%8E%B7"]
)
def test_a_registration_that_there_is_not_is_not_found(registration: str, browser: Browser) -> None:
    path = f"registrations/{registration}"
    for answer in (
        browser.post(f"{path}/verify", {"code": "123456"}),
        browser.post(f"{path}/resend"),
        browser.patch(path, {"email": ANN}),
    ):
        assert_problem(answer, 404, "registration_not_found")


def test_a_registration_that_became_an_account_becomes_no_other(
    site: Site, browser: Browser
) -> None:
    begun = browser.register()
    browser.verify(begun, site.code(ANN))
    browser.readdress(begun, "other@example.com")
    late = site.browser().verify(begun, site.mails("other@example.com")[0]["subject"][:6])
    assert late.status_code in {404, 409, 410}
    assert "Set-Cookie" not in late.headers
    assert browser.get("users/me").json["email"] == ANN


@pytest.mark.parametrize("fate", ["cut off", "disabled"])
def test_an_account_whose_first_session_does_not_begin_is_in_its_log(
    fate: str, site: Site, browser: Browser
) -> None:
    begun = browser.register("ann")
    user_id = begun.json["registration"]["id"]

    def begins(operation: str, asked: Asked) -> bool:
        return operation == "PutItem" and f"S#{user_id}" in str(asked)

    act = cut if fate == "cut off" else partial(site.change_user, user_id, disabled=True)
    with site.calls.noted(at(begins, act)):
        answer = browser.verify(begun, site.code(ANN))
    assert answer.status_code == (503 if fate == "cut off" else 401)
    [event], _ = audit.of_user(site.context.database, user_id, limit=1)
    assert event.action == "user.created"
