"""Security notices: people are told by mail what happens to their account."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

import pytest

from backend.mail.message import MailError, Message
from tests.meanwhile import Asked, at, cut
from tests.support import NEW_PASSWORD, PASSWORD, Browser, Site


class Broken:
    """A mail service that is down for notices."""

    def send(self, message: Message) -> None:
        if "code" not in message.subject:
            raise MailError("down")


def subjects(site: Site) -> list[str]:
    return [mail["subject"] for mail in site.mails("ann@example.com")]


def test_a_sign_in_from_a_new_device_is_told(site: Site, browser: Browser) -> None:
    browser.become()
    site.browser("192.0.2.7").sign_in()
    assert subjects(site)[0] == "A new device signed in to your account at Latchstring"
    assert "192.0.2.7" in site.mails("ann@example.com")[0]["text"]


def test_a_sign_in_from_a_known_device_is_not(site: Site, browser: Browser) -> None:
    browser.become()
    browser.sign_in()
    assert len(subjects(site)) == 1


def test_a_refused_sign_in_is_not(site: Site, browser: Browser) -> None:
    browser.become()
    site.browser().sign_in(password="not the password at all")
    assert len(subjects(site)) == 1


def test_notices_can_be_turned_off(make_site: Callable[..., Site]) -> None:
    site = make_site(SECURITY_NOTICES="off")
    site.browser().become()
    site.browser().sign_in()
    assert len(subjects(site)) == 1


def test_what_happened_has_happened_where_the_notice_cannot_be_sent(
    site: Site, browser: Browser
) -> None:
    browser.become()
    site.rewire(mailer=Broken())
    assert site.browser().sign_in().status_code == 201


@pytest.mark.parametrize("sent", [True, False])
def test_where_mails_cannot_be_counted_a_notice_goes_out_all_the_same(
    sent: bool, site: Site, browser: Browser, log: io.StringIO
) -> None:
    browser.become()
    if not sent:
        site.rewire(mailer=Broken())

    def counts(operation: str, asked: Asked) -> bool:
        return operation == "UpdateItem" and "new-devices" in str(asked)

    with site.calls.noted(at(counts, cut)):
        assert site.browser().sign_in().status_code == 201
    assert "mail not counted" in log.getvalue()
    assert len(subjects(site)) == 1 + sent


def test_only_notices_of_new_devices_count_in_the_accounts_share(
    make_site: Callable[..., Site],
) -> None:
    site = make_site(RATE_LIMIT_SCALE="1", LIMIT_MAILBOX="2/hour 2/day")
    browser = site.browser()
    browser.become()
    for password in (NEW_PASSWORD, PASSWORD) * 2:
        current = PASSWORD if password == NEW_PASSWORD else NEW_PASSWORD
        assert browser.change_password(current, password).status_code == 204
    assert len(subjects(site)) == 1 + 4


def test_every_notice_is_within_the_mail_budget(make_site: Callable[..., Site]) -> None:
    site = make_site(RATE_LIMIT_SCALE="1", LIMIT_MAIL="2/hour 9/day")
    browser = site.browser()
    browser.become()
    browser.change_password(PASSWORD, NEW_PASSWORD)
    assert browser.change_password(NEW_PASSWORD, PASSWORD).status_code == 204
    assert len(subjects(site)) == 2


def test_notices_are_within_the_mail_budget(
    make_site: Callable[..., Site], log: io.StringIO
) -> None:
    site = make_site(RATE_LIMIT_SCALE="1", LIMIT_MAIL="2/hour 9/day")
    site.browser().become()
    for _ in range(3):
        assert site.browser().sign_in().status_code == 201
    assert len(subjects(site)) == 2
    lines = map(json.loads, log.getvalue().splitlines())
    reasons = [line["reason"] for line in lines if line["event"] == "notice not sent"]
    assert reasons == ["rate_limited"] * 2
