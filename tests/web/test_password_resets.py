"""`POST /password-resets` and `/complete`: a forgotten password."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from backend.accounts.tokens import OneTimeToken
from backend.mail.message import MailError, Message
from tests.support import KEYS, NEW_PASSWORD, PASSWORD, Browser, Site, assert_problem, codes

ANN = "ann@example.com"


class Down:
    """A mail service that is down."""

    def send(self, message: Message) -> None:
        raise MailError("down")


@pytest.fixture
def ann(browser: Browser) -> dict[str, Any]:
    return browser.become()


@pytest.fixture
def token(ann: dict[str, Any], site: Site) -> str:
    """From the mail that ann asked for in another browser."""
    site.browser().forget()
    return site.token(ANN)


def test_the_link_of_somebody_disabled_is_worth_nothing(
    site: Site, ann: dict[str, Any], token: str
) -> None:
    site.change_user(ann["id"], disabled=True)
    for password in (NEW_PASSWORD, ANN):
        assert_problem(site.browser().reset(token, password), 410, "token_invalid")


def test_a_link_that_is_asked_for_under_another_key_replaces_the_one_before(
    site: Site, ann: dict[str, Any], token: str
) -> None:
    renewed = site.instance(LOOKUP_KEY=f"{'2' * 64}, {KEYS['LOOKUP_KEY']}", AUDIT_KEY="3" * 64)
    renewed.browser().forget()
    assert_problem(renewed.browser().reset(token), 410, "token_invalid")
    assert renewed.browser().reset(site.token(ANN)).status_code == 204


def test_asking_is_answered_without_a_word(site: Site, ann: dict[str, Any]) -> None:
    answer = site.browser().forget()
    assert answer.status_code == 202
    assert answer.json == {}


def test_the_link_leads_to_the_page_and_has_the_token_in_its_fragment(
    site: Site, token: str
) -> None:
    [mail, _] = site.mails(ANN)
    assert mail["subject"] == "Choose a new password at Latchstring"
    assert f"http://localhost/#reset/{token}" in mail["text"]


def test_the_mail_goes_to_the_address_of_the_account_however_it_was_typed(
    site: Site, ann: dict[str, Any]
) -> None:
    site.browser().forget("ANN@Example.COM")
    assert site.browser().reset(site.token(ANN)).status_code == 204


@pytest.mark.parametrize("email", ["ann", "", "ann@", "a b@example.com", 7, None])
def test_what_is_no_address_is_refused(email: Any, browser: Browser) -> None:
    assert_problem(browser.forget(email), 422, "email_invalid")


def test_with_the_token_the_password_is_another(site: Site, token: str) -> None:
    stranger = site.browser()
    assert stranger.reset(token).status_code == 204
    assert_problem(stranger.sign_in(password=PASSWORD), 401, "invalid_credentials")
    assert stranger.sign_in(password=NEW_PASSWORD).status_code == 201


def test_it_does_not_sign_in(site: Site, token: str) -> None:
    browser = site.browser()
    assert "Set-Cookie" not in browser.reset(token).headers
    assert_problem(browser.get("users/me"), 401, "not_authenticated")


def test_every_session_ends(site: Site, browser: Browser, token: str) -> None:
    site.browser().reset(token)
    assert_problem(browser.get("users/me"), 401, "not_authenticated")


def test_the_owner_is_told(site: Site, token: str) -> None:
    site.browser("192.0.2.7").reset(token)
    mail = site.mails(ANN)[0]
    assert mail["subject"] == "Your password at Latchstring was changed"
    assert "192.0.2.7" in mail["text"]


def test_a_token_is_good_once(site: Site, token: str) -> None:
    site.browser().reset(token)
    assert_problem(site.browser().reset(token, PASSWORD), 410, "token_invalid")
    assert site.browser().sign_in(password=NEW_PASSWORD).status_code == 201


def test_a_token_is_good_for_60_minutes(site: Site, token: str) -> None:
    site.clock.advance(minutes=59, seconds=59)
    assert site.browser().reset(token).status_code == 204
    site.browser().forget()
    site.clock.advance(minutes=60)
    assert_problem(site.browser().reset(site.token(ANN)), 410, "token_invalid")


def test_only_the_newest_link_is_good(site: Site, token: str) -> None:
    site.browser().forget()
    assert_problem(site.browser().reset(token), 410, "token_invalid")
    assert site.browser().reset(site.token(ANN)).status_code == 204


def test_opening_the_link_spends_nothing(site: Site, token: str) -> None:
    for _ in range(3):
        site.browser().get(f"/#reset/{token}")
        assert site.browser().get("password-resets/complete").status_code == 405
    assert site.browser().reset(token).status_code == 204


def test_a_password_that_is_refused_does_not_spend_the_token(site: Site, token: str) -> None:
    for password, code in [
        ("short", "password_too_short"),
        ("x" * 129, "password_too_long"),
        ("ann@example.com", "password_contains_identity"),
        ("ann.example.com.ann", "password_contains_identity"),
        ("passwordpassword", "password_compromised"),
    ]:
        answer = site.browser().reset(token, password)
        assert_problem(answer, 422, code)
        assert codes(answer) == [("/password", code)]
    assert site.browser().reset(token).status_code == 204


def test_a_breached_password_is_refused(make_site: Callable[..., Site]) -> None:
    site = make_site(breached=NEW_PASSWORD.__eq__)
    site.browser().become()
    site.browser().forget()
    token = site.token(ANN)
    assert_problem(site.browser().reset(token), 422, "password_compromised")
    assert site.browser().reset(token, PASSWORD).status_code == 204


def test_what_is_no_token_of_this_user_or_purpose_is_refused(
    site: Site, ann: dict[str, Any], token: str
) -> None:
    site.browser().become("bert")
    site.browser().forget("bert@example.com")
    bert = site.token("bert@example.com")
    wrong = [
        *[token[:-1], token + "A", token[1:], token.swapcase(), "x", "..", "ann"],
        token[:22] + bert[22:],
        str(OneTimeToken.new("reset", ann["id"])),
        str(OneTimeToken.new("undo", ann["id"])),
        str(OneTimeToken.new("reset", "01980000-0000-7000-8000-000000000000")),
    ]
    for text in wrong:
        assert_problem(site.browser().reset(text), 410, "token_invalid")
    assert site.browser().reset(token).status_code == 204


def test_a_disabled_user_gets_no_link(site: Site, ann: dict[str, Any]) -> None:
    site.change_user(ann["id"], disabled=True)
    assert site.browser().forget().status_code == 202
    assert "#reset/" not in site.mails(ANN)[0]["text"]


def test_the_token_of_a_user_who_was_disabled_is_refused(
    site: Site, ann: dict[str, Any], token: str
) -> None:
    site.change_user(ann["id"], disabled=True)
    assert_problem(site.browser().reset(token), 410, "token_invalid")


def test_the_link_dies_when_all_sessions_end(site: Site, browser: Browser, token: str) -> None:
    browser.delete("sessions")
    assert_problem(site.browser().reset(token), 410, "token_invalid")


def test_the_link_dies_with_a_change_of_password(site: Site, browser: Browser, token: str) -> None:
    browser.change_password()
    assert_problem(site.browser().reset(token, PASSWORD), 410, "token_invalid")


def test_who_has_no_password_can_set_one(site: Site, ann: dict[str, Any]) -> None:
    site.change_user(ann["id"], password_hash="")
    site.browser().forget()
    assert site.browser().reset(site.token(ANN)).status_code == 204
    assert site.browser().sign_in(password=NEW_PASSWORD).json["user"]["has_password"]


def test_second_factors_stay(site: Site, ann: dict[str, Any], token: str) -> None:
    site.change_user(ann["id"], second_factors=("totp",))
    site.browser().reset(token)
    [user] = [item for item in site.stored() if item["pk"]["S"] == f"U#{ann['id']}"]
    assert user["second_factors"]["L"] == [{"S": "totp"}]


def test_an_address_without_an_account_is_told_so(site: Site, browser: Browser) -> None:
    assert browser.forget("nobody@example.com").status_code == 202
    [mail] = site.mails("nobody@example.com")
    assert mail["subject"] == "There is no account for you at Latchstring"
    assert "#reset/" not in mail["text"]


def test_what_is_stored_is_no_token(site: Site, token: str) -> None:
    assert token not in str(site.stored())
    assert token[-20:] not in str(site.stored())


@pytest.mark.parametrize("email", [ANN, "nobody@example.com"])
def test_a_mail_that_cannot_be_sent_does_not_show(
    email: str, site: Site, ann: dict[str, Any]
) -> None:
    site.rewire(mailer=Down())
    answer = site.browser().forget(email)
    assert (answer.status_code, answer.json) == (202, {})


@pytest.mark.parametrize("email", [ANN, "nobody@example.com"])
def test_a_mailbox_gets_only_its_share(email: str, limited: Callable[..., Site]) -> None:
    site = limited(LIMIT_MAILBOX="2/hour 9/day")
    site.browser().become("bert")
    site.browser().register("ann") if email != ANN else None
    answers = [site.browser().forget(email).status_code for _ in range(3)]
    assert answers == [202, 202, 429]


def test_an_address_prefix_may_ask_only_so_often(limited: Callable[..., Site]) -> None:
    site = limited(LIMIT_REGISTRATIONS="2/hour 9/day")
    answers = [site.browser().forget(f"{number}@example.com") for number in range(3)]
    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert site.browser("192.0.2.7").forget().status_code == 202
