"""Security notices: what has happened to an account, told to its owner by mail."""

from __future__ import annotations

import logging

from backend.accounts import limits
from backend.accounts.context import Caller, Context
from backend.accounts.errors import RateLimited
from backend.mail import letters
from backend.mail.letters import Recipient
from backend.mail.message import MailError, Message
from backend.storage.database import Unavailable
from backend.storage.users import User

logger = logging.getLogger(__name__)


def tell(context: Context, user: User, name: str, caller: Caller, **values: str) -> None:
    """Sends the letter of this name; what happened has happened, whether or not it arrives."""
    if not context.settings.security_notices:
        return
    try:
        _take_from_budget(context)
        context.mailer.send(_letter(context, user, name, caller, values))
    except (MailError, RateLimited) as failure:
        extra = {"notice": name, "user": user.id, "reason": str(failure)}
        logger.warning("notice not sent", extra=extra)


def _take_from_budget(context: Context) -> None:
    """Where the budget cannot be asked, the notice goes out: what it tells of did happen."""
    try:
        limits.notice(context)
    except Unavailable as failure:
        logger.warning("mail not counted", extra={"reason": str(failure)})


def _letter(
    context: Context, user: User, name: str, caller: Caller, values: dict[str, str]
) -> Message:
    values = {"ip_prefix": caller.ip_prefix.removesuffix("/32"), **values}
    to = Recipient(user.email, user.locale)
    return letters.notice(context.settings, to, name, **values)
