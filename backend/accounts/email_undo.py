"""The way back to a former address: a link that its mailbox gets when the account moves on.

Each link is good for as long as its address is kept, whatever happens to the account meanwhile: a
thief who changes the address twice does not get rid of the owner's link. Who goes back ends the
links that came later, and none that came before.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from backend.accounts import audit, mailboxes, notices, password_resets, revocation, tokens
from backend.accounts.context import Caller, Context
from backend.accounts.errors import TokenInvalid
from backend.accounts.identifiers import EmailAddress
from backend.accounts.ids import new_id
from backend.accounts.posting import post
from backend.accounts.tokens import OneTimeToken
from backend.mail import letters
from backend.mail.letters import Recipient
from backend.storage import addresses, users
from backend.storage.addresses import Former
from backend.storage.database import Unavailable
from backend.storage.users import User

PURPOSE: Final = "undo"
UNDO_SECONDS: Final = 72 * 3600
TRIES: Final = 4


def link(context: Context, user: User) -> tuple[OneTimeToken, Former]:
    """A token for the address that the user is about to leave, and what is stored of it."""
    token = OneTimeToken.new(PURPOSE, user.id)
    former = Former(
        user_id=user.id,
        token_hash=token.hash,
        email=user.email,
        email_key=user.email_key,
        left_at=user.version,
        expires_at=context.now() + UNDO_SECONDS,
    )
    return token, former


def tell(context: Context, caller: Caller, leaving: User, token: OneTimeToken) -> None:
    """To the mailbox that is about to be left, with the link.

    It is more than a notice, so neither the setting nor the budget of mails keeps it back; the code
    before it was within the budget. Raises Unavailable where it is not sent.
    """
    to = Recipient(leaving.email, leaving.locale)
    where = caller.ip_prefix.removesuffix("/32")
    letter = letters.email_changed(context.settings, to, where, str(token))
    if not post(context, letter, [], letter="email_changed", user=leaving.id):
        raise Unavailable("the link back was not sent")


def undo(context: Context, token_text: str, caller: Caller) -> None:
    """Puts the former address in force again: all sessions end, and what came since is taken away.

    Raises TokenInvalid.
    """
    token = OneTimeToken.parse(PURPOSE, token_text)
    if token is None:
        raise TokenInvalid
    attempt_id = new_id()
    for _ in range(TRIES):
        user = users.find(context.database, token.user_id)
        # An account that is being deleted does not come back.
        if user is None or user.leaving:
            raise TokenInvalid
        former = _release_later(context, user, token)
        try:
            moved = _move_back(context, user, former, attempt_id)
        except users.MailboxTaken:
            raise TokenInvalid from None
        if moved:
            audit.record(context, caller, "email.change_undone", user.id)
            _tell_undone(context, caller, user, former)
            return
    raise Unavailable("the user is changed all the time")


def _move_back(context: Context, user: User, former: Former, attempt_id: str) -> bool:
    return addresses.move_back(
        context.database,
        user,
        former,
        context.now(),
        attempt_id=attempt_id,
        email_key=mailboxes.keys(context, former.email)[0],
        also=revocation.since(context, user, former.expires_at - UNDO_SECONDS),
    )


def _tell_undone(context: Context, caller: Caller, user: User, former: Former) -> None:
    """To the mailbox that has the account again, with a link to a password that only it knows."""
    key = mailboxes.keys(context, former.email)[0]
    restored = replace(user, email=former.email, email_key=key, epoch=user.epoch + 1)
    link = password_resets.link(context, restored)
    notices.tell(context, restored, "email_change_undone", caller, link=link)


def _release_later(context: Context, user: User, token: OneTimeToken) -> Former:
    """What the token is for, once nothing leads back to the addresses that came after it.

    A mailbox that an earlier link leads to as well is still kept for that one.
    """
    links = addresses.of_user(context.database, user.id)
    former = next((one for one in links if tokens.same(one.token_hash, token.hash)), None)
    own = EmailAddress(user.email)
    if (
        former is None
        or not _is_good(context, former)
        or EmailAddress(former.email).is_same_mailbox(own)
    ):
        raise TokenInvalid
    earlier = [one for one in links if one.left_at <= former.left_at and _is_good(context, one)]
    kept = {one.email_key for one in earlier}
    for one in links:
        if one.left_at > former.left_at:
            addresses.release(context.database, one, keep_mailbox=one.email_key in kept)
    return former


def _is_good(context: Context, former: Former) -> bool:
    return not former.undone_by and former.expires_at > context.now()
