"""`python -m tests.catalogues`: brings the catalogues up to the texts; `--check` only says so.

The texts are those of templates (`{% trans %}`, `_()`) and of problems. What is new is added
untranslated, what is gone is dropped, and each catalogue is compiled for gettext.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from backend.accounts.errors import MEMBER_DETAILS
from backend.languages import LANGUAGES, SOURCE, catalogue
from backend.web.problems import STATUS

ROOT = Path(__file__).parents[1]
TRANSLATED = [tag for tag in LANGUAGES if tag != SOURCE]
# As the environments of page and mail read templates.
JINJA = {
    "trimmed": "true",
    "trim_blocks": "true",
    "lstrip_blocks": "true",
    "newstyle_gettext": "true",
    "silent": "false",
}
WIDTH = 100


def source(tag: str) -> Path:
    """The catalogue as translators edit it."""
    return catalogue(tag).with_suffix(".po")


def read(tag: str) -> Catalog:
    path = source(tag)
    if not path.exists():
        return Catalog(
            locale=tag,
            header_comment=f"# {LANGUAGES[tag].name}: the words of page, mails and problems.",
            project="Latchstring",
            version="1",
            msgid_bugs_address="-",
            last_translator="-",
            language_team="-",
            fuzzy=False,
        )
    with path.open("rb") as file:
        return read_po(file, locale=tag)


def texts() -> Catalog:
    """Every text that somebody may read, in English."""
    found = Catalog()
    for place, message in [*_of_templates(), *_of_problems()]:
        found.add(message, locations=[(place, 1)])
    return found


def files(tag: str) -> dict[Path, bytes]:
    """The catalogue as it should be, in both forms."""
    current = read(tag)
    current.update(texts(), no_fuzzy_matching=True, update_creation_date=False)
    edited, compiled = BytesIO(), BytesIO()
    write_po(edited, current, WIDTH, sort_by_file=True, ignore_obsolete=True, include_lineno=False)
    write_mo(compiled, current)
    return {source(tag): edited.getvalue(), catalogue(tag): compiled.getvalue()}


def _of_templates() -> Iterator[tuple[str, str | tuple[str, ...]]]:
    for folder in ("page", "mail"):
        inside = ROOT / "templates" / folder
        methods = [("**.j2", "jinja2")]
        for name, _, message, _, _ in extract_from_dir(inside, methods, {"**.j2": JINJA}):
            yield f"templates/{folder}/{name}", message


def _of_problems() -> Iterator[tuple[str, str]]:
    for refusal in STATUS:
        place = f"{refusal.__module__.replace('.', '/')}.py"
        yield place, refusal.title
        yield place, refusal.detail
    for detail in MEMBER_DETAILS.values():
        yield "backend/accounts/errors.py", detail


def main() -> int:
    stale = [
        (path, body)
        for tag in TRANSLATED
        for path, body in files(tag).items()
        if not path.exists() or path.read_bytes() != body
    ]
    if "--check" in sys.argv:
        for path, _ in stale:
            sys.stdout.write(f"{path.relative_to(ROOT)} is not up to date: run `make languages`\n")
        return bool(stale)
    for path, body in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    for tag in TRANSLATED:
        waiting = [message.id for message in read(tag) if message.id and not message.string]
        sys.stdout.write(f"{tag}: {len(waiting)} texts wait for their translation\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
