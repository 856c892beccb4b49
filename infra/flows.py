"""What one go of each flow takes of AWS. The units are those of docs/units.md; times are estimates.

CPU is that of one processor, which a function has from 1,769 MB on: mostly the password's hash,
22 ms for Argon2id on the machine on which this was written. Waiting is 5 ms for each round trip to
DynamoDB, and 100 ms for the mail.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

WHOLE_PROCESSOR: Final = 1769


@dataclass(frozen=True)
class Flow:
    """One request, with its write and read request units, milliseconds, and mails."""

    name: str
    write_units: float
    read_units: float
    cpu: float
    waiting: float
    mails: int = 0

    def gb_seconds(self, memory: int) -> float:
        """What Lambda counts with so many MB: less memory is less of a processor."""
        slower = max(WHOLE_PROCESSOR / memory, 1)
        return (self.cpu * slower + self.waiting) / 1000 * memory / 1024


REGISTER: Final = Flow("register", 7, 2, 30, 120, mails=1)
VERIFY: Final = Flow("verify", 10, 4, 8, 30)
SIGN_IN: Final = Flow("sign in", 4, 2.5, 30, 25)
ME: Final = Flow("me", 0, 2, 4, 5)
SIGN_OUT: Final = Flow("sign out", 2, 2, 5, 15)

# A start of the function: its imports, on a whole processor, whatever the memory.
START_MILLISECONDS: Final = 800
# An instance that nobody calls goes after about ten minutes.
IDLE_STARTS: Final = 30 * 24 * 6
# Of a hundred visits, one comes while all instances are busy.
BUSY_STARTS: Final = 0.01

PAGE_REQUESTS: Final = 5
# In GB: the page's first view, an answer of the API, and what the log has of a request.
PAGE: Final = 25e-6
ANSWER: Final = 1e-6
LOG: Final = 1e-6
# In GB: a user with the two names, and an event, each with its entry in an index.
USER: Final = 2e-6
EVENT: Final = 1e-6
MONTHS_OF_EVENTS: Final = 12
# Each of these flows, done and refused, is a metric in the hours in which it happens.
METRICS: Final = 10
HOURS: Final = 730
