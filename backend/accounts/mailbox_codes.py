"""The code that proves a mailbox: made, sent, replaced.

A mailbox that has an account gets a notice in place of a code, and the registration a hash that no
code has. Reads, writes and mails are the same in number, so that the time tells nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from backend.accounts import limits, mailboxes, tokens
from backend.accounts.context import Context
from backend.accounts.errors import RateLimited
from backend.accounts.pending import Pending
from backend.accounts.posting import post
from backend.mail import letters
from backend.mail.letters import Recipient
from backend.storage import registrations
from backend.storage.counters import Taken
from backend.storage.registrations import Registration

CODE_SECONDS: Final = 10 * 60
RESEND_SECONDS: Final = 60


def with_code(
    context: Context, registration: Registration, *, account_exists: bool
) -> tuple[Registration, str | None]:
    """The registration with a new code's hash, and the code if there is one to send."""
    code = None if account_exists else tokens.new_code()
    now = context.now()
    renewed = replace(
        registration,
        code_hash=_hash(context, registration, code) if code else tokens.no_code_hash(),
        code_expires_at=now + CODE_SECONDS,
        resend_after=now + RESEND_SECONDS,
        attempts=0,
    )
    return renewed, code


def is_right(context: Context, registration: Registration, code: str) -> bool:
    """Whether this is the newest code and still good."""
    keys, stored = context.settings.signing_keys, registration.code_hash
    right = tokens.is_code(keys, registration.id, code, stored)
    return right and registration.code_expires_at > context.now()


def replace_code(context: Context, seen: Registration, changed: Registration) -> Pending:
    """Replaces the code of the registration as it was seen, and sends the new one.

    Raises RateLimited, also where another call did it at the same time: one mail goes out.
    """
    counted = limits.mail(context, changed.email_key)
    exists = mailboxes.taken(context, changed.email)
    renewed, code = with_code(context, changed, account_exists=exists)
    if not registrations.renew(context.database, renewed, seen):
        raise RateLimited(RESEND_SECONDS)
    return send(context, renewed, code, counted)


def send(
    context: Context, registration: Registration, code: str | None, counted: Sequence[Taken]
) -> Pending:
    """Sends the one mail that was counted. Where it fails it may be sent again at once."""
    to = Recipient(registration.email, registration.locale)
    letter = (
        letters.registration_code(
            context.settings, to, registration.username, registration.id, code
        )
        if code
        else letters.account_exists(context.settings, to)
    )
    if post(context, letter, counted, registration=registration.id):
        return Pending.of(registration)
    now = context.now()
    registrations.allow_resend(context.database, registration, now)
    return Pending.of(replace(registration, resend_after=now), sent=False)


def _hash(context: Context, registration: Registration, code: str) -> bytes:
    return tokens.code_hash(context.settings.signing_key, registration.id, code)
