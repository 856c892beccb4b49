"""`/registrations/{id}`: another code, or another address."""

from __future__ import annotations

import pytest

from tests.support import Browser, Site, assert_problem, codes, registration_id

ANN = "ann@example.com"


def test_another_code_is_sent_a_minute_after_the_last(site: Site, browser: Browser) -> None:
    begun = browser.register()
    site.clock.advance(seconds=59)
    refused = browser.resend(begun)
    assert_problem(refused, 429, "rate_limited")
    assert refused.headers["Retry-After"] == "1"
    site.clock.advance(seconds=1)
    sent = browser.resend(begun)
    assert sent.status_code == 202
    assert sent.json["registration"].keys() == begun.json["registration"].keys()
    assert registration_id(sent) == registration_id(begun)
    assert sent.json["registration"]["expires_at"] == begun.json["registration"]["expires_at"]
    assert sent.json["registration"]["resend_after"] > begun.json["registration"]["resend_after"]
    assert len(site.mails(ANN)) == 2
    assert_problem(browser.resend(begun), 429, "rate_limited")


def test_another_code_replaces_the_one_before(site: Site, browser: Browser) -> None:
    begun, old = browser.register(), site.code(ANN)
    site.clock.advance(minutes=1)
    browser.resend(begun)
    assert_problem(browser.verify(begun, old), 422, "code_invalid")
    assert browser.verify(begun, site.code(ANN)).status_code == 201


def test_resending_takes_no_members(site: Site, browser: Browser) -> None:
    begun = browser.register()
    site.clock.advance(minutes=1)
    path = f"registrations/{registration_id(begun)}/resend"
    assert_problem(browser.post(path, {"email": ANN}), 422, "unknown_member")
    assert browser.post(path, {}).status_code == 202


def test_a_mistyped_address_is_replaced_at_once(site: Site, browser: Browser) -> None:
    begun = browser.register(email="an@example.com")
    old = site.code("an@example.com")
    answer = browser.readdress(begun, ANN)
    assert answer.status_code == 202
    assert registration_id(answer) == registration_id(begun)
    assert_problem(browser.verify(begun, old), 422, "code_invalid")
    assert browser.verify(begun, site.code(ANN)).json["user"]["email"] == ANN
    assert len(site.mails("an@example.com")) == 1


def test_another_address_gives_five_new_tries(site: Site, browser: Browser) -> None:
    begun = browser.register(email="an@example.com")
    assert [browser.verify(begun, "no code").status_code for _ in range(6)] == [422] * 5 + [410]
    assert browser.readdress(begun, ANN).status_code == 202
    assert browser.verify(begun, site.code(ANN)).status_code == 201


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        ({}, ("/email", "required")),
        ({"email": "ann"}, ("/email", "email_invalid")),
        ({"email": None}, ("/email", "email_invalid")),
        ({"email": ANN, "username": "bob"}, ("/username", "unknown_member")),
    ],
)
def test_an_address_that_is_refused_leaves_the_code_good(
    body: dict[str, object], refused: tuple[str, str], site: Site, browser: Browser
) -> None:
    begun = browser.register()
    answer = browser.patch(f"registrations/{registration_id(begun)}", body)
    assert_problem(answer, 422, refused[1])
    assert codes(answer) == [refused]
    assert browser.verify(begun, site.code(ANN)).status_code == 201
