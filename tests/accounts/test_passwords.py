"""Passwords: long enough, not known, not one's own name; everything else is allowed."""

import unicodedata

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from backend.accounts.errors import Rejected
from backend.accounts.passwords import check, is_common, names

MIN = 15
OWN = ["annabel", "annabel.lee@example.com", "Latchstring"]

passwords = st.text(min_size=MIN, max_size=40)


def refusal(password: str, min_length: int = MIN, identities: list[str] = OWN) -> str | None:
    try:
        check(password, min_length, identities)
    except Rejected as rejected:
        return rejected.code
    return None


@given(passwords)
@example("violet tractor sings")
@example("виолетовый трактор поёт")
@example("紫色的拖拉机在下雨天唱着古老的歌")
@example("🚜🎻🌧️ three little pictures")
@example("  leading and trailing  ")
def test_any_text_is_a_password_if_it_is_long_unknown_and_not_oneself(password: str) -> None:
    normalised = unicodedata.normalize("NFC", password)
    assume(len(normalised) >= MIN and not is_common(normalised) and not names(normalised, OWN))
    assert check(password, MIN, OWN) == normalised


@given(passwords)
@example("cafe\N{COMBINING ACUTE ACCENT} with two sugars")
def test_two_spellings_of_the_same_characters_are_one_password(password: str) -> None:
    spellings = [unicodedata.normalize(form, password) for form in ("NFC", "NFD")]
    one, other = spellings
    assert refusal(one) == refusal(other)
    if refusal(one) is None:
        assert check(one, MIN, OWN) == check(other, MIN, OWN)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("violet tractor", "password_too_short"),
        ("violet tractors", None),
        ("é" * 6 + "violet t", "password_too_short"),
        ("ünïcödé påsswör", None),
        ("🚜🎻🌧☂🎈🎁🎀🎄🎃🎂🍰🍩🍪🍫", "password_too_short"),
        ("🚜🎻🌧☂🎈🎁🎀🎄🎃🎂🍰🍩🍪🍫🍬", None),
        ("e\N{COMBINING ACUTE ACCENT}" * 2 + "violet tract", "password_too_short"),
        ("violet tractor sings " * 6 + "xy", None),
        ("violet tractor sings " * 6 + "xyz", "password_too_long"),
        ("violet tractor sings é" * 5 + "e\N{COMBINING ACUTE ACCENT}" * 18, None),
        ("violet tractor sings é" * 5 + "e\N{COMBINING ACUTE ACCENT}" * 19, "password_too_long"),
    ],
)
def test_length_is_counted_in_characters_as_they_are_composed(
    password: str, code: str | None
) -> None:
    assert refusal(password) == code


def test_characters_composed_of_the_most_parts_count_once() -> None:
    composed = [
        char for char in map(chr, range(0x3000)) if len(unicodedata.normalize("NFD", char)) == 4
    ]
    longest = "".join((composed * 128)[:128])
    assert refusal(unicodedata.normalize("NFD", longest)) is None
    for one_more in ("x", composed[0]):
        assert refusal(unicodedata.normalize("NFD", longest + one_more)) == "password_too_long"


def test_the_refusal_of_a_short_password_says_how_long_it_has_to_be() -> None:
    with pytest.raises(Rejected, match="at least 9 characters"):
        check("8 chars!", 9, OWN)


def test_the_refusal_of_a_long_password_says_how_long_it_may_be() -> None:
    with pytest.raises(Rejected, match="at most 128 characters"):
        check("violet tractor " * 9, MIN, OWN)


@pytest.mark.parametrize(
    "password",
    [
        *("annabel", "ANNABEL", "Annabel1", "annabel2024!", "!!annabel!!", "4nnabel annabel"),
        *("annabelannabel", "AnnabelLatchstring", "a.n.n.a.b.e.l", "annabel" + "!" * 40),
        *("latchstring", "Latch String", "LATCHSTRING-2024", "latch_string_1", "latchstringabc"),
        *("annabel.lee@example.com", "Annabel.Lee@Example.com1", "annabellee123", "AnnabelLee"),
        *("annabelleeexamplecom", "lee.annabel", "Annabel+Latchstring"),
    ],
)
def test_hardly_more_than_a_name_of_the_owner_or_the_site_is_refused(password: str) -> None:
    assert refusal(password.ljust(8, "!"), min_length=8) == "password_contains_identity"


@pytest.mark.parametrize(
    "password",
    [
        *("annabel hates tractors", "the latchstring is out", "my name is annabel!"),
        *("mail annabel.lee@example.com on tuesday", "a banana bell, a melon"),
    ],
)
def test_a_long_password_may_hold_a_name(password: str) -> None:
    assert refusal(password) is None


def test_a_name_of_one_or_two_characters_says_nothing() -> None:
    assert not names("x", ["x"])
    assert not names("xy!!!!", ["xy", "x@y"])
    assert names("xyz!!!!", ["xyz"])


@pytest.mark.parametrize(
    ("password", "identity"),
    [
        ("ann@straße.de 1234", "ann@xn--strae-oqa.de"),
        ("café noir 2024!", "Cafe\N{COMBINING ACUTE ACCENT} Noir"),
        ("CAFÉ-NOIR-2024!", "Café Noir"),
        ("STRASSENCAFE 24!", "Straßencafe"),
    ],
)
def test_a_name_beyond_ascii_is_recognised_as_people_write_it(password: str, identity: str) -> None:
    assert refusal(password, identities=[identity]) == "password_contains_identity"


@given(st.sampled_from(OWN), st.text("0123456789!?-_. ", max_size=7), st.booleans())
def test_a_name_with_a_few_digits_and_symbols_is_refused_in_any_case(
    name: str, added: str, before: bool
) -> None:
    for text in (name, name.upper(), name.title()):
        assert names(added + text if before else text + added, OWN)


@pytest.mark.parametrize(
    "password",
    [
        *("password", "PASSWORD", "Password", "iloveyou", "sunshine", "qwerty123", "123456789"),
        *("passwordpassword", "iloveyouiloveyou", "PassWordPassWordPassWord"),
        *("aaaaaaaaaaaaaaa", "               ", "abababababababab", "123123123123123", "🎈" * 15),
        *("abcdabcdabcdabcd", "hahahahahahahahaha"),
        *("qwertyuiopasdfg", "1qaz2wsx3edc4rfv", "123456789012345", "012345678901234"),
        *("987654321098765", "abcdefghijklmno", "zyxwvutsrqponml", "lkjhgfdsapoiuyt"),
        *("asdfghjklzxcvbnm", "QWERTYUIOPASDFG", "uvwxyzabcdefghi"),
    ],
)
def test_what_everybody_tries_first_is_refused(password: str) -> None:
    assert refusal(password, min_length=8) == "password_compromised"


@pytest.mark.parametrize("password", ["passwordpasswor", "qwertyqwertyqwe", "123412341234123"])
def test_a_repetition_that_was_cut_at_the_wanted_length_is_refused_too(password: str) -> None:
    assert refusal(password) == "password_compromised"


@pytest.mark.parametrize(
    "password",
    ["violet tractor sings", "correct horse battery staples", "correcthorsebatterystapler"],
)
def test_a_few_unrelated_words_are_fine(password: str) -> None:
    assert refusal(password) is None


@given(st.text(min_size=1, max_size=4), st.integers(2, 30))
def test_a_few_characters_over_and_over_are_refused(unit: str, times: int) -> None:
    assume(unicodedata.is_normalized("NFC", unit * times) and unit.casefold() == unit)
    assert is_common(unit * times)
