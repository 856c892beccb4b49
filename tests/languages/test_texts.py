"""Every text of page and mails comes from the catalogues."""

from __future__ import annotations

import re
from gettext import NullTranslations
from html.parser import HTMLParser
from pathlib import Path

import pytest

from backend import languages
from backend.languages import LANGUAGES
from backend.settings import load
from sitegen.build import TEMPLATES, site_files

MARKED = re.compile(r"⟦[^⟧]*⟧")
READ = {"alt", "aria-label", "data-title", "placeholder", "title"}
# What is the same in every language, and what only separates.
NAMES = ["Fish", *(language.name for language in LANGUAGES.values())]
SEPARATOR = re.compile(r"[\s·:.,()]*")


class Marking(NullTranslations):
    """Words that can be told from those of a template."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


class Reader(HTMLParser):
    """All that can be read or heard of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = [""]
        self.feed(html)

    def handle_data(self, data: str) -> None:
        # A text may go on after an element in it.
        self.texts[0] += data

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.texts += [value or "" for name, value in attributes if name in READ]


def test_no_text_of_the_page_stands_outside_the_catalogues(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(languages, "read", lambda tag: Marking())
    links = {"TERMS_URL": "https://example.com/t", "PRIVACY_URL": "https://example.com/p"}
    pages, assets = site_files(load({"BRAND_NAME": "Fish", **links}), TEMPLATES)
    documents = [file for file in (*pages, *assets) if Path(file.path).suffix == ".html"]
    assert len(documents) > len(LANGUAGES)
    for document in documents:
        found = [MARKED.sub(" ", text) for text in Reader(document.body.decode()).texts]
        for name in NAMES:
            found = [text.replace(name, " ") for text in found]
        assert [text for text in found if not SEPARATOR.fullmatch(text)] == [], document.path


LETTERS = [
    path for path in (TEMPLATES / "mail").glob("*.j2") if path.stem.partition(".")[0] == path.stem
]
TRANSLATED = re.compile(r"{% trans .*?%}.*?{% endtrans %}", re.DOTALL)
ASKED_FOR = re.compile(r'_\("[^"]*"\)')
CODE = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}", re.DOTALL)


@pytest.mark.parametrize("letter", LETTERS, ids=lambda path: path.stem)
def test_no_text_of_a_letter_stands_outside_the_catalogues(letter: Path) -> None:
    rest = ASKED_FOR.sub("", TRANSLATED.sub("", letter.read_text(encoding="utf-8")))
    assert CODE.sub("", rest).strip() == ""
    assert [part for part in CODE.findall(rest) if '"' in part] == []
