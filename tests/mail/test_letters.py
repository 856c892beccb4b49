"""The letters: every value is shown as it is, in text and in HTML, and the link works."""

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from backend.languages import LANGUAGES
from backend.mail import letters
from backend.mail.letters import Recipient
from backend.mail.message import Message
from backend.settings import Settings, load

BRAND = 'Smith & <b>"Söhne"</b> {{ brand }} {% raw %}'
TO = "o'hara&<i>@example.com"
ID = "01890a5d-ac96-774b-bcce-b302099a8057"

Letter = Callable[[Settings], Message]


def registration_code(settings: Settings) -> Message:
    return letters.registration_code(settings, Recipient(TO), "<u>ann</u>", ID, "012345")


def account_exists(settings: Settings) -> Message:
    return letters.account_exists(settings, Recipient(TO))


def password_reset(settings: Settings) -> Message:
    return letters.password_reset(settings, Recipient(TO), "the-token")


def no_account(settings: Settings) -> Message:
    return letters.no_account(settings, Recipient(TO))


def password_changed(settings: Settings) -> Message:
    return letters.notice(settings, Recipient(TO), "password_changed", ip_prefix="192.0.2.7")


def factor_notice(name: str, **values: str) -> Letter:
    def letter(settings: Settings) -> Message:
        return letters.notice(settings, Recipient(TO), name, ip_prefix="192.0.2.7", **values)

    return letter


FACTOR_NOTICES = [
    factor_notice("account_deleted"),
    factor_notice("totp_added"),
    factor_notice("totp_removed"),
    factor_notice("recovery_codes_made"),
    factor_notice("recovery_code_used", left="9"),
    factor_notice("second_factors_reset"),
    factor_notice("passkey_added"),
    factor_notice("passkey_removed"),
    factor_notice("password_voided"),
]


def email_change_code(settings: Settings) -> Message:
    return letters.email_change_code(settings, Recipient(TO), "012345")


def address_taken(settings: Settings) -> Message:
    return letters.address_taken(settings, Recipient(TO))


def email_changed(settings: Settings) -> Message:
    return letters.email_changed(settings, Recipient(TO), "192.0.2.7", "the-token")


def email_change_undone(settings: Settings) -> Message:
    return letters.notice(settings, Recipient(TO), "email_change_undone", ip_prefix="192.0.2.7")


LETTERS: list[Letter] = [
    *FACTOR_NOTICES,
    email_change_code,
    address_taken,
    email_changed,
    email_change_undone,
    registration_code,
    account_exists,
    password_reset,
    no_account,
    password_changed,
]


def speaking(language: str, letter: Letter) -> Letter:
    """The letter from a site of this language to somebody whose own is not known."""

    def write(settings: Settings) -> Message:
        return letter(replace(settings, default_language=language))

    write.__name__ = f"{letter.__name__} in {language}"
    return write


IN_EVERY_LANGUAGE = [speaking(language, letter) for letter in LETTERS for language in LANGUAGES]


def settings(**environ: str) -> Settings:
    return load({"SITE_URL": "https://accounts.example.com", **environ})


class Reader(HTMLParser):
    """What a reader of the HTML sees, the elements that it is made of, and where links lead."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.elements, self.links = "", list[str](), list[str]()
        self.feed(html)

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.links += [value or "" for name, value in attributes if name == "href"]


@pytest.mark.parametrize("letter", IN_EVERY_LANGUAGE)
def test_a_letter_goes_to_the_address_as_it_is(letter: Letter) -> None:
    assert letter(settings()).to == TO


@pytest.mark.parametrize("letter", IN_EVERY_LANGUAGE)
def test_the_name_of_the_site_is_shown_as_it_is(letter: Letter) -> None:
    message = letter(settings(BRAND_NAME=BRAND))
    assert BRAND in message.subject
    assert BRAND in message.text
    assert BRAND in Reader(message.html).text


@pytest.mark.parametrize("letter", IN_EVERY_LANGUAGE)
def test_no_value_makes_an_element(letter: Letter) -> None:
    plain = Reader(letter(settings()).html).elements
    assert Reader(letter(settings(BRAND_NAME=BRAND)).html).elements == plain
    assert not {"b", "u", "i", "script"} & {*plain}


@pytest.mark.parametrize("letter", IN_EVERY_LANGUAGE)
def test_a_subject_is_one_printable_line(letter: Letter) -> None:
    assert letter(settings(BRAND_NAME=BRAND)).subject.isprintable()


@pytest.mark.parametrize("letter", IN_EVERY_LANGUAGE)
def test_text_and_html_have_the_same_one_link_to_the_site(letter: Letter) -> None:
    message = letter(settings())
    assert Reader(message.html).links == re.findall(r"https?://\S+", message.text)
    assert len(Reader(message.html).links) == 1
    assert message.text.count("https://accounts.example.com/#") == 1


@pytest.mark.parametrize("letter", IN_EVERY_LANGUAGE)
def test_a_letter_loads_nothing(letter: Letter) -> None:
    assert not {"img", "link", "script", "iframe", "style"} & {
        *Reader(letter(settings()).html).elements
    }


@pytest.mark.parametrize("letter", IN_EVERY_LANGUAGE)
def test_the_text_is_for_a_reader_without_html(letter: Letter) -> None:
    text = letter(settings()).text
    assert not re.search(r"<p|{{|{%|&\w+;", text)
    assert max(len(line) for line in text.splitlines() if "://" not in line) <= 80


def test_the_code_is_in_subject_text_html_and_the_fragment_of_the_link() -> None:
    message = registration_code(settings())
    assert message.subject == "012345 is your code for Latchstring"
    assert "    012345\n" in message.text
    assert "012345" in Reader(message.html).text
    assert Reader(message.html).links == [
        f"https://accounts.example.com/#verify/{ID}/012345",
    ]


def test_the_username_is_shown_as_it_is() -> None:
    message = registration_code(settings())
    assert "<u>ann</u>" in message.text
    assert "<u>ann</u>" in Reader(message.html).text


def test_the_owner_of_an_account_gets_no_code() -> None:
    message = account_exists(settings())
    assert message.subject == "You already have an account at Latchstring"
    assert not re.search(r"\d{6}", message.subject + message.text + Reader(message.html).text)
    assert Reader(message.html).links == ["https://accounts.example.com/#sign-in"]


@pytest.mark.parametrize(
    ("locale", "site", "subject", "frame"),
    [
        (None, "en", "You already have an account at Latchstring", 'lang="en" dir="ltr"'),
        ("de", "en", "Sie haben schon ein Konto bei Latchstring", 'lang="de" dir="ltr"'),
        ("fr-CA", "de", "Vous avez déjà un compte chez Latchstring", 'lang="fr" dir="ltr"'),
        ("ar", "en", "لديك حساب بالفعل في Latchstring", 'lang="ar" dir="rtl"'),
        ("ja", "es", "Ya tiene una cuenta en Latchstring", 'lang="es" dir="ltr"'),
    ],
)
def test_a_letter_is_in_the_language_of_its_reader_or_else_of_the_site(
    locale: str | None, site: str, subject: str, frame: str
) -> None:
    message = letters.account_exists(settings(DEFAULT_LANGUAGE=site), Recipient(TO, locale))
    assert message.subject == subject
    assert f"<html {frame}>" in message.html
