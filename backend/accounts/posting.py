"""Sending a letter, without which whoever asked for it can ask again."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from backend.accounts import limits
from backend.accounts.context import Context
from backend.mail.message import MailError, Message
from backend.storage.counters import Taken

logger = logging.getLogger(__name__)


def post(context: Context, letter: Message, counted: Sequence[Taken], /, **about: str) -> bool:
    """False where it was not sent: the log says why, and what it was `about`.

    What was `counted` for it brings nobody to a limit then.
    """
    try:
        context.mailer.send(letter)
    except MailError as error:
        logger.warning("mail not sent", extra={**about, "reason": str(error)})
        limits.not_sent(context, counted)
        return False
    return True
