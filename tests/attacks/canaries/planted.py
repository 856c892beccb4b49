"""Values that stand nowhere but where they belong, and where they are planted."""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.infra.emulated import copy_project

SETTINGS = {
    **{name: secrets.token_hex(32) for name in ("SIGNING_KEY", "LOOKUP_KEY", "AUDIT_KEY")},
    "ORIGIN_SECRET": f"origin-{secrets.token_hex(16)}",
    "WEBHOOK_SECRET": "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(),
}
CREDENTIALS = {
    name: f"{name.lower()}-{secrets.token_hex(16)}"
    for name in ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
}
PERSON = {
    "username": "canary7",
    "email": "canary.bird@mailbox.example",
    "display_name": "Serinus Canaria",
    "password": "a canary sings in the mine",
}
FILES = (
    ".env",
    ".git/config",
    ".git/objects/ab/cdef",
    "instance/secrets.json",
    "instance/mailbox/1.json",
    "instance/data.db",
    "id_rsa",
    "backend/.env",
    "backend/dump.json",
    "backend/web/notes.txt",
    "backend/accounts/users.csv.gz",
    "backend/accounts/.old.py",
    "infra/.env",
    "templates/.env",
    "templates/api/notes.txt",
    "templates/css/notes.txt",
    "templates/js/.page.js.swp",
    "templates/js/unused.js",
    "templates/mail/real-mail.eml",
    "templates/page/.index.html.j2.swp",
    "templates/page/notes.txt",
    "templates/languages/de/LC_MESSAGES/messages.po~",
)


def in_a_file(path: str) -> str:
    """The canary of a file."""
    return f"canary-of-{path.replace('/', '-')}-{SETTINGS['SIGNING_KEY'][:16]}"


def plant(folder: Path) -> None:
    """A copy of the project in which each of FILES holds a canary, and all secrets."""
    copy_project(folder)
    for name in FILES:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [f"{key}={value}" for key, value in {**SETTINGS, **CREDENTIALS}.items()]
        path.write_text("\n".join([in_a_file(name), *lines, *PERSON.values()]))


def everything() -> dict[str, str]:
    """All canaries by what they are."""
    return {**SETTINGS, **CREDENTIALS, **PERSON, **{name: in_a_file(name) for name in FILES}}


def found(content: bytes | str, canaries: Mapping[str, str] | None = None) -> set[str]:
    """What of it is in there, plain or in one of the usual spellings."""
    data = content if isinstance(content, bytes) else content.encode()
    wanted = everything() if canaries is None else canaries
    return {name for name, value in wanted.items() if any(one in data for one in _spellings(value))}


def _spellings(value: str) -> Iterable[bytes]:
    for one in (value.encode(), *_keys(value)):
        yield one
        yield one.hex().encode()
        yield repr(one)[2:-1].encode()
        # Of a text within another in base64, what does not depend on what stands round it.
        for before in range(3):
            yield base64.b64encode(b" " * before + one)[4 if before else 0 : -4]


def _keys(value: str) -> Iterable[bytes]:
    """The bytes that a setting stands for."""
    if re.fullmatch("[0-9a-f]{64}", value):
        yield bytes.fromhex(value)
    if value.startswith("whsec_"):
        yield base64.b64decode(value.removeprefix("whsec_"))
