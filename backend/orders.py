"""What the function does besides answering calls, by the word of its own schedule."""

from __future__ import annotations

from typing import Final

# The whole event that the schedule sends.
DELIVER_WEBHOOKS: Final = {"order": "deliver webhooks"}
