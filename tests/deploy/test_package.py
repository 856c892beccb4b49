"""The zip holds what runs, for the machine that runs it, and nothing else."""

from __future__ import annotations

import ast
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from backend.languages import LANGUAGES, SOURCE
from infra.package import THIS_PYTHON, gather, write
from tests.deploy.conftest import CREDENTIALS, SECRETS, SETTINGS, package, zappa
from tests.infra.emulated import ROOT
from tests.locked import locked

MIB = 2**20
LOCK = "backend/requirements.txt"
# They are for building alone.
NOT_IMPORTED = ("cffi-", "pycparser-")
ELF_MACHINE = slice(18, 20)
AARCH64 = (183).to_bytes(2, "little")
# What stands at the top: the project, and the locked runtime set.
TOP = {
    "_argon2_cffi_bindings",
    "_cffi_backend",
    "annotated_types",
    "apig_wsgi",
    "argon2",
    "backend",
    "bcrypt",
    "blinker",
    "click",
    "cryptography",
    "fido2",
    "flask",
    "flask_cors",
    "idna",
    "itsdangerous",
    "jinja2",
    "jwt",
    "markupsafe",
    "pydantic",
    "pydantic_core",
    "pyotp",
    "segno",
    "templates",
    "typing_extensions",
    "typing_inspection",
    "werkzeug",
}
LOADED = """
import sys
sys.path.insert(0, sys.argv[1])
import backend.lambda_handler
print(*{name.partition(".")[0] for name in sys.modules}, file=sys.stderr)
"""


@pytest.fixture(scope="module")
def zip_for_lambda(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What goes to AWS."""
    output = tmp_path_factory.mktemp("zip") / "lambda.zip"
    package(output)
    return output


@pytest.fixture(scope="module")
def files(zip_for_lambda: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(zip_for_lambda) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def top(names: list[str]) -> set[str]:
    """The packages and modules, without what says which versions they have."""
    firsts = {name.partition("/")[0] for name in names}
    kept = {first for first in firsts if not first.endswith(".dist-info")}
    return {first.partition(".")[0] for first in kept} - {"__pycache__"}


def named(folder: Path) -> set[str]:
    """The packages that our modules import: some only at the first call that needs them."""
    found: set[str] = set()
    for module in folder.glob("backend/**/*.pyc"):
        path = ROOT / module.relative_to(folder).with_suffix(".py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.partition(".")[0])
    return found


def test_is_small(zip_for_lambda: Path) -> None:
    assert zip_for_lambda.stat().st_size < 10 * MIB


def test_is_small_with_bytecode_too(tmp_path: Path) -> None:
    gather(tmp_path / "package", THIS_PYTHON, "arm64")
    write(tmp_path / "package", tmp_path / "lambda.zip")
    assert (tmp_path / "lambda.zip").stat().st_size < 10 * MIB


def test_bytecode_stands_in_place_of_the_sources(unpacked: Path) -> None:
    assert (unpacked / "backend" / "lambda_handler.pyc").exists()
    assert list(unpacked.rglob("*.py")) == []


def test_holds_the_runtime_set_and_nothing_more(files: dict[str, bytes]) -> None:
    assert top(list(files)) == TOP


@pytest.mark.parametrize(
    "part",
    [
        "tests/",
        "infra/",
        "sitegen/",
        "node_modules/",
        "instance/",
        "backend/cli/",
        "backend/clients/",
        "backend/local/",
        "backend/reference",
        "templates/page/",
        "templates/js/",
        "templates/css/",
        "templates/dev/",
        ".env",
        "zappa_settings.json",
        "zappa/cli",
        "requirements.txt",
    ],
)
def test_holds_nothing_that_does_not_run(files: dict[str, bytes], part: str) -> None:
    assert [name for name in files if name.startswith(part) or f"/{part}" in name] == []


def test_has_the_words_of_every_language_as_they_are_read(files: dict[str, bytes]) -> None:
    words = {name for name in files if name.startswith("templates/languages/")}
    assert words == {
        f"templates/languages/{tag}/LC_MESSAGES/messages.mo" for tag in LANGUAGES if tag != SOURCE
    }


def test_is_compiled_for_the_processor_of_the_function(files: dict[str, bytes]) -> None:
    compiled = {name: content for name, content in files.items() if name.endswith(".so")}
    assert {name for name, content in compiled.items() if content[ELF_MACHINE] != AARCH64} == set()
    assert all("cpython-313-aarch64" in name or ".abi3." in name for name in compiled)
    assert len(compiled) >= 4


def test_every_package_in_it_is_locked_at_its_version(files: dict[str, bytes]) -> None:
    described = {name.partition("/")[0] for name in files if ".dist-info/" in name}
    packed = {folder.removesuffix(".dist-info") for folder in described}
    named = {f"{one.name.replace('-', '_')}-{one.version}" for one in locked(ROOT / LOCK)}
    assert {name.lower().replace("-", "_") for name in packed} == {
        name.replace("-", "_") for name in named if not name.startswith(NOT_IMPORTED)
    }


def test_carries_no_secret(files: dict[str, bytes]) -> None:
    whole = b"".join(files.values())
    assert [name for name, value in SECRETS.items() if value.encode() in whole] == []


def test_gives_the_same_bytes_for_the_same_sources(zip_for_lambda: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.zip"
    package(again)
    assert again.read_bytes() == zip_for_lambda.read_bytes()


def test_runs_without_any_other_package_and_imports_each(unpacked: Path) -> None:
    environ = {"STAGE": "prod", **CREDENTIALS, **SETTINGS, **SECRETS}
    alone = [sys.executable, "-I", "-S", "-c", LOADED, str(unpacked)]
    run = subprocess.run(alone, env=environ, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    there = top([path.name for path in unpacked.iterdir()]) - {"templates"}
    assert there - set(run.stderr.split()) - named(unpacked) == set()


def test_packages_that_cannot_be_had_are_said_in_a_sentence(tmp_path: Path) -> None:
    run = zappa("package", "prod", "-o", str(tmp_path / "lambda.zip"), PIP_NO_INDEX="1")
    assert run.returncode != 0
    said = run.stdout + run.stderr
    assert "The packages for Python 3.13 on aarch64 cannot be had" in said
    assert "Traceback" not in said
    assert list(tmp_path.glob("*.zip")) == []
