"""Display names and locales."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from backend.accounts.errors import Rejected
from backend.accounts.profile_text import parse_display_name, parse_locale

ZWJ = "\N{ZERO WIDTH JOINER}"


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Ann", "Ann"),
        ("  Ann Lee\n", "Ann Lee"),
        ("Jose\N{COMBINING ACUTE ACCENT}", "José"),
        ("Nuñez-O'Hara, Jr. <3", "Nuñez-O'Hara, Jr. <3"),
        ("安娜", "安娜"),
        ("क्\N{ZERO WIDTH JOINER}ष", "क्\N{ZERO WIDTH JOINER}ष"),
        ("می\N{ZERO WIDTH NON-JOINER}خواهم", "می\N{ZERO WIDTH NON-JOINER}خواهم"),
        (f"👩{ZWJ}🚀", f"👩{ZWJ}🚀"),
        ("x" * 80, "x" * 80),
        ("e\N{COMBINING ACUTE ACCENT}" * 80, "é" * 80),
    ],
)
def test_a_display_name_is_what_people_write(typed: str, name: str) -> None:
    assert parse_display_name(typed) == name


@pytest.mark.parametrize(
    "typed",
    [
        *("", "   ", "x" * 81, "Ann\nLee", "Ann\r\nLee", "Ann\tLee", "Ann\0", "Ann\x7fLee"),
        *("Ann\x85Lee", "Ann\N{LINE SEPARATOR}Lee", "Ann\N{PARAGRAPH SEPARATOR}Lee"),
        *("Ann\N{RIGHT-TO-LEFT OVERRIDE}eeL", "Ann\N{LEFT-TO-RIGHT ISOLATE}", "Ann\N{SOFT HYPHEN}"),
        *("\N{ZERO WIDTH SPACE}", "Ann\N{WORD JOINER}", "Ann\ue000", "Ann\ud800", "Ann\ufffe"),
        *(ZWJ, f"{ZWJ} {ZWJ}"),
    ],
)
def test_a_display_name_that_shows_nothing_or_moves_what_stands_around_it_is_refused(
    typed: str,
) -> None:
    with pytest.raises(Rejected) as refusal:
        parse_display_name(typed)
    assert refusal.value.code == "display_name_invalid"


@given(st.text(min_size=1, max_size=90))
def test_a_display_name_that_is_written_so_already_stays(typed: str) -> None:
    try:
        name = parse_display_name(typed)
    except Rejected:
        return
    assert parse_display_name(name) == name
    assert unicodedata.is_normalized("NFC", name)
    assert 1 <= len(name) <= 80
    assert "\n" not in name


@pytest.mark.parametrize(
    ("typed", "locale"),
    [
        ("de", "de"),
        ("DE", "de"),
        ("gsw", "gsw"),
        ("pt-br", "pt-BR"),
        ("PT-BR", "pt-BR"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("sr-LATN", "sr-Latn"),
        ("es-419", "es-419"),
    ],
)
def test_a_locale_is_written_in_its_usual_way(typed: str, locale: str) -> None:
    assert parse_locale(typed) == locale
    assert parse_locale(locale) == locale


@pytest.mark.parametrize(
    "typed",
    [
        *("", "d", "german", "de_DE", "de-", "-de", "de-DEU", "de-D", "de-Latn-Latn", "de-DE-1996"),
        *(
            "x-klingon",
            "de-DE\n",
            " de",
            "d\N{CYRILLIC SMALL LETTER IE}",
            "12",
            "de-12",
            "de--DE",
            "*",
            "en-US,en;q=0.9",
        ),
    ],
)
def test_what_is_no_language_tag_is_refused(typed: str) -> None:
    with pytest.raises(Rejected) as refusal:
        parse_locale(typed)
    assert refusal.value.code == "locale_invalid"


@given(st.text(max_size=12))
@example("\N{LATIN SMALL LETTER LONG S}k")
def test_a_locale_is_ascii(typed: str) -> None:
    try:
        locale = parse_locale(typed)
    except Rejected:
        return
    assert locale.isascii()
    assert locale.casefold() == typed.casefold()
