"""Unicode's normal form NFC, of a text that may be of any length."""

from __future__ import annotations

import unicodedata
from typing import Final

# No character of NFC stands for more characters than this.
COMPOSED: Final = 4


def nfc(text: str, max_length: int) -> str:
    """A text that is too long is cut first, yet stays too long.

    To put many marks in order takes the square of their number.
    """
    return unicodedata.normalize("NFC", text[: COMPOSED * max_length + 1])
