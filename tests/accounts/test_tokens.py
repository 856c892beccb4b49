"""What proves something: session tokens, device cookies, one-time codes."""

import hmac
import re

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from backend.accounts import tokens
from backend.accounts.ids import new_id
from backend.accounts.tokens import Device, SessionToken

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
USER, OTHER_USER, SESSION, DEVICE = (new_id() for _ in range(4))
TOKEN = SessionToken.new(USER, SESSION)
COOKIE = tokens.device_cookie(KEY, Device(USER, DEVICE))

url_safe = st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
characters = url_safe | st.sampled_from("=+/ .\n\0é\ud800")


def replaced(text: str, position: int, char: str) -> str:
    position %= len(text)
    return text[:position] + char + text[position + 1 :]


@given(st.uuids().map(str), st.uuids().map(str))
def test_a_token_is_read_as_it_was_written(user_id: str, session_id: str) -> None:
    token = SessionToken.new(user_id, session_id)
    assert SessionToken.parse(str(token)) == token
    assert (token.user_id, token.session_id) == (user_id, session_id)


def test_a_token_fits_into_a_cookie_as_it_is() -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]+", str(TOKEN))


def test_two_tokens_of_one_session_differ() -> None:
    assert str(SessionToken.new(USER, SESSION)) != str(TOKEN)
    assert SessionToken.new(USER, SESSION).hash != TOKEN.hash


def test_a_token_has_256_bits_that_nobody_can_guess() -> None:
    assert len(TOKEN.secret) == 32


@given(st.integers(0, len(str(TOKEN)) - 1), characters)
def test_a_token_with_one_other_character_opens_nothing(position: int, char: str) -> None:
    text = replaced(str(TOKEN), position, char)
    assume(text != str(TOKEN))
    token = SessionToken.parse(text)
    assert token is None or token.hash != TOKEN.hash


@pytest.mark.parametrize("position", range(len(str(TOKEN))))
def test_each_character_of_a_token_counts(position: int) -> None:
    for char in "AQgw_":
        text = replaced(str(TOKEN), position, char)
        token = SessionToken.parse(text)
        assert text == str(TOKEN) or token is None or token.hash != TOKEN.hash


@given(st.text(characters, max_size=120))
@example("")
@example(str(TOKEN) + "=")
@example(str(TOKEN) + "A")
@example(str(TOKEN)[:-1])
@example(" " + str(TOKEN))
def test_any_text_is_a_token_in_its_one_spelling_or_none(text: str) -> None:
    token = SessionToken.parse(text)
    assert token is None or str(token) == text


def test_the_hash_of_a_token_does_not_hold_it() -> None:
    assert len(TOKEN.hash) == 32
    assert TOKEN.secret not in TOKEN.hash


@given(
    st.lists(st.text(max_size=5), max_size=4),
    st.lists(st.text(max_size=5), max_size=4),
)
@example(["ab", "c"], ["a", "bc"])
@example(["a", ""], ["a"])
@example(["", "a"], ["a", ""])
@example(["1:a"], ["a"])
@example(["a\x001:b"], ["a", "b"])
@example(["a", "b"], ["a\0b"])
def test_hashes_are_equal_only_if_every_part_is(one: list[str], other: list[str]) -> None:
    hashes = [tokens.keyed_hash(KEY, "purpose", *parts) for parts in (one, other)]
    assert tokens.same(*hashes) == (one == other)


def test_what_is_secret_is_compared_in_a_time_that_does_not_depend_on_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared: list[tuple[bytes, bytes]] = []
    same = hmac.compare_digest

    def noting(given: bytes, stored: bytes) -> bool:
        compared.append((given, stored))
        return same(given, stored)

    monkeypatch.setattr(hmac, "compare_digest", noting)
    assert tokens.same(b"right", b"right")
    assert not tokens.same(b"wrong", b"right")
    assert compared == [(b"right", b"right"), (b"wrong", b"right")]


def test_a_hash_holds_for_one_key_and_one_purpose() -> None:
    made = tokens.keyed_hash(KEY, "purpose", "part")
    assert made != tokens.keyed_hash(OTHER_KEY, "purpose", "part")
    assert made != tokens.keyed_hash(KEY, "other", "part")


def test_a_device_is_known_to_the_user_for_whom_its_cookie_was_made() -> None:
    assert tokens.known_device([KEY], USER, COOKIE) == DEVICE


def test_a_cookie_names_the_user_of_the_device() -> None:
    assert tokens.device([KEY], COOKIE) == Device(USER, DEVICE)


def test_a_device_is_unknown_to_another_user() -> None:
    assert tokens.known_device([KEY], OTHER_USER, COOKIE) is None


def test_a_device_is_unknown_under_another_key() -> None:
    assert tokens.known_device([OTHER_KEY], USER, COOKIE) is None


@given(st.integers(0, len(COOKIE) - 1), characters)
def test_a_cookie_with_one_other_character_is_unknown(position: int, char: str) -> None:
    text = replaced(COOKIE, position, char)
    assume(text != COOKIE)
    assert tokens.known_device([KEY], USER, text) is None


@given(st.text(characters, max_size=80))
def test_any_other_text_is_no_cookie(text: str) -> None:
    assert tokens.known_device([KEY], USER, text) is None


def test_a_code_is_six_digits_and_seldom_the_same() -> None:
    codes = [tokens.new_code() for _ in range(2000)]
    assert all(re.fullmatch("[0-9]{6}", code) for code in codes)
    assert len(set(codes)) > 1900
    assert {code[0] for code in codes} == set("0123456789")


@pytest.mark.parametrize("typed", ["123 456", "123-456", " 123456 ", "1 2 3-4 5 6", "123456"])
def test_spaces_and_hyphens_in_a_code_do_not_count(typed: str) -> None:
    assert tokens.code_hash(KEY, USER, typed) == tokens.code_hash(KEY, USER, "123456")


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "123457", "123_456", "\uff1123456"])
def test_everything_else_in_a_code_counts(typed: str) -> None:
    assert tokens.code_hash(KEY, USER, typed) != tokens.code_hash(KEY, USER, "123456")


def test_a_code_is_good_for_one_registration() -> None:
    assert tokens.code_hash(KEY, USER, "123456") != tokens.code_hash(KEY, OTHER_USER, "123456")


def test_where_no_code_was_sent_no_code_is_right() -> None:
    stored = tokens.no_code_hash()
    assert len(stored) == len(tokens.code_hash(KEY, USER, "123456"))
    assert stored != tokens.no_code_hash()
