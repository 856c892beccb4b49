"""An hour without mail, from half past eleven: people go on, and after it everybody gets in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from backend.mail.ses import Ses
from tests.faults.proxy import Proxy
from tests.faults.refusals import Fault
from tests.faults.ses import SENDER
from tests.invariants import assert_whole
from tests.support import NEW_PASSWORD, Browser, Site, assert_problem
from tests.tally import Tried

pytestmark = pytest.mark.usefixtures("hurried")

ANN = "ann@example.com"
EVERY_MINUTES, TIMES = 6, 10
BUDGET = 20


@pytest.fixture
def site(mail: Proxy, engine_url: str, tmp_path: Path) -> Site:
    """Its limits are in force, and its budget of mails is small."""
    limits = {"RATE_LIMIT_SCALE": "1", "LIMIT_MAIL": f"{BUDGET}/hour 100/day"}
    site = Site(engine_url, tmp_path, limits, mailer=Ses(SENDER))
    site.clock.now += 11 * 3600 + 30 * 60 - site.clock.now % 86400
    return site


Act = Callable[[], TestResponse]


@pytest.fixture
def without_mail(site: Site, mail: Proxy, tried: Tried) -> Callable[[Act], list[TestResponse]]:
    """SES refuses everything for an hour, in which somebody acts every six minutes."""

    def last(act: Act) -> list[TestResponse]:
        answers = []
        mail.break_from(1, Fault.REJECTED)
        for _ in range(TIMES):
            answers.append(act())
            site.clock.advance(minutes=EVERY_MINUTES)
        mail.heal()
        tried("fault", TIMES)
        return answers

    return last


Outage = Callable[[Act], list[TestResponse]]


def test_whoever_registers_meanwhile_gets_in_after_it(
    site: Site, browser: Browser, without_mail: Outage
) -> None:
    begun: list[TestResponse] = []

    def register_or_resend() -> TestResponse:
        """A registration is over after half an hour, and another is begun."""
        answer = browser.resend(begun[-1]) if begun else browser.register()
        answer = browser.register() if answer.status_code == 404 else answer
        begun.append(answer)
        return answer

    answers = without_mail(register_or_resend)
    assert {answer.json["registration"]["mail"] for answer in answers} == {"not_sent"}
    assert site.mails() == []
    assert "mail" not in register_or_resend().json["registration"]
    assert browser.verify(begun[-1], site.code(ANN)).status_code == 201
    assert_whole(site)


@pytest.mark.parametrize("known", [True, False], ids=["an account", "no account"])
def test_whoever_asks_for_a_reset_meanwhile_gets_it_after(
    known: bool, site: Site, browser: Browser, without_mail: Outage
) -> None:
    if known:
        browser.become()
    before = len(site.mails(ANN))
    answers = without_mail(browser.forget)
    assert {answer.status_code for answer in answers} == {202}
    assert len(site.mails(ANN)) == before
    assert browser.forget().status_code == 202
    assert len(site.mails(ANN)) == before + 1
    if known:
        assert browser.reset(site.token(ANN)).status_code == 204
        assert browser.sign_in(password=NEW_PASSWORD).status_code == 201
    assert_whole(site)


def test_whoever_has_an_account_signs_in_all_the_while(
    site: Site, browser: Browser, without_mail: Outage
) -> None:
    browser.become()
    answers = without_mail(lambda: site.browser().sign_in())
    assert {answer.status_code for answer in answers} == {201}
    assert len(site.mails(ANN)) == 1
    # The log has what nobody could be mailed, and the next device is told of.
    events = browser.get("users/me/events?limit=100").json["items"]
    assert len([one for one in events if one["action"] == "session.created"]) == TIMES
    site.browser().sign_in()
    assert site.mails(ANN)[0]["subject"].startswith("A new device signed in")
    assert_whole(site)


def test_whoever_was_about_to_change_their_address_keeps_the_old_one_till_after(
    site: Site, browser: Browser, without_mail: Outage
) -> None:
    browser.become()
    new = "ann@example.org"
    browser.readdress_account(new)
    code = site.code(new)
    first, *more = without_mail(lambda: browser.prove_address(code))
    assert_problem(first, 503, "unavailable")
    assert {answer.status_code for answer in more} == {503, 410}
    assert browser.get("users/me").json["email"] == ANN
    token = browser.move(new)
    assert browser.undo(token).status_code == 204
    assert_whole(site)


def test_the_mails_that_were_not_sent_use_up_neither_share_nor_budget_and_both_still_hold(
    site: Site, without_mail: Outage
) -> None:
    """At least half of each is left, and no more than all of it is ever sent."""
    people = iter(range(100))

    def many_ask() -> TestResponse:
        answers = [site.browser().forget(f"box{next(people)}@example.com") for _ in range(6)]
        return next((one for one in answers if one.status_code != 202), answers[-1])

    assert {answer.status_code for answer in without_mail(many_ask)} == {202}
    assert site.mails() == []
    after = [site.browser().forget(f"new{number}@example.com") for number in range(BUDGET + 1)]
    assert BUDGET // 2 <= len(site.mails()) <= BUDGET
    assert [answer.status_code for answer in after].count(202) == len(site.mails())
    assert_problem(after[-1], 429, "rate_limited")
