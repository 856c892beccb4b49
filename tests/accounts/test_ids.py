"""Identifiers: UUIDv7, in one spelling."""

import time
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.accounts.ids import new_id, parse_id

ID = "01890a5d-ac96-774b-bcce-b302099a8057"


def milliseconds(identifier: str) -> int:
    return uuid.UUID(identifier).int >> 80


def test_an_id_is_a_uuid_of_version_7() -> None:
    made = uuid.UUID(new_id())
    assert made.version == 7
    assert made.variant == uuid.RFC_4122


def test_an_id_begins_with_the_milliseconds_at_which_it_was_made() -> None:
    before = time.time_ns() // 1_000_000
    made = new_id()
    assert before <= milliseconds(made) <= time.time_ns() // 1_000_000


def test_ids_are_in_the_order_of_their_milliseconds_as_texts_too() -> None:
    ids = sorted(new_id() for _ in range(2000))
    assert [milliseconds(each) for each in ids] == sorted(milliseconds(each) for each in ids)


def test_ids_made_in_the_same_millisecond_differ() -> None:
    ids = [new_id() for _ in range(20_000)]
    assert len(set(ids)) == len(ids)
    assert len({milliseconds(each) for each in ids}) < len(ids)


def test_74_bits_of_an_id_are_random() -> None:
    made = [uuid.UUID(new_id()).int for _ in range(200)]
    once, always = 0, (1 << 80) - 1
    for value in made:
        once |= value
        always &= value
    assert ((once ^ always) & ((1 << 80) - 1)).bit_count() == 74


@given(st.uuids())
def test_an_id_is_known_in_its_own_spelling(identifier: uuid.UUID) -> None:
    assert parse_id(str(identifier)) == str(identifier)


@pytest.mark.parametrize(
    "text",
    [
        *("", "me", ID.upper(), ID.replace("-", ""), f"{{{ID}}}", f"urn:uuid:{ID}", f" {ID}"),
        *(
            f"{ID}\n",
            ID[:-1],
            f"{ID}0",
            ID.replace("-", "_"),
            ID.replace("0", "\N{ARABIC-INDIC DIGIT ZERO}"),
            "\ud800",
        ),
    ],
)
def test_any_other_spelling_is_no_id(text: str) -> None:
    assert parse_id(text) is None


@given(st.text("0123456789abcdefABCDEF-{}urn:", max_size=45))
def test_a_text_is_an_id_as_it_stands_or_not_at_all(text: str) -> None:
    assert parse_id(text) in {None, text}
