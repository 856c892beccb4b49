"""Webhooks: what has happened to an account, told to another service at least once.

A message is kept before it is sent, and until it was taken. It is tried at once, within a second,
then ever later for a week. It names nobody: ids and what kind of thing happened are all it has.
"""

from __future__ import annotations

import json
import logging
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from backend import standard_webhooks
from backend.accounts.context import Context
from backend.standard_webhooks import NotTaken
from backend.storage import outbox
from backend.storage.audit import Event
from backend.storage.database import Unavailable
from backend.storage.outbox import Message, Overtaken

logger = logging.getLogger(__name__)

# The type of the message for each action of the audit log that others are told of.
TYPES: Final = {
    "user.created": "user.created",
    "user.imported": "user.created",
    "user.updated": "user.updated",
    "user.disabled": "user.updated",
    "user.enabled": "user.updated",
    "roles.changed": "user.updated",
    "email.changed": "user.updated",
    "email.change_undone": "user.updated",
    "user.deleted": "user.deleted",
    "session.created": "session.created",
    "password.changed": "password.changed",
    "password.reset": "password.changed",
}
# Done by the thousand: nobody waits for each.
IN_BULK: Final = {"user.imported"}
AT_ONCE_SECONDS: Final = 1.0
LATER_SECONDS: Final = 5.0
FIRST_RETRY_SECONDS: Final = 60
LAST_RETRY_SECONDS: Final = 12 * 3600
GIVEN_UP_AFTER_SECONDS: Final = 7 * 24 * 3600
# Later than anything is due.
FOR_EVER: Final = 10**11


@dataclass(frozen=True)
class Delivered:
    """What became of a round: so many were taken, so many were not, and some of these for good."""

    taken: int = 0
    refused: int = 0
    given_up: int = 0

    def __add__(self, other: Delivered) -> Delivered:
        return Delivered(
            self.taken + other.taken,
            self.refused + other.refused,
            self.given_up + other.given_up,
        )


def tell(context: Context, event: Event) -> None:
    """Tries to deliver at once; what has happened has happened, whoever could be told."""
    if event.action not in TYPES or not context.settings.webhook_url:
        return
    bulk = event.action in IN_BULK
    # Its first try is under way, so that nobody else begins one.
    message = _message(event) if bulk else _put_off(_message(event), context.now())
    try:
        outbox.add(context.database, message)
    except Unavailable as failure:
        extra = {"message_id": message.id, "type": message.type, "reason": str(failure)}
        logger.error("webhook not stored", extra=extra)
    if not bulk:
        _send(context, message, AT_ONCE_SECONDS)


def deliver(context: Context, *, until: int, seconds: float) -> Delivered:
    """One try for each message that is due by then; none is begun after the seconds are over."""
    if not context.settings.webhook_url:
        return Delivered()
    ends = time.monotonic() + seconds
    done = Delivered()
    for message in outbox.pending(context.database, until):
        claimed = _put_off(message, context.now())
        try:
            outbox.move(context.database, message, claimed)
        except Overtaken:
            continue
        done += _counted(_send(context, claimed, LATER_SECONDS))
        if time.monotonic() >= ends:
            break
    return done


def messages(context: Context, since: int) -> list[Message]:
    """All that were made from then on, newest first; they are kept for 30 days."""
    now = context.now()
    first = max(since, now - outbox.KEPT_SECONDS)
    found = outbox.pending(context.database, FOR_EVER)
    for day in outbox.days(first, now):
        found += outbox.settled(context.database, day, now)
    made = (message for message in found if message.made_at >= since)
    return sorted(made, key=lambda message: (message.made_at, message.id), reverse=True)


def replay(context: Context, message: Message) -> Delivered:
    """Begins again with a message, under its old id, whatever became of it before."""
    again = _put_off(outbox.begun_again(message, context.now()), context.now())
    try:
        outbox.move(context.database, message, again)
    except Overtaken:
        # Somebody else is at it.
        return Delivered()
    return _counted(_send(context, again, LATER_SECONDS))


def _send(context: Context, message: Message, seconds: float) -> Message:
    """The message after a try: taken, given up, or pending still."""
    settings, body = context.settings, message.body.encode()
    headers = standard_webhooks.headers(settings.webhook_secrets, message.id, context.now(), body)
    try:
        standard_webhooks.post(settings.webhook_url, headers, body, seconds=seconds)
    except NotTaken as failure:
        after = _after_failure(context, message, str(failure))
    else:
        after = replace(message, taken_at=context.now())
    if after != message:
        _keep(context, message, after)
    return after


def _after_failure(context: Context, message: Message, reason: str) -> Message:
    extra = {"message_id": message.id, "type": message.type, "reason": reason}
    if context.now() - message.since < GIVEN_UP_AFTER_SECONDS:
        logger.warning("webhook not taken", extra={**extra, "attempts": message.attempts})
        return message
    logger.error("webhook given up", extra={**extra, "attempts": message.attempts})
    return replace(message, given_up_at=context.now())


def _keep(context: Context, before: Message, after: Message) -> None:
    """Where that fails, the message is sent once more."""
    try:
        outbox.move(context.database, before, after)
    except (Unavailable, Overtaken) as failure:
        extra = {"message_id": before.id, "reason": type(failure).__name__}
        logger.warning("webhook not noted as settled", extra=extra)


def _put_off(message: Message, now: int) -> Message:
    attempts = message.attempts + 1
    wait = min(FIRST_RETRY_SECONDS * 4 ** (attempts - 1), LAST_RETRY_SECONDS)
    return replace(message, attempts=attempts, due_at=now + wait)


def _counted(message: Message) -> Delivered:
    taken = bool(message.taken_at)
    return Delivered(int(taken), int(not taken), int(bool(message.given_up_at)))


def _message(event: Event) -> Message:
    kind = TYPES[event.action]
    data = {"user": event.subject, "action": event.action}
    if "session" in event.details:
        data["session"] = event.details["session"]
    moment = datetime.fromtimestamp(event.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    body = json.dumps({"type": kind, "timestamp": moment, "data": data})
    return Message(event.id, kind, body, made_at=event.at, since=event.at, due_at=event.at)
