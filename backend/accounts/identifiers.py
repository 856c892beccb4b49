"""Usernames and mail addresses: what is allowed, and when two are the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import idna

from backend.accounts.errors import Rejected
from backend.accounts.tokens import keyed_hash

USERNAME_LENGTH: Final = 32
USERNAME_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{1,30}[A-Za-z0-9]$"
# Names that a visitor would take for the site itself, or that mail systems reserve (RFC 2142).
RESERVED: Final = frozenset(
    {
        "abuse",
        "account",
        "accounts",
        "admin",
        "administrator",
        "anonymous",
        "api",
        "billing",
        "contact",
        "daemon",
        "help",
        "hostmaster",
        "info",
        "mailer-daemon",
        "me",
        "moderator",
        "nobody",
        "noc",
        "noreply",
        "no-reply",
        "null",
        "official",
        "operator",
        "owner",
        "postmaster",
        "privacy",
        "register",
        "registration",
        "root",
        "sales",
        "security",
        "staff",
        "status",
        "superuser",
        "support",
        "sysadmin",
        "system",
        "team",
        "undefined",
        "webmaster",
        "www",
    }
)

EMAIL_LENGTH: Final = 254
LOCAL_LENGTH: Final = 64
# RFC 5321 dot-string with RFC 6531's characters beyond ASCII; no quoted local parts. An atom has
# neither controls nor the space nor the specials of RFC 5322.
ATOM: Final = r"[^\x00-\x20()<>\[\]:;@\\,.\"\x7f]+"
LOCAL_PART: Final = re.compile(rf"{ATOM}(\.{ATOM})*")


# At least two labels, and a last one that cannot be read as a number.
DOMAIN: Final = r"([a-z0-9-]+\.)+[a-z][a-z0-9-]*[a-z0-9]"


@dataclass(frozen=True)
class Username:
    """A username as chosen, and the key under which it is one with its other spellings."""

    text: str

    @property
    def key(self) -> str:
        return self.text.lower()


@dataclass(frozen=True)
class EmailAddress:
    """An address as mail goes to it, and the key under which it is one with its other spellings."""

    text: str

    def key(self, lookup_key: bytes) -> str:
        """An HMAC of the case-folded address, so that keys and backups hold no address."""
        return keyed_hash(lookup_key, "email", _caseless(self.text)).hex()

    def keys(self, lookup_keys: Iterable[bytes]) -> list[str]:
        return [self.key(lookup_key) for lookup_key in lookup_keys]

    def is_same_mailbox(self, other: EmailAddress) -> bool:
        return _caseless(self.text) == _caseless(other.text)


def parse_username(raw: str) -> Username:
    """3 to 32 ASCII letters, digits, `.`, `_`, `-`, with a letter or digit at both ends."""
    if not re.fullmatch(USERNAME_PATTERN, raw):
        raise Rejected("username_invalid")
    username = Username(raw)
    if username.key in RESERVED:
        raise Rejected("username_reserved")
    return username


def parse_email(raw: str) -> EmailAddress:
    """NFKC; the domain as IDNA A-labels in lower case; the local part as typed.

    Nothing is stripped: dots and plus tags belong to the mailbox's owner.
    """
    if len(raw) > EMAIL_LENGTH:
        raise Rejected("email_invalid")
    local, _, domain = unicodedata.normalize("NFKC", raw.strip()).rpartition("@")
    if not LOCAL_PART.fullmatch(local) or not _mail_text(local):
        raise Rejected("email_invalid")
    address = EmailAddress(f"{local}@{_domain(domain)}")
    if len(local.encode()) > LOCAL_LENGTH or len(address.text.encode()) > EMAIL_LENGTH:
        raise Rejected("email_invalid")
    return address


def _domain(raw: str) -> str:
    try:
        domain = idna.encode(raw, uts46=True, std3_rules=True).decode()
    except UnicodeError:  # idna.IDNAError is one
        raise Rejected("email_invalid") from None
    if not re.fullmatch(DOMAIN, domain):
        raise Rejected("email_invalid")
    return domain


def _caseless(text: str) -> str:
    """Equal for texts that differ by case only (Unicode 3.13, D146: compatibility caseless)."""
    folded = unicodedata.normalize("NFD", text).casefold()
    folded = unicodedata.normalize("NFKD", folded).casefold()
    return unicodedata.normalize("NFKD", folded)


def _mail_text(text: str) -> bool:
    """No spaces, controls, unassigned or private characters."""
    return not any(unicodedata.category(char)[0] in "ZC" for char in text)
