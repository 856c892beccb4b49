"""A mail, and what sends it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class MailError(Exception):
    """The mail was not sent; the text says why, without the address."""


@dataclass(frozen=True)
class Message:
    """A mail to one mailbox. No header of it can hold a line break."""

    to: str
    subject: str
    text: str
    html: str

    def __post_init__(self) -> None:
        if not (self.to + self.subject).isprintable():
            raise ValueError("a mail header has a character that is not printable")


class Mailer(Protocol):
    def send(self, message: Message) -> None:
        """Raises MailError."""
