"""SES breaks in every way: what is asked for is done or said not to be, and the mail can be had."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from backend.mail import letters, ses
from backend.mail.message import Message
from backend.mail.ses import Ses
from backend.storage.deadline import REQUEST_SECONDS
from tests.alike import assert_alike
from tests.cli.inside import done
from tests.faults import every_flow, flows, mail_flows
from tests.faults.every_flow import Begin, each
from tests.faults.proxy import Proxy
from tests.faults.refusals import Fault
from tests.faults.ses import SENDER
from tests.invariants import assert_whole
from tests.races.crowd import outcome
from tests.support import Site
from tests.tally import Tried

pytestmark = pytest.mark.usefixtures("hurried")

# After these a call is made again; it may have been carried out before.
PASSING = [
    Fault.REFUSED,
    Fault.CUT,
    Fault.LOST,
    Fault.FAILED,
    Fault.FAILED_LATE,
    Fault.THROTTLED,
    Fault.NONSENSE,
    Fault.LATE,
]
SENT_ALL_THE_SAME = {Fault.LOST, Fault.FAILED_LATE, Fault.LATE}
HARMLESS = [Fault.SLOW, Fault.REPLAYED]
AS_IN_PRODUCTION = ses.LIMITS


def each_fault(faults: list[Fault], *always: Fault) -> pytest.MarkDecorator:
    """All of them; the short form tries those that are named besides."""
    marks = {fault: () if fault in always else (pytest.mark.torture,) for fault in faults}
    return pytest.mark.parametrize(
        "fault",
        [pytest.param(fault, marks=marks[fault], id=fault.name.lower()) for fault in faults],
    )


@pytest.fixture
def site(mail: Proxy, engine_url: str, tmp_path: Path) -> Site:
    """An installation whose every mail goes through the proxy."""
    return Site(engine_url, tmp_path, mailer=Ses(SENDER))


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The name of each letter that is written."""
    names: list[str] = []
    write = letters._letter  # noqa: SLF001 - what all of them are written by

    def noting(settings: Any, name: str, *more: Any, **values: Any) -> Message:
        names.append(name)
        return write(settings, name, *more, **values)

    monkeypatch.setattr(letters, "_letter", noting)
    return names


def test_every_letter_and_every_flow_that_sends_one_is_tried(
    site: Site, written: list[str]
) -> None:
    found: dict[Begin, list[str]] = {}
    for number, begin in enumerate(dict.fromkeys([*every_flow.CHANGING, *mail_flows.ALL])):
        flow = begin(site, f"ann{number}")
        written.clear()
        flow.act()
        found[begin] = list(written)
    # The one letter of the command line: test_a_password_is_voided_though_its_owner_is_not_told.
    by_command = {"password_voided"}
    templates = {path.stem for path in (letters.TEMPLATES / "mail").glob("*.j2")}
    every_letter = {name for name in templates if not name.startswith(("frame.", "parts."))}
    assert {name for names in found.values() for name in names} | by_command == every_letter
    assert {begin for begin, names in found.items() if names} == set(mail_flows.ALL)


@each(mail_flows.ALL)
@each_fault([*PASSING, *HARMLESS], Fault.CUT, Fault.THROTTLED)
def test_nobody_notices_a_single_fault_of_the_mail(
    site: Site, mail: Proxy, begin: Begin, fault: Fault, *, written: list[str], tried: Tried
) -> None:
    flow = begin(site, "ann")
    before = len(site.mails())
    written.clear()
    mail.break_from(1, fault, calls=1)
    answer = flow.act()
    assert mail.heal()
    assert outcome(answer) == flow.done, answer.json
    assert told(answer) != "not_sent"
    again = fault in SENT_ALL_THE_SAME or fault is Fault.REPLAYED
    assert len(site.mails()) - before == len(written) + again
    flow.check()
    assert_whole(site)
    tried("fault")


@each(mail_flows.ASKING)
@each_fault([*PASSING, Fault.REJECTED], Fault.LOST, Fault.REJECTED)
def test_whoever_asks_for_a_mail_while_there_is_none_is_told_and_can_ask_again(
    site: Site, mail: Proxy, begin: Begin, fault: Fault, tried: Tried
) -> None:
    flow = begin(site, "ann")
    before = len(site.mails())
    mail.break_from(1, fault)
    answer = flow.act()
    assert mail.heal()
    assert outcome(answer) == flow.done, answer.json
    # About a reset nothing may be said: it would tell who has an account.
    assert told(answer) == ("" if answer.json == {} else "not_sent")
    assert len(site.mails()) - before <= (2 if fault in SENT_ALL_THE_SAME else 0)
    flow.check()
    assert_whole(site)
    tried("fault")


