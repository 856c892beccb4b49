"""From any brand colour, accents that can be read (WCAG 2.2, 1.4.3) in light and in dark mode."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from colorsys import hls_to_rgb, rgb_to_hls
from dataclasses import dataclass

READABLE = 4.5
# On a dark ground a colour that is just readable looks dull.
READABLE_IN_THE_DARK = 7.0
STEPS = 64
SRGB_KNEE = 0.04045
BLACK, WHITE = "#000000", "#ffffff"


@dataclass(frozen=True)
class Palette:
    """The accent is readable on the page and on a card, and `on_accent` is readable on it."""

    page: str
    card: str
    accent: str
    accent_strong: str
    on_accent: str


def light(brand: str) -> Palette:
    accent = _first_readable(_shades(brand, 0.0), on=("#f5f6f4", WHITE), ratio=READABLE)
    return Palette("#f5f6f4", WHITE, accent, _shade(accent, 0.0, 0.25), WHITE)


def dark(brand: str) -> Palette:
    page, card, ink = "#111413", "#1a1e1c", "#0c0f0e"
    accent = _first_readable(_shades(brand, 1.0), on=(page, card, ink), ratio=READABLE_IN_THE_DARK)
    return Palette(page, card, accent, _shade(accent, 1.0, 0.25), ink)


def ink_on(colour: str) -> str:
    """Black or white, whichever is easier to read on the colour."""
    return max(WHITE, BLACK, key=lambda ink: contrast(ink, colour))


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _first_readable(shades: Iterable[str], *, on: Sequence[str], ratio: float) -> str:
    return next(c for c in shades if all(contrast(c, ground) >= ratio for ground in on))


def _shades(colour: str, lightness: float) -> Iterator[str]:
    """The colour, then ever nearer to black (0) or white (1)."""
    return (_shade(colour, lightness, step / STEPS) for step in range(STEPS + 1))


def _shade(colour: str, lightness: float, share: float) -> str:
    """The same hue, its lightness moved by a share of the way."""
    hue, before, saturation = rgb_to_hls(*(channel / 255 for channel in _channels(colour)))
    moved = hls_to_rgb(hue, before + (lightness - before) * share, saturation)
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in moved)


def _channels(colour: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= SRGB_KNEE else float(((channel + 0.055) / 1.055) ** 2.4)
