"""The least that a flow can cost: one hash, one read of two items with the SDK, in CPU."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from backend.accounts import verifiers
from benchmarks import bare
from benchmarks.peers import PASSWORD

TABLES: Final = ("floor-sessions", "floor-users")
HASHES: Final = 15
READS: Final = 150


@dataclass
class Floors:
    """Rounds of CPU milliseconds for each floor."""

    endpoint: str
    hashes: list[float] = field(default_factory=list)
    reads: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._client = bare.client(self.endpoint)
        for table in TABLES:
            bare.make_table(self._client, table)

    def run(self) -> None:
        self.hashes.append(_cpu(lambda: verifiers.hash_password(PASSWORD), HASHES))
        self.reads.append(_cpu(self._read, READS))

    def of(self, name: str) -> float:
        """The median over the rounds but the first, which warms up."""
        return statistics.median(getattr(self, name)[1:])

    def _read(self) -> None:
        asked = {table: {"Keys": [bare.KEY], "ConsistentRead": True} for table in TABLES}
        self._client.batch_get_item(RequestItems=asked)


def _cpu(call: Callable[[], object], times: int) -> float:
    began = time.process_time()
    for _ in range(times):
        call()
    return 1000 * (time.process_time() - began) / times
