"""`POST /users/me/email-changes` and `/verify`: another address, once its mailbox is proved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from backend.mail.message import MailError, Message
from tests.invariants import assert_whole
from tests.meanwhile import Asked, at
from tests.support import (
    NEW_PASSWORD,
    Browser,
    Site,
    assert_problem,
    browser_with,
    codes,
    session_token,
)

OLD, NEW = "ann@example.com", "ann@example.org"
WRONG = "no code"


class Down:
    """A mail service that is down."""

    def send(self, message: Message) -> None:
        raise MailError("down")


@pytest.fixture
def ann(browser: Browser) -> Browser:
    browser.become()
    return browser


@pytest.fixture
def code(ann: Browser, site: Site) -> str:
    """From the mail to the new mailbox."""
    ann.readdress_account(NEW)
    return site.code(NEW)


def test_it_needs_a_session(browser: Browser) -> None:
    body = {"email": NEW}
    assert_problem(browser.post("users/me/email-changes", body), 401, "not_authenticated")
    assert_problem(browser.prove_address("123456"), 401, "not_authenticated")


def test_it_needs_a_recent_proof(ann: Browser) -> None:
    assert_problem(ann.post("users/me/email-changes", {"email": NEW}), 403, "step_up_required")


def test_the_new_mailbox_gets_a_code(site: Site, ann: Browser) -> None:
    answer = ann.readdress_account(NEW)
    assert answer.status_code == 202
    assert answer.json.keys() == {"email_change"}
    assert answer.json["email_change"].keys() == {"expires_at"}
    [mail] = site.mails(NEW)
    assert mail["subject"].endswith(" is your code for Latchstring")


@pytest.mark.parametrize("email", ["ann", "", "ann@", 7, None])
def test_what_is_no_address_is_refused(email: Any, ann: Browser) -> None:
    assert_problem(ann.readdress_account(email), 422, "email_invalid")


def test_until_it_is_proved_the_old_address_is_in_force(
    site: Site, ann: Browser, code: str
) -> None:
    assert ann.get("users/me").json["email"] == OLD
    assert site.browser().sign_in(OLD).status_code == 201
    assert_problem(site.browser().sign_in(NEW), 401, "invalid_credentials")


def test_until_it_is_proved_anybody_else_can_have_the_new_one(
    site: Site, ann: Browser, code: str
) -> None:
    site.browser().become("bert", email=NEW)
    assert_problem(ann.prove_address(code), 410, "email_change_expired")
    assert ann.get("users/me").json["email"] == OLD
    # Nothing has changed, so nobody is sent the way back.
    assert len(site.mails(OLD)) == 1


def test_with_the_code_the_address_is_another(site: Site, ann: Browser, code: str) -> None:
    before = ann.get("users/me")
    answer = ann.prove_address(code)
    assert answer.status_code == 200
    assert answer.json["email"] == NEW
    assert answer.headers["ETag"] not in {None, before.headers["ETag"]}
    assert ann.get("users/me").json == answer.json
    assert ann.get("users/me").headers["ETag"] == answer.headers["ETag"]


def test_the_change_is_in_the_log(ann: Browser, code: str) -> None:
    ann.prove_address(code)
    newest, before, *_ = ann.get("users/me/events").json["items"]
    assert (newest["action"], before["action"]) == ("email.changed", "email.change_begun")


def test_the_time_of_the_proof_is_kept(site: Site, ann: Browser, code: str) -> None:
    before = ann.get("users/me").json["email_verified_at"]
    site.clock.advance(minutes=1)
    assert ann.prove_address(code).json["email_verified_at"] > before


def test_the_new_address_signs_in_and_the_old_one_does_not(
    site: Site, ann: Browser, code: str
) -> None:
    ann.prove_address(code)
    assert site.browser().sign_in(NEW).status_code == 201
    assert_problem(site.browser().sign_in(OLD), 401, "invalid_credentials")
    site.clock.advance(days=4)
    assert_problem(site.browser().sign_in(OLD), 401, "invalid_credentials")


def test_the_session_goes_on(ann: Browser, code: str) -> None:
    ann.prove_address(code)
    assert ann.get("users/me").status_code == 200


def test_the_old_mailbox_is_told_with_a_link_back(site: Site, ann: Browser, code: str) -> None:
    ann.prove_address(code)
    mail = site.mails(OLD)[0]
    assert mail["subject"] == "Your account at Latchstring has another address"
    assert "http://localhost/#undo/" in mail["text"]
    assert NEW not in mail["text"]


def test_a_wrong_code_says_how_many_tries_are_left(ann: Browser, code: str) -> None:
    for left in (4, 3, 2, 1, 0):
        answer = ann.prove_address(WRONG)
        assert_problem(answer, 422, "code_invalid")
        assert codes(answer) == [("/code", "code_invalid")]
        assert answer.json["attempts_left"] == left


def test_after_five_wrong_codes_the_right_one_is_refused_too(ann: Browser, code: str) -> None:
    for _ in range(5):
        ann.prove_address(WRONG)
    assert_problem(ann.prove_address(code), 410, "code_exhausted")


def test_a_code_is_good_for_10_minutes(site: Site, ann: Browser, code: str) -> None:
    site.clock.advance(minutes=10)
    assert_problem(ann.prove_address(code), 410, "email_change_expired")


def test_a_code_is_good_to_the_last_second(site: Site, ann: Browser, code: str) -> None:
    site.clock.advance(minutes=9, seconds=59)
    assert ann.prove_address(code).status_code == 200


def test_a_code_is_good_once(ann: Browser, code: str) -> None:
    ann.prove_address(code)
    assert_problem(ann.prove_address(code), 410, "email_change_expired")


def test_without_a_change_there_is_nothing_to_prove(ann: Browser) -> None:
    assert_problem(ann.prove_address("123456"), 410, "email_change_expired")


def test_a_new_change_replaces_the_one_before(site: Site, ann: Browser, code: str) -> None:
    ann.readdress_account("ann@example.net")
    assert_problem(ann.prove_address(code), 422, "code_invalid")
    assert ann.prove_address(site.code("ann@example.net")).json["email"] == "ann@example.net"


def test_a_code_is_good_for_its_own_user_alone(site: Site, ann: Browser, code: str) -> None:
    bert = site.browser()
    bert.become("bert")
    bert.readdress_account(NEW)
    assert_problem(bert.prove_address(code), 422, "code_invalid")


@pytest.mark.parametrize("wrong_codes", [0, 5])
@pytest.mark.parametrize("end", ["sessions", "password"])
def test_the_change_is_over_when_all_sessions_end(
    end: str, wrong_codes: int, site: Site, ann: Browser, code: str
) -> None:
    for _ in range(wrong_codes):
        ann.prove_address(WRONG)
    ann.delete("sessions") if end == "sessions" else ann.change_password()
    assert_problem(ann.prove_address(code), 410, "email_change_expired")


def test_the_owner_of_the_new_address_gets_a_notice_and_no_code(site: Site, ann: Browser) -> None:
    site.browser().become("bert")
    assert ann.readdress_account("BERT@example.com").status_code == 202
    assert site.mails()[0]["to"] == "BERT@example.com"
    assert site.mails()[0]["subject"] == "Your address at Latchstring stays yours"
    assert_problem(ann.prove_address("123456"), 422, "code_invalid")


def test_another_spelling_of_ones_own_address_is_a_change_too(site: Site, ann: Browser) -> None:
    ann.readdress_account("Ann@example.com")
    answer = ann.prove_address(site.code("Ann@example.com"))
    assert answer.json["email"] == "Ann@example.com"
    assert site.browser().sign_in(OLD).status_code == 201
    assert not any("#undo/" in mail["text"] for mail in site.mails())


def test_a_reset_link_to_the_old_mailbox_dies(site: Site, ann: Browser, code: str) -> None:
    site.browser().forget(OLD)
    token = site.token(OLD)
    ann.prove_address(code)
    assert_problem(site.browser().reset(token, NEW_PASSWORD), 410, "token_invalid")


def test_a_reset_goes_to_the_new_address(site: Site, ann: Browser, code: str) -> None:
    ann.prove_address(code)
    site.browser().forget(OLD)
    assert site.mails(OLD)[0]["subject"] == "There is no account for you at Latchstring"
    site.browser().forget(NEW)
    assert site.browser().reset(site.token(NEW)).status_code == 204


def test_for_72_hours_nobody_else_can_have_the_old_address(
    site: Site, ann: Browser, code: str
) -> None:
    ann.prove_address(code)
    bert = site.browser()
    begun = bert.register("bert", email=OLD)
    assert site.mails(OLD)[0]["subject"] == "You already have an account at Latchstring"
    assert_problem(bert.verify(begun, "123456"), 422, "code_invalid")
    carl = site.browser()
    carl.become("carl")
    carl.readdress_account(OLD)
    assert site.mails(OLD)[0]["subject"] == "Your address at Latchstring stays yours"
    site.clock.advance(days=3)
    dora = site.browser()
    assert dora.become("dora", email=OLD)["email"] == OLD
    assert site.browser().sign_in(OLD).json["user"]["username"] == "dora"


def test_a_code_from_before_does_not_get_an_address_that_is_kept(site: Site, ann: Browser) -> None:
    newcomer, member = site.browser(), site.browser()
    begun = newcomer.register("bert", email=NEW)
    registration_code = site.code(NEW)
    member.become("carl")
    member.readdress_account(NEW)
    change_code = site.code(NEW)
    ann.move(NEW)
    ann.move("ann@example.net")
    assert_problem(newcomer.verify(begun, registration_code), 409, "account_exists")
    assert_problem(member.prove_address(change_code), 410, "email_change_expired")


def test_after_72_hours_another_member_can_move_to_the_old_address(
    site: Site, ann: Browser, code: str
) -> None:
    ann.prove_address(code)
    bert = site.browser()
    bert.become("bert")
    site.clock.advance(days=3)
    bert.move(OLD)
    assert bert.get("users/me").json["email"] == OLD


def test_one_can_move_back_oneself(site: Site, ann: Browser) -> None:
    ann.move(NEW)
    ann.move(OLD)
    assert site.browser().sign_in(OLD).status_code == 201
    assert_problem(site.browser().sign_in(NEW), 401, "invalid_credentials")


def test_a_mail_that_could_not_be_sent_is_said(site: Site, ann: Browser) -> None:
    ann.prove()
    site.rewire(mailer=Down())
    cut_off = browser_with(site, session_token(ann))
    answer = cut_off.post("users/me/email-changes", {"email": NEW})
    assert answer.status_code == 202
    assert answer.json["email_change"]["mail"] == "not_sent"


def test_nobody_is_moved_while_the_old_mailbox_cannot_be_told(
    site: Site, ann: Browser, code: str
) -> None:
    site.rewire(mailer=Down())
    cut_off = browser_with(site, session_token(ann))
    assert_problem(cut_off.prove_address(code), 503, "unavailable")
    assert ann.get("users/me").json["email"] == OLD
    assert ann.prove_address(code).json["email"] == NEW


def test_who_was_deleted_by_an_admin_once_the_address_was_another_is_nobody(
    site: Site, ann: Browser, code: str
) -> None:
    def tells_of_it(operation: str, asked: Asked) -> bool:
        return operation == "PutItem" and "email.changed" in str(asked)

    ann_id = ann.get("users/me").json["id"]
    with site.calls.noted(at(tells_of_it, lambda: site.delete_user(ann_id, actor="an admin"))):
        assert_problem(ann.prove_address(code), 401, "not_authenticated")
    assert_whole(site)


def test_a_mailbox_gets_only_its_share(limited: Callable[..., Site]) -> None:
    ann = limited(LIMIT_MAILBOX="2/hour 9/day").browser()
    ann.become()
    answers = [ann.readdress_account(NEW) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [202, 202, 429]


def test_an_address_prefix_may_begin_only_so_many_changes(limited: Callable[..., Site]) -> None:
    ann = limited(LIMIT_REGISTRATIONS="2/hour 9/day").browser()
    ann.become()
    answers = [ann.readdress_account(f"{number}@example.com") for number in range(3)]
    assert [answer.status_code for answer in answers] == [202, 202, 429]
