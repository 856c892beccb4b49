"""Whatever the brand's colour, the accent made from it can be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitegen import colour

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def test_contrast_is_that_of_wcag() -> None:
    assert colour.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert colour.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("mode", [colour.light, colour.dark])
@given(brand=colours)
def test_the_accent_can_be_read_on_page_and_card_and_text_on_the_accent(mode, brand: str) -> None:
    palette = mode(brand)
    for shade in (palette.accent, palette.accent_strong):
        for ground in (palette.page, palette.card, palette.on_accent):
            assert colour.contrast(shade, ground) >= 4.5


@given(brand=colours)
def test_the_mark_can_be_read_on_its_tile(brand: str) -> None:
    assert colour.contrast(colour.ink_on(brand), brand) >= 4.5


def test_a_colour_that_can_be_read_stays_as_it_is() -> None:
    assert colour.light("#1f5f4a").accent == "#1f5f4a"
