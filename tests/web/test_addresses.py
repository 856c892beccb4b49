"""Mail addresses: what one is, where its mail goes, and when two are one mailbox."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import Browser, Site, assert_problem, codes

LONG_DOMAIN = ".".join(["a" * 60] * 4)


@pytest.mark.parametrize(
    "email",
    [
        *["", " ", "ann", "@example.com", "ann@", "ann@example", "ann@@example.com"],
        *["ann@bob@example.com", ".ann@example.com", "ann.@example.com", "a..n@example.com"],
        *["an n@example.com", '"an n"@example.com', "ann@exa mple.com", "<ann@example.com>"],
        *["Ann <ann@example.com>", "ann@example.com, bob@example.com", "ann@example.com."],
        *["ann@.example.com", "ann@example..com", "ann@-example.com", "ann@exam_ple.com"],
        *["ann@127.0.0.1", "ann@[127.0.0.1]", "ann@localhost", "ann@xn--\u00e4.example"],
        *["ann\nBcc:bob@example.com", "ann@example.com\r\nBcc: bob@example.com"],
        *["ann@example.com\r\n.", "an\u200bn@example.com", "an\u00a0n@example.com"],
        *["an\u202en@example.com", "ann@example\u202e.com", "ann\ue000@example.com"],
        *["a" * 65 + "@example.com", "ä" * 33 + "@example.com", f"ann@{'a' * 64}.example"],
        *[f"{'a' * 20}@{LONG_DOMAIN}", "a" * 5000 + "@example.com"],
        *[7, True, None, ["ann@example.com"], {"to": "ann@example.com"}],
    ],
)
def test_an_address_may_not_be(email: Any, site: Site, browser: Browser) -> None:
    answer = browser.register(email=email)
    assert_problem(answer, 422, "email_invalid")
    assert codes(answer) == [("/email", "email_invalid")]
    assert site.mails() == []


@pytest.mark.parametrize(
    ("typed", "to"),
    [
        ("an.n+news@example.com", "an.n+news@example.com"),
        ("o'neil!#$%&*/=?^_`{|}~-@example.com", "o'neil!#$%&*/=?^_`{|}~-@example.com"),
        (" ann@example.com ", "ann@example.com"),
        ("Ann@EXAMPLE.Com", "Ann@example.com"),
        ("\uff41\uff4e\uff4e\uff20\uff45\uff58\uff0e\uff43\uff4f\uff4d", "ann@ex.com"),
        ("\u212aate@example.com", "Kate@example.com"),
        ("ann@\u212aate.example", "ann@kate.example"),
        ("ann@b\u00fccher.example", "ann@xn--bcher-kva.example"),
        ("ann@bu\u0308cher.example", "ann@xn--bcher-kva.example"),
        ("ann@XN--BCHER-KVA.example", "ann@xn--bcher-kva.example"),
        ("ann@stra\u00dfe.example", "ann@xn--strae-oqa.example"),
        ("ann@example\u3002com", "ann@example.com"),
        ("stra\u00dfe@example.com", "stra\u00dfe@example.com"),
        ("\u0131nci@example.com", "\u0131nci@example.com"),
        ("a" * 64 + "@example.com", "a" * 64 + "@example.com"),
    ],
)
def test_mail_goes_to_the_address_as_typed_and_normalised(
    typed: str, to: str, site: Site, browser: Browser
) -> None:
    begun = browser.register(email=typed)
    assert [mail["to"] for mail in site.mails()] == [to]
    verified = browser.verify(begun, site.code(to))
    assert verified.json["user"]["email"] == to


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("ann@example.com", "ANN@Example.COM"),
        ("kate@example.com", "\u212aATE@example.com"),
        ("ann@example.com", "\uff41nn@example.com"),
        ("ann@xn--bcher-kva.example", "ann@b\u00fccher.example"),
        ("am\u00e9lie@example.com", "AME\u0301LIE@example.com"),
    ],
)
def test_one_mailbox_is_one_account_however_it_is_spelled(
    first: str, second: str, site: Site
) -> None:
    site.browser().become("first", email=first)
    begun = site.browser().register("second", email=second)
    assert begun.status_code == 202
    assert "already have an account" in site.mails()[0]["subject"]
    assert site.browser().sign_in(second).status_code == 201


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("ann@example.com", "a.nn@example.com"),
        ("ann@example.com", "ann+news@example.com"),
        ("admin@example.com", "adm\u0131n@example.com"),
        ("ann@example.com", "\u0430nn@example.com"),
        ("ann@strasse.example", "ann@stra\u00dfe.example"),
        ("ann@example.com", "ann@ex\u0430mple.com"),
    ],
)
def test_another_mailbox_is_another_account_however_alike(
    first: str, second: str, site: Site
) -> None:
    site.browser().become("first", email=first)
    browser = site.browser()
    begun = browser.register("second", email=second)
    verified = browser.verify(begun, site.mails()[0]["subject"][:6])
    assert verified.status_code == 201
    assert site.browser().sign_in(first).json["user"]["username"] == "first"
    assert site.browser().sign_in(second).json["user"]["username"] == "second"


@pytest.mark.parametrize(
    ("owned", "typed"),
    [
        ("strasse@example.com", "stra\u00dfe@example.com"),
        ("stra\u00dfe@example.com", "strasse@example.com"),
    ],
)
def test_no_mail_goes_to_a_look_alike_of_what_was_typed(owned: str, typed: str, site: Site) -> None:
    site.browser().become("first", email=owned)
    assert site.browser().register("second", email=typed).status_code == 202
    assert [mail["to"] for mail in site.mails()] == [typed, owned]


def test_an_unproved_registration_holds_no_address(site: Site) -> None:
    slow = site.browser().register("slow", email="ann@example.com")
    slow_code = site.code("ann@example.com")
    site.browser().become("fast", email="ann@example.com")
    late = site.browser().verify(slow, slow_code)
    assert_problem(late, 409, "account_exists")
    assert "Set-Cookie" not in late.headers
    assert site.browser().sign_in("ann@example.com").json["user"]["username"] == "fast"


def test_without_the_code_nobody_learns_that_the_address_was_proved_meanwhile(site: Site) -> None:
    slow = site.browser().register("slow", email="ann@example.com")
    site.browser().become("fast", email="ann@example.com")
    assert_problem(site.browser().verify(slow, "no code"), 422, "code_invalid")
