"""What stands under a key that is being replaced, and bringing it under the new one.

Only what lives long stands under a key for long: sealed secrets, and the mailboxes of users. What
is good for minutes or days, such as codes and links, is let run out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from backend.accounts import mailboxes, sealing
from backend.accounts.context import Context
from backend.accounts.recovery_codes import RECOVERY_CODE
from backend.accounts.sealing import CannotUnseal
from backend.accounts.token_keys import PURPOSE as TOKEN_KEY
from backend.accounts.totp import TOTP
from backend.settings.secret_ids import secret_id
from backend.storage import addresses, recovery_codes, sealed, token_keys, totp
from backend.storage.sealed import Sealed
from backend.storage.users import User

SIGNING_KEY, LOOKUP_KEY = "SIGNING_KEY", "LOOKUP_KEY"
PURPOSES: Final = {totp.PART: TOTP, recovery_codes.PART: RECOVERY_CODE}

# How many things stand under which key: the name of the setting and the key's id.
Standing = Counter[tuple[str, str]]


def standing(context: Context) -> Standing:
    """What stands under which key, those included that are not at hand."""
    ring = token_keys.find(context.database)
    found = Standing((SIGNING_KEY, sealing.sealed_under(key.sealed)) for key in ring.keys)
    for one in sealed.everything(context.database):
        if isinstance(one, Sealed):
            found[SIGNING_KEY, sealing.sealed_under(one.value)] += 1
        else:
            found[LOOKUP_KEY, _looked_up_under(context, one)] += 1
    return found


def renew(context: Context) -> Iterator[str]:
    """Brings all under the first keys, and says of each thing that it cannot be; repeatable."""
    yield from _renew_token_keys(context)
    for one in sealed.everything(context.database):
        yield from _renew_sealed(context, one) if isinstance(one, Sealed) else _move(context, one)


def _renew_token_keys(context: Context) -> Iterator[str]:
    seen, keys = token_keys.find(context.database), context.settings.signing_keys
    try:
        renewed = tuple(
            replace(key, sealed=sealing.renewed(keys, TOKEN_KEY, key.id, key.sealed))
            for key in seen.keys
        )
    except CannotUnseal as failure:
        yield f"the keys of tokens: {failure}; `flask keys rotate --at-once` makes another"
        return
    if renewed != seen.keys:
        token_keys.replace(context.database, seen, renewed)


def _renew_sealed(context: Context, one: Sealed) -> Iterator[str]:
    keys, purpose = context.settings.signing_keys, PURPOSES[one.part]
    try:
        renewed = sealing.renewed(keys, purpose, one.user_id, one.value)
    except CannotUnseal as failure:
        yield f"{one.part} of {one.user_id}: {failure}"
        return
    if renewed != one.value:
        # What has changed meanwhile was sealed by the one who changed it.
        sealed.replace(context.database, one, renewed)


def _move(context: Context, user: User) -> Iterator[str]:
    email_keys = mailboxes.keys(context, user.email)
    if user.email_key == email_keys[0]:
        return
    if not addresses.rekey(context.database, user, email_keys, context.now()):
        yield f"mailbox of {user.id}: it is somebody else's, or the user has changed meanwhile"


def _looked_up_under(context: Context, user: User) -> str:
    """The id of the key; empty where it is none of those at hand."""
    known = dict(
        zip(mailboxes.keys(context, user.email), context.settings.lookup_keys, strict=True)
    )
    found = known.get(user.email_key)
    return secret_id(found) if found else ""
