"""What a display name, the name of a passkey and a locale may be."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from backend.accounts.errors import Rejected
from backend.accounts.normal_form import nfc

DISPLAY_NAME_LENGTH: Final = 80
# RFC 5646: language, script and region; private and variant subtags say nothing to us.
LOCALE_PATTERN: Final = r"^[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?$"
# Joiners shape names in Indic and Arabic scripts, and emoji.
JOINERS: Final = {"\u200c", "\u200d"}


def parse_display_name(raw: str) -> str:
    """1 to 80 characters, NFC, without controls and without marks that reorder text around them."""
    return _name(raw, "display_name_invalid")


def parse_passkey_name(raw: str) -> str:
    """The same for the name that somebody gives to a passkey."""
    return _name(raw, "passkey_name_invalid")


def parse_locale(raw: str) -> str:
    """A language tag in its usual spelling: `de`, `pt-BR`, `zh-Hant-TW`."""
    if not re.fullmatch(LOCALE_PATTERN, raw):
        raise Rejected("locale_invalid")
    language, *rest = raw.split("-")
    script = [part.title() for part in rest if len(part) == 4]  # noqa: PLR2004 - RFC 5646 2.2.3
    region = [part.upper() for part in rest if len(part) != 4]  # noqa: PLR2004
    return "-".join([language.lower(), *script, *region])


def _unprintable(char: str) -> bool:
    category = unicodedata.category(char)
    return char not in JOINERS and (category[0] == "C" or category in {"Zl", "Zp"})


def _name(raw: str, code: str) -> str:
    whole = nfc(raw, DISPLAY_NAME_LENGTH)
    name = whole.strip()
    shown = [char for char in name if char not in JOINERS and not char.isspace()]
    hidden = any(_unprintable(char) for char in name)
    if not shown or hidden or len(whole) > DISPLAY_NAME_LENGTH:
        raise Rejected(code)
    return name
