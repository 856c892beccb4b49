"""Usernames: which are allowed, and which are one."""

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from backend.accounts.errors import Rejected
from backend.accounts.identifiers import RESERVED, parse_username

ALPHANUMERIC = string.ascii_letters + string.digits
ALLOWED = ALPHANUMERIC + "._-"

likely = st.text(ALLOWED, min_size=1, max_size=34)
texts = likely | st.text(ALLOWED + " @é\n\x00\u017f\u0663", max_size=6) | st.text(max_size=40)


def follows_the_rule(text: str) -> bool:
    return (
        3 <= len(text) <= 32
        and all(char in ALLOWED for char in text)
        and text[0] in ALPHANUMERIC
        and text[-1] in ALPHANUMERIC
        and text.lower() not in RESERVED
    )


def accepted(text: str) -> bool:
    try:
        parse_username(text)
    except Rejected:
        return False
    return True


@given(texts)
@example("abc")
@example("ab")
@example("a" * 32)
@example("a" * 33)
@example("abc\n")
@example("a-b")
@example("-ab")
@example("ab.")
def test_a_username_is_accepted_exactly_if_it_follows_the_rule(text: str) -> None:
    assert accepted(text) == follows_the_rule(text)


@given(likely.filter(follows_the_rule))
def test_a_username_stays_as_it_was_chosen(text: str) -> None:
    assert parse_username(text).text == text


@given(likely.filter(follows_the_rule))
def test_usernames_that_differ_only_by_case_are_one(text: str) -> None:
    key = parse_username(text).key
    assert parse_username(text.upper()).key == key
    assert parse_username(text.swapcase()).key == key
    assert parse_username(key).key == key


@given(likely.filter(follows_the_rule), likely.filter(follows_the_rule))
@example("a.b", "a_b")
@example("ann1", "ann")
def test_usernames_that_differ_by_more_than_case_are_two(one: str, other: str) -> None:
    same = one.casefold() == other.casefold()
    assert (parse_username(one).key == parse_username(other).key) == same


@given(st.integers(0, 3), st.characters(min_codepoint=128))
@example(1, "\N{KELVIN SIGN}")
@example(1, "\N{LATIN SMALL LETTER DOTLESS I}")
@example(1, "\N{FULLWIDTH LATIN SMALL LETTER A}")
@example(1, "\N{CYRILLIC SMALL LETTER A}")
@example(1, "\N{ARABIC-INDIC DIGIT ONE}")
@example(1, "\N{ZERO WIDTH JOINER}")
def test_no_character_beyond_ascii_is_accepted_anywhere(position: int, char: str) -> None:
    assert not accepted("ann"[:position] + char + "ann"[position:])


@pytest.mark.parametrize("text", ["root", "ROOT", "Admin", "postmaster", "no-reply", "www", "api"])
def test_a_name_that_looks_like_the_site_itself_is_reserved_in_any_case(text: str) -> None:
    with pytest.raises(Rejected) as refusal:
        parse_username(text)
    assert refusal.value.code == "username_reserved"


def test_a_refusal_says_what_to_use() -> None:
    with pytest.raises(Rejected, match="3 to 32 letters") as refusal:
        parse_username("no spaces")
    assert refusal.value.code == "username_invalid"
