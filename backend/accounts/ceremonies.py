"""The challenges of WebAuthn's ceremonies: made without a write, good for one use in 5 minutes.

    subject (16 bytes) | expires at (8) | random (16) | HMAC over these and the purpose (32)

Anybody may ask for options, at every view of the page, so nothing is stored for it. What is stored
is the mark of a challenge that was used, for as long as it would be good.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from dataclasses import dataclass
from typing import Final

from backend.accounts.context import Context
from backend.accounts.ids import new_id
from backend.accounts.tokens import keyed, keyed_hash
from backend.storage import spent
from backend.storage.writes import Put

CEREMONY_SECONDS: Final = 5 * 60
# What a challenge is good for: to add a passkey to an account, to sign up with one, to prove
# oneself with one.
ADD, SIGN_UP, PROVE = "add a passkey", "sign up with a passkey", "prove with a passkey"
NOBODY: Final = str(uuid.UUID(int=0))
SUBJECT_BYTES, TIME_BYTES, RANDOM_BYTES, TAG_BYTES = 16, 8, 16, 32
LENGTH: Final = SUBJECT_BYTES + TIME_BYTES + RANDOM_BYTES + TAG_BYTES


@dataclass(frozen=True)
class Ceremony:
    """A challenge that was made here and is still good; `subject` is the id of the user to be."""

    subject: str
    expires_at: int
    hashed: str

    def mark(self) -> Put:
        """The write that spends it, as part of a transaction."""
        return spent.mark(self.hashed, new_id(), self.expires_at)

    def spend(self, context: Context) -> bool:
        """Spends it; False where it was spent before."""
        return spent.spend(context.database, self.hashed, new_id(), self.expires_at)


def begin(context: Context, purpose: str, subject: str = NOBODY) -> bytes:
    """A new challenge."""
    expires_at = context.now() + CEREMONY_SECONDS
    body = uuid.UUID(subject).bytes + expires_at.to_bytes(TIME_BYTES)
    body += secrets.token_bytes(RANDOM_BYTES)
    return body + _tag(context, purpose, body)


def find(context: Context, purpose: str, challenge: bytes) -> Ceremony | None:
    """What a challenge stands for, if it is one of ours for this purpose and in time."""
    body, tag = challenge[:-TAG_BYTES], challenge[-TAG_BYTES:]
    if len(challenge) != LENGTH or not _is_ours(context, purpose, body, tag):
        return None
    subject, rest = body[:SUBJECT_BYTES], body[SUBJECT_BYTES:]
    expires_at = int.from_bytes(rest[:TIME_BYTES])
    if expires_at <= context.now():
        return None
    hashed = hashlib.sha256(challenge).hexdigest()
    return Ceremony(str(uuid.UUID(bytes=subject)), expires_at, hashed)


def _is_ours(context: Context, purpose: str, body: bytes, tag: bytes) -> bool:
    return keyed(context.settings.signing_keys, tag, "ceremony", purpose, body.hex())


def _tag(context: Context, purpose: str, body: bytes) -> bytes:
    return keyed_hash(context.settings.signing_key, "ceremony", purpose, body.hex())
