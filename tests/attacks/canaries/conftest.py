from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.attacks.canaries.planted import CREDENTIALS, SETTINGS, plant
from tests.infra.conftest import aws_url
from tests.infra.emulated import LACKING, Operator

__all__ = ["aws_url"]

ACCOUNT = "100000990001"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with canaries among its files."""
    made = tmp_path_factory.mktemp("planted") / "project"
    plant(made)
    return made


@pytest.fixture
def offline(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Operator:
    """Somebody with all secrets in the environment, and nobody who answers at AWS's address."""
    return _with_canaries(Operator(folder, "http://127.0.0.1:1", ACCOUNT), monkeypatch)


@pytest.fixture
def operator(aws_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Operator:
    """The same with an account at AWS, as it is stood in for."""
    plant(tmp_path / "project")
    made = Operator(tmp_path / "project", aws_url, ACCOUNT)
    made.edit(*LACKING)
    made.make_zone()
    return _with_canaries(made, monkeypatch)


def _with_canaries(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> Operator:
    own = operator.environ | SETTINGS | CREDENTIALS | {"PYTHONDONTWRITEBYTECODE": "1"}
    own |= {"PATH": os.environ["PATH"]}
    monkeypatch.setattr(Operator, "environ", own)
    return operator
