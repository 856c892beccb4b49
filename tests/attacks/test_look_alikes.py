"""Taking an account over by an address or a name that looks like its owner's.

What a person reads as the same may be the same mailbox, or another. What decides is Unicode's rule
for comparing without case; and a mail goes to what is stored, never to what a stranger typed.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import PASSWORD, Browser, Site, assert_problem, codes

OWNER = "mike.lee@github.example"
DOTLESS_I = "\N{LATIN SMALL LETTER DOTLESS I}"
CYRILLIC_E = "\N{CYRILLIC SMALL LETTER IE}"
# Other mailboxes, however they look: each may have an account of its own, and none the owner's.
OTHER_MAILBOXES = {
    "dotless i in the local part": f"m{DOTLESS_I}ke.lee@github.example",
    "dotless i in the domain": f"mike.lee@g{DOTLESS_I}thub.example",
    "Cyrillic letter": f"mik{CYRILLIC_E}.lee@github.example",
    "Cyrillic letter in the domain": f"mike.lee@github.{CYRILLIC_E}xample",
    "that domain in punycode": "mike.lee@github.xn--xample-2of",
    "dot in another place": "mikel.ee@github.example",
    "without the dot": "mikelee@github.example",
    "plus tag": "mike.lee+reset@github.example",
    "combining accent": "mike\N{COMBINING ACUTE ACCENT}.lee@github.example",
    "turned by marks of right to left": "elpmaxe.buhtig@eel.ekim.example",
    "subdomain": "mike.lee@github.example.org",
}
# The owner's mailbox in another spelling: it is the same account, and mail goes as it is stored.
SAME_MAILBOX = {
    "capitals": "Mike.LEE@GitHub.Example",
    "fullwidth letters": "\N{FULLWIDTH LATIN SMALL LETTER M}ike.lee@github.example",
    "ideographic full stop": "mike.lee@github\N{IDEOGRAPHIC FULL STOP}example",
    "Kelvin sign": "mi\N{KELVIN SIGN}e.lee@github.example",
    "soft hyphen in the domain": "mike.lee@git\N{SOFT HYPHEN}hub.example",
    "zero width joiner in the domain": "mike.lee@git\N{ZERO WIDTH SPACE}hub.example",
}
# No addresses at all.
REFUSED = {
    "zero width joiner": "mike\N{ZERO WIDTH JOINER}.lee@github.example",
    "right to left override": "mike\N{RIGHT-TO-LEFT OVERRIDE}.lee@github.example",
    "right to left mark": "mike.lee\N{RIGHT-TO-LEFT MARK}@github.example",
    "byte order mark": "\N{ZERO WIDTH NO-BREAK SPACE}mike.lee@github.example",
    "trailing dot": "mike.lee@github.example.",
    "quoted local part": '"mike.lee"@github.example',
    "quoted with another address": '"mike.lee@github.example "@evil.example',
    "comment": "mike.lee(x)@github.example",
    "source route": "@evil.example:mike.lee@github.example",
    "second recipient": "mike.lee@github.example,eve@evil.example",
    "header": "mike.lee@github.example\r\nBcc: eve@evil.example",
    "display name": "Mike <mike.lee@github.example>",
    "percent hack and bang path": "mike.lee@github.example@evil.example",
    "NUL": "mike.lee@github.example\0@evil.example",
}
SHOUTED_SHARP_S = ("straße@example.com", "STRASSE@example.com")


def each(cases: dict[str, str], *short: str) -> list[Any]:
    """All of them, of which `make test` tries those that are named."""
    return [pytest.param(how, marks=() if how in short else pytest.mark.torture) for how in cases]


@pytest.fixture
def owner(site: Site) -> Browser:
    browser = site.browser()
    browser.become("mike", email=OWNER)
    return browser


def recipients(site: Site) -> list[str]:
    return [mail["to"] for mail in site.mails()]


@pytest.mark.parametrize(
    "how", each(OTHER_MAILBOXES, "dotless i in the local part", "dotless i in the domain")
)
def test_a_look_alike_gets_no_link_into_the_account(site: Site, owner: Browser, how: str) -> None:
    """A reset that is asked for at the look-alike tells its mailbox only that it has no account."""
    assert site.browser().forget(OTHER_MAILBOXES[how]).status_code == 202
    mail = site.mails()[0]
    assert mail["to"] != OWNER
    assert "#reset/" not in mail["text"]
    assert recipients(site).count(OWNER) == 1
    assert_problem(
        site.browser().sign_in(OTHER_MAILBOXES[how], PASSWORD), 401, "invalid_credentials"
    )


@pytest.mark.parametrize("how", each(SAME_MAILBOX, "Kelvin sign"))
def test_another_spelling_leads_to_the_mailbox_as_it_is_stored(
    site: Site, owner: Browser, how: str
) -> None:
    spelled = SAME_MAILBOX[how]
    assert site.browser().forget(spelled).status_code == 202
    assert site.mails()[0]["to"] == OWNER
    assert site.browser().sign_in(spelled).json["user"]["email"] == OWNER
    begun = site.browser().register("other", email=spelled)
    assert not site.mails()[0]["subject"][:6].isdigit()
    assert site.browser().verify(begun, "000000").status_code == 422


@pytest.mark.parametrize("how", each(REFUSED, "right to left override", "header"))
def test_what_is_no_address_reaches_no_mailbox(site: Site, owner: Browser, how: str) -> None:
    mails = len(site.mails())
    asked = [
        site.browser().forget(REFUSED[how]),
        site.browser().register("x1y", email=REFUSED[how]),
    ]
    for answer in asked:
        # A NUL is refused with the body that has it.
        assert answer.status_code in {400, 422}
        assert answer.json["code"] in {"email_invalid", "malformed_json"}
    assert len(site.mails()) == mails


def test_letters_that_are_one_in_capitals_are_one_mailbox(site: Site) -> None:
    """Whoever comes second gets no account, and their code goes to nobody."""
    first, second = SHOUTED_SHARP_S
    site.browser().become("first", email=first)
    site.browser().register("second", email=second)
    assert not site.mails()[0]["subject"][:6].isdigit()
    assert site.browser().forget(second).status_code == 202
    assert site.mails()[0]["to"] == first


@pytest.mark.parametrize(
    "name",
    [
        "m\N{CYRILLIC SMALL LETTER BYELORUSSIAN-UKRAINIAN I}ke",
        f"m{DOTLESS_I}ke",
        "\N{FULLWIDTH LATIN SMALL LETTER M}ike",
        "mike\N{ZERO WIDTH SPACE}",
        "\N{RIGHT-TO-LEFT OVERRIDE}ekim",
        "mi\N{KELVIN SIGN}e",
        "mike\N{VARIATION SELECTOR-1}",
        "mike ",
        "mike\n",
    ],
)
def test_no_name_looks_like_another_by_letters_beyond_ascii(
    site: Site, owner: Browser, name: str
) -> None:
    refused = site.browser().register(name, email="eve@example.com")
    assert codes(refused) == [("/username", "username_invalid")]


def test_a_name_in_other_case_is_taken_and_is_the_owners(site: Site, owner: Browser) -> None:
    assert_problem(site.browser().register("MIKE", email="eve@example.com"), 409, "username_taken")
    assert site.browser().sign_in("mIkE").json["user"]["email"] == OWNER


def test_a_name_that_is_an_address_is_none(site: Site, owner: Browser) -> None:
    """So an identifier with an @ is always looked for among mailboxes."""
    refused = site.browser().register(OWNER, email="eve@example.com")
    assert codes(refused) == [("/username", "username_invalid")]
