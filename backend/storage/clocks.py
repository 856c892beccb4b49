"""By how much the clock of an instance may be off, ahead or behind, before anything goes wrong.

What happens to whom until then stands in docs/reliability.md.
"""

from __future__ import annotations

from typing import Final

OFF_SECONDS: Final = 10 * 60
# One is ahead and another behind.
APART_SECONDS: Final = 2 * OFF_SECONDS
