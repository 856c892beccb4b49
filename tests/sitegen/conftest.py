from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment

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


@pytest.fixture(scope="session", autouse=True)
def same_templates_parsed_once() -> Iterator[None]:
    """What most of a build's time goes to; each test has a copy of the templates of its own."""
    whole, python_of = Environment.compile, dict[tuple[str, str], str]()

    def compiled(env: Environment, source: str, name: str, filename: str) -> Any:
        if (source, name) not in python_of:
            python_of[source, name] = whole(env, source, name, filename, raw=True)
        return compile(python_of[source, name], filename, "exec")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Environment, "compile", compiled)
        yield


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
