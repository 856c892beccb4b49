from __future__ import annotations

import pytest

from backend.storage import deadline


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A crowd at a small machine is served to the last, and none told that time is up."""
    monkeypatch.setattr(deadline, "REQUEST_SECONDS", 120.0)
