"""Security notices: what has happened to an account, told to its owner by mail."""

from __future__ import annotations

import logging
from typing import Final

from backend.accounts import limits
from backend.accounts.context import Caller, Context
from backend.accounts.errors import RateLimited
from backend.accounts.posting import post
from backend.mail import letters
from backend.mail.letters import Recipient
from backend.mail.message import Message
from backend.storage.counters import Taken
from backend.storage.database import Unavailable
from backend.storage.users import User

logger = logging.getLogger(__name__)

# The password alone brings it about, without end: an account has a share of these.
NEW_DEVICE: Final = "new_device"


def tell(context: Context, user: User, name: str, caller: Caller, **values: str) -> None:
    """Sends the letter of this name; what happened has happened, whether or not it arrives."""
    if not context.settings.security_notices:
        return
    about = {"notice": name, "user": user.id}
    try:
        counted = _count(context, user, name)
    except RateLimited as refusal:
        logger.warning("notice not sent", extra={**about, "reason": str(refusal)})
        return
    post(context, _letter(context, user, name, caller, values), counted, **about)


def _count(context: Context, user: User, name: str) -> list[Taken]:
    """Where the counters cannot be asked, the notice goes out: what it tells of did happen."""
    try:
        if name == NEW_DEVICE:
            return limits.new_device(context, user.id)
        return limits.notice(context)
    except Unavailable as failure:
        logger.warning("mail not counted", extra={"reason": str(failure)})
        return []


def _letter(
    context: Context, user: User, name: str, caller: Caller, values: dict[str, str]
) -> Message:
    values = {"ip_prefix": caller.ip_prefix.removesuffix("/32"), **values}
    to = Recipient(user.email, user.locale)
    return letters.notice(context.settings, to, name, **values)
