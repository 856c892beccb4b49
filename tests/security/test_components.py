"""What others made and we ship: locked, counted, and under licences that allow it."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

import pytest

from infra.package import UNUSED
from tests.locked import (
    ROOT,
    Locked,
    NotLocked,
    lock_files,
    locked,
    npm_lock_files,
    npm_locked,
)

SHIPPED = ROOT / "backend/requirements.txt"
ALLOWED = {
    "Apache-2.0",
    "BSD-3-Clause",
    "MIT",
    "MIT-0",
    "PSF-2.0",
    # As classifiers and older fields say it.
    "Apache Software License",
    "BSD License",
    "MIT License",
}
# What a package says of a part that is not in the zip.
LEFT_OUT = {
    ("fido2", "Mozilla Public License 2.0 (MPL 2.0)"): "fido2/public_suffix_list.dat",
}
# Where npm serves: to measure and to judge, on a developer's machine.
NPM = {"benchmarks", "tests"}
HASH = f"--hash=sha256:{'0' * 64}"

each_file = pytest.mark.parametrize(
    "path", lock_files(), ids=lambda path: path.relative_to(ROOT).as_posix()
)


def licences(name: str) -> set[str]:
    """What the installed package says of itself, by the newest field that it has."""
    said = metadata.metadata(name)
    expression = said.get("License-Expression")
    if expression:
        return set(re.split(r" OR | AND |[()]", expression)) - {""}
    classifiers = said.get_all("Classifier") or []
    return {one.rpartition(" :: ")[2] for one in classifiers if one.startswith("License ::")}


def test_no_lock_file_is_overlooked() -> None:
    """Each group of pyproject.toml and each of the Makefile's sets has one."""
    made = set(re.findall(r"-o (\S+requirements\S*\.txt)", (ROOT / "Makefile").read_text()))
    assert len(made) >= 8
    assert made <= {path.relative_to(ROOT).as_posix() for path in lock_files()}


@each_file
def test_every_component_is_pinned_to_one_version_with_hashes(path: Path) -> None:
    found = locked(path)
    assert found
    assert len(found) == len(set(found))


@pytest.mark.parametrize(
    "line",
    [
        "flask",
        f"flask>=3 {HASH}",
        f"flask==3.* {HASH}",
        "flask==3.1.3",
        "flask==3.1.3 --hash=md5:0",
        f"flask @ https://example.com/flask.zip {HASH}",
        "--index-url https://example.com",
        "-e .",
    ],
)
def test_whatever_is_not_pinned_is_seen(line: str, tmp_path: Path) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text(f"idna==3.20 {HASH}\n{line}\n")
    with pytest.raises(NotLocked):
        locked(file)


def test_what_is_tested_is_what_is_shipped() -> None:
    """The larger sets have the same versions as the one in the zip."""
    shipped = set(locked(SHIPPED))
    for larger in ("backend/local", "infra", "tests"):
        assert shipped <= set(locked(ROOT / larger / "requirements.txt")), larger
    assert {Locked(one.name, metadata.version(one.name)) for one in shipped} == shipped


@pytest.mark.parametrize("component", locked(SHIPPED), ids=lambda component: component.name)
def test_every_component_that_is_shipped_has_a_licence_that_is_allowed(component: Locked) -> None:
    said = licences(component.name)
    assert said, "it says none"
    other = {one for one in said - ALLOWED if (component.name, one) not in LEFT_OUT}
    assert other == set()


def test_whatever_has_another_licence_is_left_out_of_the_zip() -> None:
    assert set(LEFT_OUT.values()) <= set(UNUSED)


def test_npm_serves_nothing_that_is_shipped() -> None:
    named = {path.relative_to(ROOT).parts[0] for path in ROOT.glob("*/**/package.json")}
    assert named - {".venv"} <= NPM
    assert not (ROOT / "package.json").exists()


@pytest.mark.parametrize(
    "script", sorted((ROOT / "templates/js").glob("*.js")), ids=lambda script: script.name
)
def test_a_script_of_the_page_imports_the_projects_own_alone(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    imported = re.findall(r"(?:\bfrom|\bimport\(?)\s*['\"]([^'\"]+)['\"]", text)
    for name in imported:
        assert name.startswith("./"), name
        assert (script.parent / name).is_file(), name


@pytest.mark.parametrize(
    "path", npm_lock_files(), ids=lambda path: path.parent.relative_to(ROOT).as_posix()
)
def test_what_npm_brings_for_measurements_is_locked_too(path: Path) -> None:
    found = list(npm_locked(path))
    assert found
    for folder, said in found:
        assert said["integrity"].startswith("sha512-"), folder
