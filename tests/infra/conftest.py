from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.infra.emulated import LACKING, Operator, copy_project, ministack

_accounts = itertools.count(100_000_000_001)


@pytest.fixture(scope="session")
def aws_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One emulator for each process of tests; every operator has an account of their own in it."""
    with ministack(tmp_path_factory.mktemp("aws")) as url:
        yield url


@pytest.fixture
def make_operator(aws_url: str, tmp_path: Path) -> Callable[[], Operator]:
    def make() -> Operator:
        account = str(next(_accounts))
        folder = tmp_path / account
        copy_project(folder)
        operator = Operator(folder, aws_url, account)
        operator.edit(*LACKING)
        return operator

    return make


@pytest.fixture
def operator(make_operator: Callable[[], Operator]) -> Operator:
    """With a copy of the project and a hosted zone; nothing is deployed."""
    made = make_operator()
    made.make_zone()
    return made
