"""Pictures as SVG: bars side by side, and lines over a logarithmic scale.

They are read in a browser or on a code host, in a light or a dark page.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

WIDTH: Final = 720
LEFT: Final = 210
RIGHT: Final = 90
TOP: Final = 44
BAR: Final = 22
GAP: Final = 10
PLOT: Final = 260
COLOURS: Final = ("#2a6f97", "#c8553d", "#588157", "#7b5ea7", "#b08900", "#4f5d75")
STYLE: Final = (
    "text{font:13px system-ui,sans-serif;fill:#222}.t{font-weight:600;font-size:15px}"
    ".g{stroke:#8888;stroke-width:1}"
    "@media(prefers-color-scheme:dark){text{fill:#ddd}}"
)


def bars(title: str, unit: str, values: Mapping[str, float | None]) -> str:
    """One bar for each name; None is a row that says so."""
    largest = max((value for value in values.values() if value is not None), default=1.0) or 1.0
    scale = (WIDTH - LEFT - RIGHT) / largest
    drawn = []
    for number, (name, value) in enumerate(values.items()):
        y = TOP + number * (BAR + GAP)
        drawn.append(_text(LEFT - 8, y + 16, name, anchor="end"))
        if value is None:
            drawn.append(_text(LEFT, y + 16, "not measured"))
            continue
        colour = COLOURS[0] if number == 0 else COLOURS[5]
        width = max(value * scale, 1)
        drawn.append(
            f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR}" fill="{colour}"/>'
        )
        drawn.append(_text(LEFT + width + 6, y + 16, f"{value:.3g} {unit}".strip()))
    return _svg(title, TOP + len(values) * (BAR + GAP), drawn)


def lines(
    title: str, across: str, unit: str, series: Mapping[str, Sequence[tuple[float, float]]]
) -> str:
    """One line for each name, over a logarithmic x and a y from zero."""
    points = [point for line in series.values() for point in line]
    low, high = (f(math.log10(x) for x, _ in points) for f in (min, max))
    top = max(y for _, y in points) or 1.0
    left, right = 70, 190

    def place(x: float, y: float) -> tuple[float, float]:
        part = (math.log10(x) - low) / ((high - low) or 1)
        return left + part * (WIDTH - left - right), TOP + PLOT * (1 - y / top)

    floor = TOP + PLOT
    drawn = [
        f'<path class="g" d="M{left} {TOP}V{floor}H{WIDTH - right}" fill="none"/>',
        _text(left - 8, TOP + 4, f"{top:.3g}", anchor="end"),
        _text(left - 8, floor, "0", anchor="end"),
        _text(left, floor + 36, f"{across}; {unit}"),
    ]
    drawn += [
        _text(place(x, 0)[0], floor + 18, f"{x:,.0f}", anchor="middle")
        for x in sorted({x for x, _ in points})
    ]
    for number, (name, line) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        placed = " ".join("{:.1f},{:.1f}".format(*place(*point)) for point in line)
        y = TOP + 10 + 20 * number
        drawn.append(
            f'<polyline points="{placed}" fill="none" stroke="{colour}" stroke-width="2"/>'
            f'<rect x="{WIDTH - right + 14}" y="{y - 9}" width="12" height="10" fill="{colour}"/>'
        )
        drawn.append(_text(WIDTH - right + 32, y, name))
    return _svg(title, floor + 48, drawn)


def _svg(title: str, height: int, drawn: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">'
        f"<title>{escape(title)}</title><style>{STYLE}</style>"
        f"{_text(8, 22, title, kind='t')}{''.join(drawn)}</svg>\n"
    )


def _text(x: float, y: float, words: str, *, anchor: str = "start", kind: str = "") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{kind}">'
        f"{escape(words)}</text>"
    )
