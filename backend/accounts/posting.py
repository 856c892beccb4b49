"""Sending a letter, without which whoever asked for it can ask again."""

from __future__ import annotations

import logging

from backend.accounts.context import Context
from backend.mail.message import MailError, Message

logger = logging.getLogger(__name__)


def post(context: Context, letter: Message, /, **about: str) -> bool:
    """False where it was not sent: the log says why, and what it was `about`."""
    try:
        context.mailer.send(letter)
    except MailError as error:
        logger.warning("mail not sent", extra={**about, "reason": str(error)})
        return False
    return True
