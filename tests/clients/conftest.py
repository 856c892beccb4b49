from __future__ import annotations

from tests.clients.fixtures import accounts, clock, make

__all__ = ["accounts", "clock", "make"]
