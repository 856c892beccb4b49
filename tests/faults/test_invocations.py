"""An invocation of the function comes twice, one after the other or at once, or comes late."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.factors import App, add_totp, answer, challenged
from tests.faults import factor_flows, flows, reading_flows
from tests.faults.every_flow import CHANGING, Begin, each, noted
from tests.faults.invocations import GivenUp, Invoke, InvokedSite, Made, at_once, said, twice
from tests.invariants import assert_whole
from tests.races.crowd import outcome
from tests.support import assert_problem
from tests.tally import Tried

pytestmark = pytest.mark.usefixtures("hurried")

# They ask by POST, and change nothing of an account.
ASKING: list[Begin] = [
    reading_flows.options_to_add,
    reading_flows.options_to_sign_in,
    reading_flows.options_to_sign_up,
    reading_flows.user_by_address,
]
UNSAFE = [*CHANGING, *ASKING]
# What they give takes the place of what they gave before; see the tests at the end.
REPLACING: list[Begin] = [factor_flows.begin_app, factor_flows.make_codes]
# Each time they mail what was asked for, or tell of what was done.
MAILING: list[Begin] = [
    flows.change_address,
    flows.sign_in,
    flows.forget,
    flows.begin_email_change,
    flows.reset_second_factors,
    factor_flows.make_codes,
]
# Of two at one moment both may find it gone, and tell of it.
DELETING: list[Begin] = [flows.delete_account, flows.delete_other]
# Of two at one moment the later mail may have what was made first.
CROSSING: list[Begin] = [flows.forget, flows.begin_email_change, flows.change_email]
# What is said to the later of two at one moment, beside what any repetition is answered.
OVERTAKEN = "429 rate_limited"


@pytest.fixture
def site(engine_url: str, tmp_path: Path) -> InvokedSite:
    return InvokedSite(engine_url, tmp_path)


def test_every_operation_that_can_change_something_is_among_them(site: InvokedSite) -> None:
    asked: set[str] = set()
    for number, begin in enumerate(UNSAFE):
        flow = begin(site, f"ann{number}")
        with noted(asked):
            flow.act()
    paths = site.browser().get("openapi.json").json["paths"]
    unsafe = {
        f"{method.upper()} {path}"
        for path, methods in paths.items()
        for method in methods
        if method != "get"
    }
    assert unsafe <= asked


@each(UNSAFE)
def test_what_comes_again_is_done_once(site: InvokedSite, begin: Begin, tried: Tried) -> None:
    come_twice(site, begin, twice, heard=-1, mailing=MAILING)
    tried("fault")


@pytest.mark.torture
@each([begin for begin in UNSAFE if begin not in REPLACING])
def test_what_comes_again_after_its_answer_is_done_once(
    site: InvokedSite, begin: Begin, tried: Tried
) -> None:
    come_twice(site, begin, twice, heard=0, mailing=MAILING)
    tried("fault")


@pytest.mark.torture
@each([begin for begin in UNSAFE if begin not in [*REPLACING, *CROSSING]])
def test_what_comes_twice_at_once_is_done_once(
    site: InvokedSite, begin: Begin, tried: Tried
) -> None:
    come_twice(site, begin, at_once, heard=0, mailing=[*MAILING, *DELETING])
    tried("fault")


@pytest.mark.torture
@each([begin for begin in UNSAFE if begin not in REPLACING])
def test_what_comes_after_its_repetition_by_hand_is_done_once(
    site: InvokedSite, begin: Begin, tried: Tried
) -> None:
    one = mails_of_one(site, begin)
    flow = begin(site, "ann")
    before = len(site.mails())
    with site.delaying() as late, pytest.raises(GivenUp):
        flow.act()
    assert outcome(flow.act()) == flow.done
    site.clock.advance(minutes=3)
    [invoke] = late
    assert said(invoke()) in {flow.done, *flow.repeated}
    most = 2 * one if begin in [*MAILING, flows.resend] else one
    assert one <= len(site.mails()) - before <= most
    flow.check()
    assert_whole(site)
    tried("fault")


def test_of_two_links_the_last_is_good(site: InvokedSite, tried: Tried) -> None:
    browser = flows.member(site, "ann")
    with site.delivering(twice, heard=0):
        browser.forget()
    last, first = site.mails("ann@example.com")[:2]
    assert_problem(browser.reset(link(first)), 410, "token_invalid")
    assert browser.reset(link(last)).status_code == 204
    tried("fault")


@pytest.mark.torture
def test_of_two_links_at_once_one_is_good(site: InvokedSite, tried: Tried) -> None:
    browser = flows.member(site, "ann")
    with site.delivering(at_once, heard=0):
        browser.forget()
    answers = [browser.reset(link(mail)) for mail in site.mails("ann@example.com")[:2]]
    assert sorted(map(outcome, answers)) == ["204", "410 token_invalid"]
    tried("fault")


@pytest.mark.torture
def test_of_two_codes_at_once_one_is_good(site: InvokedSite, tried: Tried) -> None:
    browser = flows.member(site, "ann")
    browser.prove()
    with site.delivering(at_once, heard=0):
        browser.post("users/me/email-changes", {"email": "new@example.com"})
    codes = [mail["subject"][:6] for mail in site.mails("new@example.com")]
    answers = [outcome(browser.prove_address(code)) for code in codes]
    assert answers in (["200", "410 email_change_expired"], ["422 code_invalid", "200"])
    tried("fault")


@pytest.mark.torture
def test_of_two_ways_back_at_once_one_is_good(site: InvokedSite, tried: Tried) -> None:
    browser = flows.member(site, "ann")
    browser.readdress_account("new@example.com")
    code = site.code("new@example.com")
    with site.delivering(at_once, heard=0):
        browser.prove_address(code)
    texts = [mail["text"] for mail in site.mails("ann@example.com")]
    tokens = [text.partition("/#undo/")[2].split()[0] for text in texts if "/#undo/" in text]
    answers = [outcome(browser.undo(token)) for token in tokens]
    assert answers.count("204") == 1
    assert set(answers) <= {"204", "410 token_invalid"}
    assert_whole(site)
    tried("fault")


def test_of_two_secrets_of_an_app_the_last_is_good(site: InvokedSite, tried: Tried) -> None:
    browser = flows.member(site, "ann")
    browser.prove()
    with site.delivering(twice, heard=0) as answers:
        browser.post("users/me/totp")
    first, last = (App(site, body(made)["secret"]) for made in answers)
    refused = browser.post("users/me/totp/confirm", {"code": first.code()})
    assert_problem(refused, 401, "invalid_code")
    confirmed = browser.post("users/me/totp/confirm", {"code": last.code()})
    assert confirmed.status_code == 204
    tried("fault")


def test_of_two_sets_of_recovery_codes_the_last_is_good(site: InvokedSite, tried: Tried) -> None:
    browser = flows.member(site, "ann")
    add_totp(browser)
    browser.prove()
    with site.delivering(twice, heard=0) as answers:
        browser.post("users/me/recovery-codes")
    first, last = (body(made)["codes"][0] for made in answers)
    challenge = challenged(browser)
    assert_problem(answer(browser, challenge, first, "recovery_code"), 401, "invalid_code")
    assert answer(browser, challenge, last, "recovery_code").status_code == 201
    tried("fault")


def come_twice(
    site: InvokedSite,
    begin: Begin,
    times: Callable[[Invoke], list[Made]],
    *,
    heard: int,
    mailing: list[Begin],
) -> None:
    one = mails_of_one(site, begin)
    flow = begin(site, "ann")
    before = len(site.mails())
    with site.delivering(times, heard) as answers:
        flow.act()
    done, again = sorted(map(said, answers), key=lambda one: one != flow.done)
    assert done == flow.done
    assert again in ({*flow.repeated, OVERTAKEN} if times is at_once else flow.repeated)
    assert one <= len(site.mails()) - before <= (2 * one if begin in mailing else one)
    flow.check()
    assert_whole(site)


def mails_of_one(site: InvokedSite, begin: Begin) -> int:
    """How many mails come of it when it comes once."""
    flow = begin(site, "bob")
    before = len(site.mails())
    flow.act()
    return len(site.mails()) - before


def link(mail: dict[str, Any]) -> str:
    return str(mail["text"]).partition("/#reset/")[2].split()[0]


def body(made: Made) -> Any:
    return json.loads(made["body"])
