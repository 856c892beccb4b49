"""`POST /sessions/challenges/{id}`: after the right password, a second factor."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest

from tests.factors import App, add_totp, answer, challenged, make_recovery_codes
from tests.support import (
    KEYS,
    NEW_PASSWORD,
    PASSWORD,
    Browser,
    Site,
    assert_problem,
    codes,
    session_token,
)

OTHER_KEY = "7" * 64
NOBODY = "01980000-0000-7000-8000-000000000000"


@pytest.fixture
def owner(browser: Browser) -> Browser:
    browser.become()
    return browser


@pytest.fixture
def app(owner: Browser) -> App:
    return add_totp(owner)


def test_the_right_password_begins_a_challenge_and_no_session(app: App, site: Site) -> None:
    browser = site.browser()
    begun = browser.sign_in()
    assert begun.status_code == 202
    challenge = begun.json["challenge"]
    assert challenge.keys() == {"id", "methods", "expires_at"}
    assert challenge["methods"] == ["totp"]
    assert "Set-Cookie" not in begun.headers
    assert browser.get("users/me").status_code == 401


def test_a_wrong_password_is_refused_as_any_other(app: App, site: Site) -> None:
    refused = site.browser().sign_in(password="not the password at all")
    assert_problem(refused, 401, "invalid_credentials")


def test_the_right_code_begins_the_session(app: App, site: Site) -> None:
    browser = site.browser()
    given = answer(browser, challenged(browser), app.next_code())
    assert given.status_code == 201
    assert given.json.keys() == {"user", "session"}
    assert browser.get("users/me").json["username"] == "ann"
    assert_problem(browser.post("users/me/totp"), 403, "step_up_required")


@pytest.mark.parametrize("code", ["", "000", "no code", "0000000", "①②③④⑤⑥", "\u0661" * 6])
def test_what_is_no_code_is_refused(app: App, site: Site, code: str) -> None:
    browser = site.browser()
    refused = answer(browser, challenged(browser), code)
    assert refused.status_code == (401 if code else 422)
    assert browser.get("users/me").status_code == 401


def test_a_code_is_good_once(app: App, site: Site) -> None:
    code, one, other = app.next_code(), site.browser(), site.browser()
    assert answer(one, challenged(one), code).status_code == 201
    assert_problem(answer(other, challenged(other), code), 401, "invalid_code")


def test_the_code_that_confirmed_the_app_is_used_already(app: App, site: Site) -> None:
    browser = site.browser()
    assert_problem(answer(browser, challenged(browser), app.code()), 401, "invalid_code")


def test_no_earlier_code_is_good_after_a_later_one(app: App, site: Site) -> None:
    site.clock.advance(seconds=60)
    one, other = site.browser(), site.browser()
    assert answer(one, challenged(one), app.code(steps=1)).status_code == 201
    assert_problem(answer(other, challenged(other), app.code()), 401, "invalid_code")


@pytest.mark.parametrize(("steps", "status"), [(-2, 401), (-1, 201), (1, 201), (2, 401)])
def test_a_clock_may_be_a_step_off(app: App, site: Site, steps: int, status: int) -> None:
    site.clock.advance(minutes=5)
    browser = site.browser()
    given = answer(browser, challenged(browser), app.code(steps=steps))
    assert given.status_code == status


def test_another_users_code_is_refused(app: App, site: Site) -> None:
    bob = site.browser()
    bob.become("bob")
    add_totp(bob)
    assert_problem(answer(bob, challenged(bob, "bob"), app.next_code()), 401, "invalid_code")


def test_a_code_for_the_other_method_is_refused(app: App, owner: Browser, site: Site) -> None:
    recovery = make_recovery_codes(owner)[0]
    browser = site.browser()
    challenge = challenged(browser)
    assert_problem(answer(browser, challenge, recovery), 401, "invalid_code")
    refused = answer(browser, challenge, app.next_code(), "recovery_code")
    assert_problem(refused, 401, "invalid_code")


def test_a_method_is_one_that_there_is(app: App, site: Site) -> None:
    browser = site.browser()
    refused = answer(browser, challenged(browser), "123456", "password")
    assert codes(refused) == [("/method", "method_invalid")]


def test_a_challenge_is_good_for_ten_minutes(app: App, site: Site) -> None:
    one, other = site.browser(), site.browser()
    challenges = challenged(one), challenged(other)
    site.clock.advance(minutes=9, seconds=59)
    assert answer(one, challenges[0], app.code()).status_code == 201
    site.clock.advance(seconds=1)
    assert_problem(answer(other, challenges[1], app.code()), 410, "challenge_expired")


def test_a_challenge_is_good_for_five_tries(app: App, site: Site) -> None:
    browser = site.browser()
    challenge = challenged(browser)
    for _ in range(5):
        assert_problem(answer(browser, challenge, app.wrong_code()), 401, "invalid_code")
    assert_problem(answer(browser, challenge, app.next_code()), 410, "challenge_expired")


def test_a_challenge_is_good_for_one_session(app: App, site: Site) -> None:
    browser = site.browser()
    challenge = challenged(browser)
    assert answer(browser, challenge, app.next_code()).status_code == 201
    assert_problem(answer(browser, challenge, app.next_code()), 410, "challenge_expired")


@pytest.mark.parametrize("challenge", [NOBODY, "0", "..", "x" * 3000])
def test_what_is_no_challenge_is_over(site: Site, challenge: str) -> None:
    refused = answer(site.browser(), challenge, "123456")
    assert refused.status_code in {404, 410}
    assert refused.json["code"] in {"not_found", "challenge_expired"}


def test_ending_all_sessions_ends_the_challenge(app: App, owner: Browser, site: Site) -> None:
    browser = site.browser()
    challenge = challenged(browser)
    owner.delete("sessions")
    assert_problem(answer(browser, challenge, app.next_code()), 410, "challenge_expired")


def test_a_new_password_ends_the_challenge(app: App, owner: Browser, site: Site) -> None:
    browser = site.browser()
    challenge = challenged(browser)
    owner.forget()
    owner.reset(site.token("ann@example.com"))
    assert_problem(answer(browser, challenge, app.next_code()), 410, "challenge_expired")


def test_a_new_password_takes_no_second_factor_away(app: App, owner: Browser, site: Site) -> None:
    owner.forget()
    owner.reset(site.token("ann@example.com"))
    browser = site.browser()
    assert (
        answer(browser, challenged(browser, password=NEW_PASSWORD), app.next_code()).status_code
        == 201
    )


def test_a_disabled_user_gets_no_further(app: App, owner: Browser, site: Site) -> None:
    browser, user_id = site.browser(), owner.get("users/me").json["id"]
    challenge = challenged(browser)
    site.change_user(user_id, disabled=True)
    assert_problem(answer(browser, challenge, app.next_code()), 410, "challenge_expired")


def test_nor_does_who_is_gone(app: App, owner: Browser, site: Site) -> None:
    browser, user_id = site.browser(), owner.get("users/me").json["id"]
    challenge = challenged(browser)
    site.delete_user(user_id)
    assert_problem(answer(browser, challenge, app.next_code()), 410, "challenge_expired")


def test_who_is_disabled_begins_none(app: App, owner: Browser, site: Site) -> None:
    site.change_user(owner.get("users/me").json["id"], disabled=True)
    assert_problem(site.browser().sign_in(), 401, "invalid_credentials")


@pytest.mark.parametrize("spend", [True, False])
def test_a_wrong_or_used_code_is_not_put_to_the_database(app: App, site: Site, spend: bool) -> None:
    browser, code = site.browser(), app.next_code()
    if spend:
        answer(browser, challenged(browser), code)
    challenge = challenged(browser)
    uses: list[str] = []

    def note(operation: str, asked: dict[str, Any]) -> None:
        uses.extend([operation] if "last_use" in str(asked) else [])

    with site.calls.noted(note):
        refused = answer(browser, challenge, code if spend else app.wrong_code())
    assert_problem(refused, 401, "invalid_code")
    assert uses == []


def test_an_app_whose_secret_cannot_be_opened_has_no_right_code_and_the_log_says_why(
    app: App, site: Site, log: io.StringIO
) -> None:
    browser = site.instance(SIGNING_KEY=OTHER_KEY).browser()
    refused = answer(browser, challenged(browser), app.next_code())
    assert_problem(refused, 401, "invalid_code")
    assert "secret not opened" in log.getvalue()


def test_wrong_codes_are_limited_over_all_challenges(limited: Callable[..., Site]) -> None:
    site = limited(LIMIT_SECOND_FACTOR="7/hour 9/day")
    owner = site.browser()
    owner.become()
    app = add_totp(owner)
    for _ in range(7):
        browser = site.browser()
        assert_problem(answer(browser, challenged(browser), app.wrong_code()), 401, "invalid_code")
    browser = site.browser()
    assert_problem(answer(browser, challenged(browser), app.next_code()), 429, "rate_limited")


def test_a_known_device_is_not_locked_out_by_strangers(limited: Callable[..., Site]) -> None:
    site = limited(LIMIT_SECOND_FACTOR="3/hour 9/day")
    owner = site.browser()
    owner.become()
    app = add_totp(owner)
    stranger = site.browser()
    challenge = challenged(stranger)
    for _ in range(4):
        answer(stranger, challenge, app.wrong_code())
    assert answer(owner, challenged(owner), app.next_code()).status_code == 201


def test_right_codes_do_not_count(limited: Callable[..., Site]) -> None:
    site = limited(LIMIT_SECOND_FACTOR="2/hour 9/day")
    owner = site.browser()
    owner.become()
    app = add_totp(owner)
    for _ in range(4):
        assert answer(owner, challenged(owner), app.next_code()).status_code == 201


def test_a_new_device_is_told_once_it_has_signed_in(app: App, site: Site) -> None:
    browser = site.browser()
    challenge = challenged(browser)
    assert not site.mails("ann@example.com")[0]["subject"].startswith("A new device")
    answer(browser, challenge, app.next_code())
    assert site.mails("ann@example.com")[0]["subject"].startswith("A new device")


def test_a_known_device_is_not_told(app: App, owner: Browser, site: Site) -> None:
    before = len(site.mails())
    answer(owner, challenged(owner), app.next_code())
    assert len(site.mails()) == before


def test_the_session_is_a_new_one_with_a_new_token(app: App, owner: Browser) -> None:
    before = session_token(owner)
    answer(owner, challenged(owner), app.next_code())
    assert session_token(owner) != before


def test_a_refused_code_is_in_the_log(app: App, owner: Browser, site: Site) -> None:
    browser = site.browser("192.0.2.7")
    answer(browser, challenged(browser), app.wrong_code())
    [event] = [i for i in site.stored() if i.get("action") == {"S": "second_factor.refused"}]
    assert event["details"]["M"] == {"method": {"S": "totp"}}
    assert event["ip_prefix"] == {"S": "192.0.2.7/32"}


def test_factors_outlive_a_rotation_of_the_signing_key(
    app: App, owner: Browser, site: Site
) -> None:
    recovery = make_recovery_codes(owner)
    between = site.instance(SIGNING_KEY=OTHER_KEY, PREVIOUS_SIGNING_KEY=KEYS["SIGNING_KEY"])
    browser = between.browser()
    assert answer(browser, challenged(browser), app.next_code()).status_code == 201
    given = answer(browser, challenged(browser), recovery[0], "recovery_code")
    assert given.status_code == 201
    # The secret was sealed anew when it was used.
    browser = site.instance(SIGNING_KEY=OTHER_KEY).browser()
    assert answer(browser, challenged(browser), app.next_code()).status_code == 201


def test_it_takes_the_right_password_to_learn_of_second_factors(app: App, site: Site) -> None:
    site.browser().become("bob")
    stranger = site.browser()
    refused = [stranger.sign_in(name, "not the password at all") for name in ("ann", "bob", "cat")]
    assert {answer.status_code for answer in refused} == {401}
    assert len({answer.json["code"] for answer in refused}) == 1
    assert site.browser().sign_in("bob", PASSWORD).status_code == 201
