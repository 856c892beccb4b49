"""Cursors: opaque, signed, and good for their own list alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.accounts import cursors
from backend.accounts.errors import CursorInvalid

KEY = bytes(range(32))
POSITIONS = st.dictionaries(st.text(), st.integers() | st.text())


@given(POSITIONS, st.text())
def test_a_cursor_stands_for_its_position(position: dict[str, str], scope: str) -> None:
    cursor = cursors.encode(KEY, scope, position)
    assert cursor
    assert cursors.decode([KEY], scope, cursor) == position


def test_the_last_page_has_no_cursor() -> None:
    assert cursors.encode(KEY, "list", None) is None


@pytest.mark.parametrize("other", [(bytes(32), "list"), (KEY, "another list")])
def test_a_cursor_of_another_key_or_list_is_refused(other: tuple[bytes, str]) -> None:
    cursor = cursors.encode(*other, {"n": 1})
    assert cursor
    with pytest.raises(CursorInvalid):
        cursors.decode([KEY], "list", cursor)


@given(st.integers(min_value=0), st.characters(codec="ascii"))
def test_a_cursor_that_was_changed_is_refused(index: int, character: str) -> None:
    cursor = cursors.encode(KEY, "list", {"n": 1})
    assert cursor
    place = index % len(cursor)
    changed = cursor[:place] + character + cursor[place + 1 :]
    if changed == cursor:
        return
    with pytest.raises(CursorInvalid):
        cursors.decode([KEY], "list", changed)


@given(st.text())
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(CursorInvalid):
        cursors.decode([KEY], "list", text)