@each(mail_flows.NOTIFYING)
@each_fault([*PASSING, Fault.REJECTED], Fault.REFUSED)
def test_what_a_notice_tells_of_is_done_without_it(
    site: Site, mail: Proxy, begin: Begin, fault: Fault, tried: Tried
) -> None:
    flow = begin(site, "ann")
    mail.break_from(1, fault)
    answer = flow.act()
    assert mail.heal()
    assert outcome(answer) == flow.done, answer.json
    flow.check()
    assert_whole(site)
    tried("fault")


@each_fault([*PASSING, Fault.REJECTED], Fault.FAILED, Fault.LOST)
def test_nobody_is_moved_to_another_address_before_the_way_back_was_sent(
    site: Site, mail: Proxy, fault: Fault, tried: Tried
) -> None:
    flow = flows.change_email(site, "ann")
    before = assert_whole(site)
    mail.break_from(1, fault)
    answer = flow.act()
    assert mail.heal()
    assert outcome(answer) == "503 unavailable"
    assert int(answer.headers["Retry-After"]) > 0
    after = assert_whole(site)
    assert (after.users, after.mailboxes, after.former) == (
        before.users,
        before.mailboxes,
        before.former,
    )
    assert outcome(flow.act()) == flow.done
    flow.check()
    assert_whole(site)
    tried("fault")


def to_register(site: Site) -> list[Callable[[], TestResponse]]:
    return [
        lambda: site.browser().register("one", email="known@example.com"),
        lambda: site.browser().register("two", email="free@example.com"),
    ]


def to_resend(site: Site) -> list[Callable[[], TestResponse]]:
    known, free = (act() for act in to_register(site))
    site.clock.advance(minutes=1)
    return [lambda: site.browser().resend(known), lambda: site.browser().resend(free)]


def to_readdress(site: Site) -> list[Callable[[], TestResponse]]:
    one, two = (
        site.browser().register(name, email="mistyped@example.com") for name in ("1st", "2nd")
    )
    return [
        lambda: site.browser().readdress(one, "known@example.com"),
        lambda: site.browser().readdress(two, "free@example.com"),
    ]


def to_forget(site: Site) -> list[Callable[[], TestResponse]]:
    return [
        lambda: site.browser().forget("known@example.com"),
        lambda: site.browser().forget("free@example.com"),
    ]


def to_change_address(site: Site) -> list[Callable[[], TestResponse]]:
    browser = flows.member(site, "ann")
    browser.prove()
    change = "users/me/email-changes"
    return [
        lambda: browser.post(change, {"email": "known@example.com"}),
        lambda: browser.post(change, {"email": "free@example.com"}),
    ]


@pytest.mark.parametrize(
    "asking", [to_register, to_resend, to_readdress, to_forget, to_change_address]
)
@each_fault([*PASSING, Fault.REJECTED], Fault.FAILED)
def test_no_fault_of_the_mail_shows_who_has_an_account(
    site: Site,
    mail: Proxy,
    asking: Callable[[Site], list[Callable[[], TestResponse]]],
    fault: Fault,
    tried: Tried,
) -> None:
    site.browser().become("known")
    acts = asking(site)
    mail.break_from(1, fault)
    assert_alike(site, *acts)
    assert mail.heal()
    tried("fault", len(acts))


@each_fault([*PASSING, Fault.REJECTED], Fault.FAILED)
def test_a_password_is_voided_though_its_owner_is_not_told(
    site: Site, mail: Proxy, fault: Fault, written: list[str], tried: Tried
) -> None:
    site.browser().become()
    mail.break_from(1, fault)
    done(site, "users", "void-password", "ann")
    assert mail.heal()
    assert written[-1] == "password_voided"
    assert site.browser().sign_in().status_code == 401
    assert_whole(site)
    tried("fault")


@pytest.mark.torture
@each([flows.register, flows.change_email])
def test_an_ses_that_hangs_is_given_up_within_the_time_of_a_request(
    site: Site, mail: Proxy, begin: Begin, monkeypatch: pytest.MonkeyPatch, tried: Tried
) -> None:
    monkeypatch.setattr(ses, "LIMITS", AS_IN_PRODUCTION)
    flow = begin(site, "ann")
    mail.break_from(1, Fault.LATE)
    began = time.monotonic()
    answer = flow.act()
    assert AS_IN_PRODUCTION.read < time.monotonic() - began < REQUEST_SECONDS
    assert mail.heal()
    assert outcome(answer) in {flow.done, "503 unavailable"}
    if outcome(answer) != flow.done:
        assert outcome(flow.act()) == flow.done
    flow.check()
    assert_whole(site)
    tried("fault")


def told(answer: TestResponse) -> str:
    """What an answer says about its mail: `not_sent`, or nothing."""
    parts = (answer.json or {}).values() if answer.is_json else []
    return next((part["mail"] for part in parts if isinstance(part, dict) and "mail" in part), "")
