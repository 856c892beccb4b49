from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sitegen.cli import main
from tests.sitegen.built_site import ROOT, BuiltSite

SETTINGS = {
    *("STAGE", "BRAND_NAME", "BRAND_COLOUR", "BRAND_LOGO", "PASSWORD_MIN_LENGTH"),
    *("DEFAULT_LANGUAGE", "TERMS_URL", "PRIVACY_URL"),
}


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> BuiltSite:
    """The site as it ships, built as an operator builds it."""
    folder = tmp_path_factory.mktemp("built") / "site"
    command = [sys.executable, "-m", "sitegen", "build", "--output", str(folder)]
    environ = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    subprocess.run(command, cwd=ROOT, env=environ, check=True, capture_output=True, timeout=30)
    return BuiltSite(folder)


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    """A copy of the templates, to be changed."""
    for part in ("page", "css", "js"):
        shutil.copytree(ROOT / "templates" / part, tmp_path / "templates" / part)
    return tmp_path / "templates"


@pytest.fixture
def build(tmp_path: Path, templates: Path) -> Callable[[], BuiltSite]:
    def built() -> BuiltSite:
        folder = tmp_path / "site"
        assert main(["build", "--output", str(folder), "--templates", str(templates)]) == 0
        return BuiltSite(folder)

    return built
