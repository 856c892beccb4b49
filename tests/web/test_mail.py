"""Mails: one for each answer, to the mailbox, with links that only the settings can choose."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from backend.mail.message import MailError, Message
from tests.support import PASSWORD, Browser, Site, assert_problem, registration_id

ANN = "ann@example.com"


@dataclass
class Unreliable:
    """A mailer that delivers only while it works."""

    works: bool = False
    sent: list[Message] = field(default_factory=list)

    def send(self, message: Message) -> None:
        if not self.works:
            raise MailError("Throttling")
        self.sent.append(message)


@pytest.fixture
def mailer(site: Site) -> Unreliable:
    unreliable = Unreliable()
    site.rewire(mailer=unreliable)
    return unreliable


def links(text: str) -> list[str]:
    return re.findall(r"https?://[^\s\"'<>]+", text)


def test_the_mail_with_the_code_links_to_the_page_with_the_code_in_the_fragment(
    make_site: Callable[..., Site],
) -> None:
    site = make_site(SITE_URL="https://accounts.example.com")
    begun = site.browser().register()
    [mail] = site.mails()
    code = site.code(ANN)
    link = f"https://accounts.example.com/#verify/{registration_id(begun)}/{code}"
    assert mail["to"] == ANN
    assert re.fullmatch(r"\d{6}", code)
    assert links(mail["text"]) == [link]
    assert links(mail["html"]) == [link]
    assert code in mail["text"].replace(link, "")


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "localhost:evil.example"},
        {"X-Forwarded-Host": "evil.example"},
        {"Forwarded": "host=evil.example"},
        {"X-Original-URL": "https://evil.example/"},
    ],
    ids=str,
)
def test_no_header_chooses_where_a_mail_links_to(headers: dict[str, str], site: Site) -> None:
    site.browser().become("known")
    for number, email in enumerate((ANN, "known@example.com")):
        body = {"username": f"user{number}", "email": email, "password": PASSWORD}
        assert site.browser().post("users", body, headers=headers).status_code == 202
        mail = site.mails(email)[0]
        assert links(mail["text"])
        assert all(link.startswith("http://localhost/#") for link in links(mail["text"]))
        assert "evil" not in mail["text"] + mail["html"]


def test_the_owner_of_an_account_gets_a_notice_and_no_code(site: Site) -> None:
    site.browser().become("known")
    begun = site.browser().register("ann", email="known@example.com")
    notice = site.mails()[0]
    assert notice["to"] == "known@example.com"
    assert notice["subject"] == "You already have an account at Latchstring"
    assert links(notice["text"]) == ["http://localhost/#sign-in"]
    assert not re.search(r"\d{6}", notice["subject"] + notice["text"])
    assert registration_id(begun) not in str(notice)
    assert "ann" not in notice["text"].split()


def test_every_answer_sends_exactly_one_mail(site: Site, browser: Browser) -> None:
    site.browser().become("known")
    sent = len(site.mails())
    for number, email in enumerate((ANN, "known@example.com")):
        begun = browser.register(f"user{number}", email=email)
        assert len(site.mails()) == (sent := sent + 1)
        assert site.mails()[0]["to"] == email
        site.clock.advance(minutes=1)
        browser.resend(begun)
        assert len(site.mails()) == (sent := sent + 1)
        browser.readdress(begun, "other@example.com")
        assert len(site.mails()) == (sent := sent + 1)


def test_signing_in_and_reading_send_none(site: Site, browser: Browser) -> None:
    browser.become()
    browser.sign_in()
    browser.get("users/me")
    browser.change({"display_name": "Ann"})
    assert len(site.mails()) == 1


def test_a_mail_that_cannot_be_sent_is_said_and_may_be_sent_at_once(
    site: Site, mailer: Unreliable
) -> None:
    browser = site.browser()
    begun = browser.register()
    assert begun.status_code == 202
    assert begun.json["registration"]["mail"] == "not_sent"
    mailer.works = True
    again = browser.resend(begun)
    assert again.status_code == 202
    assert "mail" not in again.json["registration"]
    [message] = mailer.sent
    assert browser.verify(begun, message.subject[:6]).status_code == 201


def test_a_mail_that_was_sent_is_not_sent_again_at_once(site: Site, mailer: Unreliable) -> None:
    browser = site.browser()
    begun = browser.register()
    mailer.works = True
    browser.resend(begun)
    assert_problem(browser.resend(begun), 429, "rate_limited")


def test_failing_mail_does_not_tell_who_has_an_account(site: Site, mailer: Unreliable) -> None:
    mailer.works = True
    browser = site.browser()
    browser.verify(browser.register("known"), mailer.sent[0].subject[:6])
    mailer.works = False
    answers = [
        site.browser().register(username, email=email).json["registration"]
        for username, email in (("one", "known@example.com"), ("two", ANN))
    ]
    first, second = ({**answer, "id": ""} for answer in answers)
    assert first == second
    assert first["mail"] == "not_sent"


def test_another_address_helps_where_the_first_cannot_be_reached(
    site: Site, mailer: Unreliable
) -> None:
    browser = site.browser()
    begun = browser.register(email="an@example.invalid")
    mailer.works = True
    assert "mail" not in browser.readdress(begun, ANN).json["registration"]
    assert [message.to for message in mailer.sent] == [ANN]


def test_that_a_mail_was_not_sent_is_answered_to_the_same_request_again(
    site: Site, mailer: Unreliable
) -> None:
    body = {"username": "ann", "email": ANN, "password": PASSWORD}
    headers = {"Idempotency-Key": "12345678"}
    first = site.browser().post("users", body, headers=headers)
    mailer.works = True
    assert site.browser().post("users", body, headers=headers).json == first.json
    assert mailer.sent == []


def test_the_log_says_why_a_mail_was_not_sent_and_not_to_whom(
    site: Site, mailer: Unreliable, log: io.StringIO
) -> None:
    answer = site.browser().register()
    [line] = [json.loads(line) for line in log.getvalue().splitlines() if "mail" in line]
    assert (line["level"], line["event"]) == ("warning", "mail not sent")
    assert line["reason"] == "Throttling"
    assert line["registration"] == registration_id(answer)
    assert line["request_id"] == answer.headers["X-Request-Id"]
    assert ANN not in log.getvalue()


def test_markup_in_what_people_typed_stays_text(make_site: Callable[..., Site]) -> None:
    site = make_site(BRAND_NAME="<b>Tom & Jerry</b>")
    site.browser().register()
    assert "<b>Tom" not in site.mails()[0]["html"]
    assert "&lt;b&gt;Tom &amp; Jerry" in site.mails()[0]["html"]
    assert "<b>Tom & Jerry</b>" in site.mails()[0]["text"]
