"""Another address: the old one is in force until the new mailbox is proved.

Whether the new address has an account does not show: its owner gets a notice in place of a code,
and the change a hash that no code has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backend.accounts import audit, email_undo, limits, mailboxes, tokens
from backend.accounts.context import Caller, Context
from backend.accounts.errors import CodeExhausted, EmailChangeExpired, Invalid, NotAuthenticated
from backend.accounts.identifiers import EmailAddress
from backend.accounts.ids import new_id
from backend.accounts.mailbox_codes import CODE_SECONDS
from backend.accounts.posting import post
from backend.mail import letters
from backend.mail.letters import Recipient
from backend.storage import addresses, email_changes, users
from backend.storage.counters import Taken
from backend.storage.database import ConditionFailed
from backend.storage.email_changes import EmailChange
from backend.storage.registrations import CODE_TRIES
from backend.storage.users import User


@dataclass(frozen=True)
class Begun:
    """`expires_at` is in seconds since 1970. Where the mail was not `sent`, begin again."""

    expires_at: int
    sent: bool


def begin(context: Context, user: User, email: EmailAddress, caller: Caller) -> Begun:
    """Sends one mail to the new address: a code, or a notice to its owner. Raises RateLimited."""
    limits.email_change(context, caller)
    key = email.key(context.settings.lookup_key)
    taken = mailboxes.taken(context, email.text, user.id)
    counted = limits.mail(context, key)
    now = context.now()
    code = None if taken else tokens.new_code()
    change = EmailChange(
        user_id=user.id,
        email=email.text,
        email_key=key,
        code_hash=_hash(context, user, key, code) if code else tokens.no_code_hash(),
        epoch=user.epoch,
        expires_at=now + CODE_SECONDS,
    )
    email_changes.replace(context.database, change)
    audit.record(context, caller, "email.change_begun", user.id)
    return Begun(change.expires_at, _send(context, user, change, code, counted))


def verify(context: Context, user: User, code: str, caller: Caller) -> User:
    """The user with the new address, for whoever has the code from its mailbox.

    Raises Invalid, CodeExhausted or EmailChangeExpired, and Unavailable where the old mailbox
    cannot be told.
    """
    change = _count_attempt(context, user)
    if not _is_right(context, user, change, code):
        left = CODE_TRIES - change.attempts
        raise Invalid.at("/code", "code_invalid", attempts_left=left)
    try:
        if EmailAddress(change.email).is_same_mailbox(EmailAddress(user.email)):
            _respell(context, user, change)
        else:
            _move(context, caller, user, change)
    except (users.MailboxTaken, users.Stale):
        raise EmailChangeExpired from None
    audit.record(context, caller, "email.changed", user.id)
    changed = users.find(context.database, user.id)
    if changed is None:
        raise NotAuthenticated
    return changed


def _respell(context: Context, user: User, change: EmailChange) -> None:
    """Another spelling of the same mailbox: there is nobody else to be told."""
    now = context.now()
    spent = email_changes.spend(change)
    address = {"email": change.email, "email_verified_at": now}
    users.change(context.database, user, now, spent, **address)


def _move(context: Context, caller: Caller, user: User, change: EmailChange) -> None:
    """The way back is in the old mailbox before the account is anywhere else."""
    if mailboxes.taken(context, change.email, user.id):
        raise users.MailboxTaken
    token, former = email_undo.link(context, user)
    email_undo.tell(context, caller, user, token)
    spent = email_changes.spend(change)
    email = (change.email, mailboxes.keys(context, change.email))
    addresses.move(context.database, user, email, former, context.now(), spent)


def _count_attempt(context: Context, user: User) -> EmailChange:
    now = context.now()
    try:
        change = email_changes.count_attempt(context.database, user.id, new_id(), now)
    except ConditionFailed:
        found = email_changes.find(context.database, user.id)
        spent = found and found.expires_at > now and found.epoch == user.epoch
        raise (CodeExhausted if spent else EmailChangeExpired)() from None
    if change.epoch != user.epoch:
        raise EmailChangeExpired
    return change


def _send(
    context: Context, user: User, change: EmailChange, code: str | None, counted: Sequence[Taken]
) -> bool:
    to = Recipient(change.email, user.locale)
    letter = (
        letters.email_change_code(context.settings, to, code)
        if code
        else letters.address_taken(context.settings, to)
    )
    return post(context, letter, counted, user=user.id)


def _hash(context: Context, user: User, email_key: str, code: str) -> bytes:
    return tokens.code_hash(context.settings.signing_key, _what_for(user, email_key), code)


def _is_right(context: Context, user: User, change: EmailChange, code: str) -> bool:
    keys, what_for = context.settings.signing_keys, _what_for(user, change.email_key)
    return tokens.is_code(keys, what_for, code, change.code_hash)


def _what_for(user: User, email_key: str) -> str:
    """For this user and this mailbox alone."""
    return f"{user.id}/{email_key}"
