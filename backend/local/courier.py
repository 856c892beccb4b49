"""Delivers webhooks again that were not taken; on AWS a schedule has the function do that."""

from __future__ import annotations

import logging
from threading import Event, Thread
from typing import Final

from backend.accounts import webhooks
from backend.accounts.context import Context
from backend.storage.database import Unavailable

logger = logging.getLogger(__name__)

ROUND_SECONDS: Final = 10


def start(context: Context) -> Event:
    """Goes on until the event is set, or the process ends."""
    stopped = Event()
    Thread(target=_deliver_until, args=(stopped, context), daemon=True).start()
    return stopped


def _deliver_until(stopped: Event, context: Context) -> None:
    while not stopped.is_set():
        try:
            webhooks.deliver(context, until=context.now(), seconds=ROUND_SECONDS)
        except Unavailable as failure:
            logger.warning("webhooks not looked for", extra={"reason": str(failure)})
        stopped.wait(ROUND_SECONDS)
