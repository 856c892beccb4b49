"""What is kept of every security event, and how a chain of events is checked.

Each event's hash covers the event before it under a key that the database does not have. What is
personal is covered by a salted digest, so that it can be taken away and the chain still holds.
"""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from backend.accounts import webhooks
from backend.accounts.context import Caller, Context
from backend.accounts.ids import new_id
from backend.accounts.tokens import keyed_hash, same
from backend.settings.secret_ids import secret_id
from backend.storage import audit
from backend.storage.audit import Event, Head, Overtaken
from backend.storage.database import Unavailable

logger = logging.getLogger(__name__)

# Who acts where nobody is signed in: the operator at the command line.
OPERATOR: Final = "operator"
# With what a session begins.
BEGUN: Final = {"session.created", "user.created"}
TRIES: Final = 60
SALT_BYTES: Final = 16
# How long some instances may seal under the key before while it is replaced.
SETTLING_SECONDS: Final = 3600


def record(
    context: Context,
    caller: Caller,
    action: str,
    subject: str,
    *,
    actor: str | None = None,
    **details: str,
) -> int:
    """Appends an event to the subject's chain, and tells the service that a webhook is for.

    `actor` is the subject unless named. Returns how many events of the subject there are by then, 0
    where this one is not stored.

    Best effort: what happened has happened, so where storage fails the log has the event instead.
    """
    event = _event(
        context, caller, action=action, subject=subject, actor=actor or subject, details=details
    )
    number = 0
    try:
        number = _append(context, event)
    except (Unavailable, Overtaken) as failure:
        kept = {"action": action, "subject": subject, "actor": event.actor, "details": details}
        logger.error("audit event not stored", extra={**kept, "reason": type(failure).__name__})
    webhooks.tell(context, event)
    return number


def witnessed(event: Event) -> bool:
    """Whether the session that began bears witness to the event, so that it needs no head."""
    return event.action in BEGUN and "session" in event.details


def broken(context: Context, events: Iterable[Event], head: Head) -> Iterator[str]:
    """A sentence for each break in a chain, whose events come oldest first."""
    seals, last = _Seals(context.settings.audit_keys), Head()
    for event in events:
        if event.number <= last.number:  # an item put in the place of another
            yield f"event {event.number} stands twice"
            continue
        if event.number > last.number + 1:
            yield _missing(last.number + 1, event.number - 1)
        elif event.previous != last.hash:
            yield f"event {event.number} does not follow on the one before it"
        if wrong := seals.wrong(event):
            yield f"event {event.number} {wrong}"
        last = Head(event.number, event.hash)
    if head.number > last.number:
        yield _missing(last.number + 1, head.number)
    elif head.number == last.number and head.hash != last.hash:
        yield f"event {last.number} is not the one that was written"


@dataclass
class _Seals:
    """The keys of a chain, the newest first, and since when (seconds since 1970) which is in use.

    Whoever has an old key cannot add to a chain: what is under it ends where the next one begins,
    but for what instances did at that moment.
    """

    keys: tuple[bytes, ...]
    newest: int | None = None
    since: int = 0

    def wrong(self, event: Event) -> str | None:
        """What is wrong with the event's hash, if anything is."""
        if event.key and event.key not in map(secret_id, self.keys):
            return f"is sealed under the key {event.key}, which is not at hand"
        place = next((n for n, key in enumerate(self.keys) if _is_under(key, event)), None)
        if place is None or not _personal_holds(event):
            return "was altered"
        if self.newest is None or place < self.newest:
            self.newest, self.since = place, event.at
        if place > self.newest and event.at > self.since + SETTLING_SECONDS:
            return "is sealed under a key that had been replaced"
        return None


def _is_under(key: bytes, event: Event) -> bool:
    return event.key in {"", secret_id(key)} and same(_hash(key, event), event.hash)


def _missing(first: int, last: int) -> str:
    return f"event {first} is missing" if first == last else f"events {first} to {last} are missing"


def _event(
    context: Context,
    caller: Caller,
    *,
    action: str,
    subject: str,
    actor: str,
    details: dict[str, str],
) -> Event:
    salt = secrets.token_bytes(SALT_BYTES)
    return Event(
        id=new_id(),
        subject=subject,
        number=0,
        at=context.now(),
        action=action,
        actor=actor,
        request_id=caller.request_id,
        personal_hash=_personal_hash(salt, caller.ip_prefix, caller.user_agent),
        previous=b"",
        details=details,
        ip_prefix=caller.ip_prefix,
        user_agent=caller.user_agent,
        salt=salt,
    )


def _append(context: Context, event: Event) -> int:
    # What is seen too late is overtaken, and read again.
    last = audit.newest(context.database, event.subject, consistent=False)
    key = context.settings.audit_keys[0]
    event = replace(event, key=secret_id(key))
    for _ in range(TRIES):
        linked = replace(event, number=last.number + 1, previous=last.hash)
        if last.swept and event.action != audit.DELETED:
            # A request that was under way while the user was deleted.
            linked = audit.without_person(linked)
        linked = replace(linked, hash=_hash(key, linked))
        try:
            audit.append(context.database, linked)
        except Overtaken:
            last = audit.newest(context.database, event.subject, consistent=True)
            continue
        if not witnessed(linked):
            audit.advance(context.database, linked)
        return linked.number
    raise Overtaken


def _hash(key: bytes, event: Event) -> bytes:
    covered = {
        name: value.hex() if isinstance(value, bytes) else value
        for name, value in vars(event).items()
        if name not in {"hash", *audit.PERSONAL} and (name, value) != ("key", "")
    }
    return keyed_hash(key, "audit", json.dumps(covered, sort_keys=True))


def _personal_holds(event: Event) -> bool:
    """Whether what is personal is as it was, or was taken away as a whole."""
    if event.salt is None or event.ip_prefix is None or event.user_agent is None:
        return event.salt is None and event.ip_prefix is None and event.user_agent is None
    hashed = _personal_hash(event.salt, event.ip_prefix, event.user_agent)
    return same(hashed, event.personal_hash)


def _personal_hash(salt: bytes, ip_prefix: str, user_agent: str) -> bytes:
    return hashlib.sha256(salt + json.dumps([ip_prefix, user_agent]).encode()).digest()
