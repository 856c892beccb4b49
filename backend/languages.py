"""The languages of page, mails and problems, and the words of each.

English is the source and needs no catalogue. Each other language has one of gettext's, in
`templates/languages/TAG/LC_MESSAGES/`, which `make languages` keeps up with the texts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Final, Literal

CATALOGUES: Final = Path(__file__).parents[1] / "templates" / "languages"
SOURCE: Final = "en"


@dataclass(frozen=True)
class Language:
    """Its tag (RFC 5646), its name as its readers write it, and where its lines begin."""

    tag: str
    name: str
    direction: Literal["ltr", "rtl"] = "ltr"


LANGUAGES: Final = {
    language.tag: language
    for language in (
        Language(SOURCE, "English"),
        Language("de", "Deutsch"),
        Language("es", "Español"),
        Language("fr", "Français"),
        Language("ar", "العربية", "rtl"),
    )
}


def choose(wanted: Iterable[str | None], default: str) -> str:
    """The tag of the first wanted language that there is; `de-AT` is content with `de`.

    The most wanted comes first; what is no tag is passed over (RFC 4647 3.4).
    """
    known = {tag.lower(): tag for tag in LANGUAGES}
    for tag in wanted:
        parts = (tag or "").lower().split("-")
        for length in range(len(parts), 0, -1):
            found = known.get("-".join(parts[:length]))
            if found:
                return found
    return default


def catalogue(tag: str) -> Path:
    """The file that holds the words of a language, in gettext's binary form."""
    return CATALOGUES / tag / "LC_MESSAGES" / "messages.mo"


def read(tag: str) -> NullTranslations:
    """The words of a language as they stand in its catalogue now."""
    if tag == SOURCE:
        return NullTranslations()
    with catalogue(tag).open("rb") as file:
        return GNUTranslations(file)


# What runs has the same catalogues all its life.
words: Final = cache(read)
