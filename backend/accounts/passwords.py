"""What a password may be (NIST SP 800-63B-4 3.1.1.2): long enough, not known, not oneself.

No rules of composition, any Unicode, compared in NFC.
"""

from __future__ import annotations

import gzip
import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

import idna

from backend.accounts.errors import Rejected
from backend.accounts.normal_form import nfc

MAX_LENGTH: Final = 128
# What must be left of a password when the parts that name its owner are taken out.
OWN_LENGTH: Final = 8
# A shorter name is too likely to stand in a good password by chance.
TELLING_LENGTH: Final = 3
REPEATED_LENGTH: Final = 4
RUNS: Final = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
)
COMMON: Final = Path(__file__).with_name("common_passwords.txt.gz")


def normalise(password: str) -> str:
    return nfc(password, MAX_LENGTH)


def check(password: str, min_length: int, identities: Iterable[str]) -> str:
    """Returns the password in NFC, or raises Rejected.

    `identities` are the words that name the owner and the site: username, address, brand.
    """
    password = normalise(password)
    if len(password) < min_length:
        raise Rejected("password_too_short", min_length=min_length)
    if len(password) > MAX_LENGTH:
        raise Rejected("password_too_long", max_length=MAX_LENGTH)
    if names(password, identities):
        raise Rejected("password_contains_identity")
    if is_common(password):
        raise Rejected("password_compromised")
    return password


def names(password: str, identities: Iterable[str]) -> bool:
    """Whether hardly more than the identities themselves is in the password."""
    rest = _letters(password)
    parts = {part for identity in identities for part in _parts(identity)}
    for part in sorted(parts, key=len, reverse=True):
        rest = rest.replace(part, "")
    return rest != _letters(password) and len(rest) < OWN_LENGTH


def is_common(password: str) -> bool:
    """Whether the password, or what it repeats, is on the list or a run along the keyboard."""
    folded = password.casefold()
    unit = _repeated(folded)
    return (
        folded in _common()
        or (unit != folded and (len(unit) <= REPEATED_LENGTH or unit in _common()))
        or any(unit in run or unit in run[::-1] for run in _doubled_runs())
    )


def _repeated(text: str) -> str:
    """The shortest text that, said over and over and cut at the end, makes this one."""
    return next(
        text[:length] for length in range(1, len(text) + 1) if text.startswith(text[length:])
    )


def _parts(identity: str) -> set[str]:
    """What a person would type of an identity: all of it, and of an address what precedes the @."""
    local, at, domain = identity.rpartition("@")
    written = f"{local}@{idna.decode(domain)}" if at else identity
    found = (_letters(written), _letters(identity), _letters(local))
    return {letters for letters in found if len(letters) >= TELLING_LENGTH}


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", text).casefold())


@cache
def _doubled_runs() -> tuple[str, ...]:
    return tuple(run * 2 for run in RUNS)


@cache
def _common() -> frozenset[str]:
    with gzip.open(COMMON, "rt", encoding="utf-8") as lines:
        return frozenset(lines.read().split("\n"))
