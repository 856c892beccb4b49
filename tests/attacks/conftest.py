from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.attacks.scene import Scene, set_up
from tests.clients.fixtures import accounts, clock, make
from tests.support import Site
from tests.tally import Tried

__all__ = ["accounts", "clock", "make"]


@pytest.fixture(autouse=True)
def counted(tried: Tried) -> None:
    """Each test is an attack; one that tries many says how many more."""
    tried("attack")


@pytest.fixture(scope="module")
def scene(engine_url: str, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return set_up(Site(engine_url, tmp_path_factory.mktemp("scene")))


@pytest.fixture
def unchanged(scene: Scene) -> Iterator[None]:
    """Whatever the test tried has changed nothing."""
    before = scene.state()
    yield
    assert scene.state() == before
