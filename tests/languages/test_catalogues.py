"""The catalogues: every text is translated, and fits where the English one stands."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from babel.messages.catalog import Message

from backend import languages
from tests import catalogues
from tests.catalogues import TRANSLATED

PLACEHOLDER = re.compile(r"%\(\w+\)s|%%|\{\w+\}")
TAG = re.compile(r"<[^>]*>")

pytestmark = pytest.mark.parametrize("tag", TRANSLATED)


def pairs(tag: str) -> Iterator[tuple[str, str]]:
    """Each English text with its translation, each plural form with the English plural."""
    for message in catalogues.read(tag):
        if message.id:
            for number, translation in enumerate(forms(message)):
                yield english(message, number), translation


def forms(message: Message) -> tuple[str, ...]:
    return message.string if isinstance(message.string, tuple) else (message.string,)


def english(message: Message, number: int) -> str:
    return message.id if isinstance(message.id, str) else message.id[min(number, 1)]


def test_has_every_text_and_no_other(tag: str) -> None:
    wanted = {message.id for message in catalogues.texts() if message.id}
    assert {message.id for message in catalogues.read(tag) if message.id} == wanted


def test_every_text_is_translated_and_nothing_is_a_guess(tag: str) -> None:
    catalogue = catalogues.read(tag)
    assert [english for english, translation in pairs(tag) if not translation.strip()] == []
    assert [message.id for message in catalogue if message.fuzzy] == []


def test_a_text_with_plurals_has_as_many_as_the_language(tag: str) -> None:
    catalogue = catalogues.read(tag)
    plurals = [message for message in catalogue if message.id and message.pluralizable]
    assert [m.id for m in plurals if len(forms(m)) != catalogue.num_plurals] == []


def test_a_translation_is_filled_with_the_same_values(tag: str) -> None:
    assert [
        (text, translation)
        for text, translation in pairs(tag)
        if sorted(PLACEHOLDER.findall(text)) != sorted(PLACEHOLDER.findall(translation))
    ] == []


def test_a_translation_has_the_same_elements_and_breaks_no_attribute(tag: str) -> None:
    assert [
        (text, translation)
        for text, translation in pairs(tag)
        if sorted(TAG.findall(text)) != sorted(TAG.findall(translation))
        or re.search(r'[<>"]', TAG.sub("", translation))
    ] == []


def test_what_runs_reads_what_translators_wrote(tag: str) -> None:
    words = languages.read(tag)
    written = {text: translation for text, translation in pairs(tag) if isinstance(text, str)}
    assert {text: words.gettext(text) for text in written} == written
