"""A forgotten password: a link by mail, which is spent by setting another.

An address without an account is mailed as well, and all that takes time is the same (see
`docs/decisions/0013-recovery.md`). Second factors stay: a mailbox alone does not replace them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from backend.accounts import limits, mailboxes, password_change, tokens
from backend.accounts.context import Caller, Context
from backend.accounts.errors import TokenInvalid
from backend.accounts.identifiers import EmailAddress
from backend.accounts.posting import post
from backend.accounts.tokens import OneTimeToken
from backend.mail import letters
from backend.mail.letters import Recipient
from backend.storage import password_changes, resets, users
from backend.storage.counters import Taken
from backend.storage.resets import Reset
from backend.storage.users import User

PURPOSE: Final = "reset"
RESET_SECONDS: Final = 60 * 60


def begin(context: Context, email: EmailAddress, caller: Caller) -> None:
    """Sends one mail: a link, or that there is no account. Raises RateLimited."""
    limits.reset(context, caller)
    key = email.key(context.settings.lookup_key)
    user = users.find_by_sentinel(context.database, *mailboxes.sentinels(context, email.text))
    counted = limits.mail(context, key)
    if user and user.disabled:
        user = None
    token = new_token(context, user.email_key if user else key, user)
    _send(context, user, email, token, counted)


def new_token(context: Context, email_key: str, user: User | None) -> OneTimeToken | None:
    """What the link to a user carries, in place of any before it; for nobody as much work."""
    token = OneTimeToken.new(PURPOSE, user.id) if user else None
    reset = Reset(
        token_hash=token.hash if token else tokens.no_code_hash(),
        epoch=user.epoch if user else 0,
        expires_at=context.now() + RESET_SECONDS,
    )
    resets.replace(context.database, email_key, reset)
    return token


def link(context: Context, user: User) -> str:
    """Where the user sets a password, for the next hour."""
    token = new_token(context, user.email_key, user)
    return f"{context.settings.site_url}/#reset/{token}"


def complete(context: Context, token_text: str, password: str, caller: Caller) -> None:
    """Sets the password; all sessions, challenges and links end. Raises TokenInvalid or Invalid."""
    user, email_key, reset = _find(context, token_text)
    verifier = password_change.judged(context, user, password)
    spent = resets.spend(email_key, reset)
    if not password_changes.change_password(context.database, user, verifier, context.now(), spent):
        raise TokenInvalid
    password_change.tell(context, caller, user, "password.reset")


def _find(context: Context, token_text: str) -> tuple[User, str, Reset]:
    """Whose link it is, and under which key of their mailbox it was asked for."""
    token = OneTimeToken.parse(PURPOSE, token_text)
    user = users.find(context.database, token.user_id) if token else None
    if token is None or user is None or user.disabled:
        raise TokenInvalid
    email_keys = list(dict.fromkeys([user.email_key, *mailboxes.keys(context, user.email)]))
    for email_key, reset in resets.find(context.database, email_keys).items():
        if tokens.same(token.hash, reset.token_hash) and _in_force(context, reset, user):
            return user, email_key, reset
    raise TokenInvalid


def _in_force(context: Context, reset: Reset, user: User) -> bool:
    return reset.expires_at > context.now() and reset.epoch == user.epoch


def _send(
    context: Context,
    user: User | None,
    email: EmailAddress,
    token: OneTimeToken | None,
    counted: Sequence[Taken],
) -> None:
    """Sends the one mail. Where it fails only the log says so: the answer is the same always."""
    if user and token:
        to = Recipient(user.email, user.locale)
        mail = letters.password_reset(context.settings, to, str(token))
    else:
        mail = letters.no_account(context.settings, Recipient(email.text))
    post(context, mail, counted, letter="reset")
