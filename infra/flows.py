"""What one request of each flow takes of AWS.

Units and round trips are those that docs/units.md has, where a test counts them. Times are
estimates: CPU is that of one processor, mostly the password's hash, 22 ms for Argon2id on the
machine on which this was written; a round trip takes 5 ms, and handing over a mail 100.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from infra.errors import Refusal
from infra.stages import ROOT

COUNTED: Final = ROOT / "docs" / "units.md"
# A function has a whole processor from so many MB on.
WHOLE_PROCESSOR: Final = 1769
ROUND_TRIP: Final = 5
MAIL: Final = 100


@dataclass(frozen=True)
class Units:
    """What DynamoDB counts for one request, and how often it is asked."""

    write: float
    read: float
    round_trips: int


@dataclass(frozen=True)
class Flow:
    """One request, by its row in docs/units.md, with milliseconds of CPU and the mails it sends."""

    name: str
    row: str
    cpu: float
    mails: int = 0

    def units(self) -> Units:
        """Raises Refusal where the page does not have them."""
        row = re.compile(rf"^\| {re.escape(self.row)} \| (\S+) \| (\S+) \| (\d+) \|", re.MULTILINE)
        found = row.search(COUNTED.read_text(encoding="utf-8")) if COUNTED.exists() else None
        if not found:
            raise Refusal(f"docs/units.md has no row {self.row!r}: what it costs is not known.")
        return Units(float(found[1]), float(found[2]), int(found[3]))

    def gb_seconds(self, memory: int) -> float:
        """What Lambda counts with so many MB: less memory is less of a processor."""
        slower = max(WHOLE_PROCESSOR / memory, 1)
        waiting = self.units().round_trips * ROUND_TRIP + self.mails * MAIL
        return (self.cpu * slower + waiting) / 1000 * memory / 1024


REGISTER: Final = Flow("register", "register", cpu=30, mails=1)
VERIFY: Final = Flow("verify", "verify", cpu=8)
SIGN_IN: Final = Flow("sign in", "sign in, known device", cpu=30)
# A visit's first, after which it is noted that the session is in use.
ME: Final = Flow("me", "`me`, once in five minutes", cpu=4)
SIGN_OUT: Final = Flow("sign out", "sign out", cpu=5)

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
