"""What goes to Lambda: Zappa calls `prepare` before it deploys, and uploads the zip made here.

Zappa itself packs the working directory and the active environment, which hold far more than runs,
and fetches compiled packages for the function's machine without checking them. This takes the
project's own code by name and the locked wheels for the function's Python and processor, leaves
out what is never imported, and gives the same bytes for the same sources.
"""

from __future__ import annotations

import atexit
import fnmatch
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from zappa.cli import ZappaCLI

ROOT: Final = Path(__file__).resolve().parents[1]
REQUIREMENTS: Final = "backend/requirements.txt"
PROJECT: Final = ("backend", "templates/api", "templates/languages", "templates/mail")
# Its kinds of files. Notes, dumps and keys that lie about among them are none of these.
KINDS: Final = ("*.py", "*.j2", "*.css", "*.mo", "common_passwords.txt.gz")
# Lambda's Python 3.12 and newer runs on Amazon Linux 2023, with glibc 2.34.
MANYLINUX: Final = ("manylinux_2_34", "manylinux_2_28", "manylinux2014")
MACHINES: Final = {"arm64": "aarch64", "x86_64": "x86_64"}
# Of the project and the packages: needed to build, to develop or by other services, never here.
UNUSED: Final = (
    "backend/cli",
    "backend/clients",
    "backend/local",
    "backend/reference.py",
    "bin",
    "cffi",
    "cffi-*.dist-info",
    "fido2/attestation",
    "fido2/client",
    "fido2/ctap*",
    "fido2/hid",
    "fido2/mds3.py",
    "fido2/pcsc.py",
    "fido2/public_suffix_list.dat",
    "fido2/rpid.py",
    "fido2/server.py",
    "flask/sansio/README.md",
    "pycparser*",
    "pydantic/mypy.py",
    "pydantic/v1",
    "segno/cli.py",
    "share",
    "werkzeug/debug",
    "werkzeug/testapp.py",
    "*.dist-info/RECORD",
    "*.dist-info/sboms",
    "**/*.pyi",
)
PACKING: Final = {"deploy", "update", "package"}
THIS_PYTHON: Final = "{}.{}".format(*sys.version_info)
EARLIEST: Final = (1980, 1, 1, 0, 0, 0)


def prepare(zappa: ZappaCLI) -> None:
    """Zappa's callback once its settings are read: makes the zip, and has Zappa take it."""
    if os.environ.get("AWS_ENDPOINT_URL"):
        _fit_emulator(zappa)
    given = zappa.vargs
    if zappa.command not in PACKING or given.get("zip") or given.get("no_upload"):
        return
    temporary = Path(tempfile.mkdtemp(prefix="latchstring-"))
    atexit.register(shutil.rmtree, temporary, ignore_errors=True)
    folder, name = temporary / "package", f"{zappa.lambda_name}.zip"
    gather(folder, zappa.runtime.removeprefix("python"), zappa.architecture)
    kept = zappa.command == "package"
    packed = Path(given.get("output") or name) if kept else temporary / name
    write(folder, packed)
    click.echo(f"Packed {packed.name}: {packed.stat().st_size / 2**20:.1f} MiB.")
    if kept:
        sys.exit(0)
    given["zip"] = str(packed)


def gather(folder: Path, python: str, architecture: str) -> None:
    """Everything that runs, laid out as in Lambda, for a Python version and a processor."""
    lay_out(folder, python, architecture)
    _compile(folder, python)


def lay_out(folder: Path, python: str, architecture: str) -> None:
    """The same as sources."""
    _install(folder, python, MACHINES[architecture])
    for part in PROJECT:
        shutil.copytree(ROOT / part, folder / part, ignore=_others)
    for pattern in UNUSED:
        for path in folder.glob(pattern):
            _remove(path)


def write(folder: Path, packed: Path) -> None:
    """The zip of the folder: in order and without times, so that equal sources give equal bytes."""
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for file in _files(folder):
            entry = zipfile.ZipInfo(file.relative_to(folder).as_posix(), EARLIEST)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED)


def _fit_emulator(zappa: ZappaCLI) -> None:
    """An emulator runs the function here, and nothing answers at the API's real address."""
    zappa.runtime = f"python{THIS_PYTHON}"
    zappa.architecture = zappa.zappa.architecture = this_architecture()
    zappa.override_stage_config_setting("touch", val=False)


def this_architecture() -> str:
    machine = platform.machine().lower()
    return "arm64" if machine in {"arm64", "aarch64"} else "x86_64"


def _install(folder: Path, python: str, machine: str) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--require-hashes", "--only-binary=:all:", "--no-compile"]
    command += ["--python-version", python, "--implementation", "cp", "--target", str(folder)]
    for tag in MANYLINUX:
        command += ["--platform", f"{tag}_{machine}"]
    command += ["-r", str(ROOT / REQUIREMENTS)]
    installed = subprocess.run(  # noqa: S603
        command, capture_output=True, text=True, check=False
    )
    if installed.returncode:
        reason = (installed.stderr.strip().splitlines() or ["pip gave no reason"])[-1]
        raise click.ClickException(
            f"The packages for Python {python} on {machine} cannot be had ({reason}): check the "
            "network, and that each has a wheel for them."
        )


def _others(folder: str, names: list[str]) -> list[str]:
    """The files in a folder that are not to be packed."""
    ours = {name for kind in KINDS for name in fnmatch.filter(names, kind)}
    folders = {name for name in names if Path(folder, name).is_dir() and name != "__pycache__"}
    return [name for name in names if name.startswith(".") or name not in ours | folders]


def _compile(folder: Path, python: str) -> None:
    """Bytecode spares a cold start half a second; only the same Python can make it.

    It goes in place of the sources, since both would be over 10 MiB: a traceback has files and
    lines, but not their text.
    """
    found = _python(python)
    if not found:
        click.echo(
            f"No python{python} here, so there is no bytecode: cold starts take 0.5 s longer."
        )
        return
    command = [found, "-m", "compileall", "-q", "-b", "--invalidation-mode", "unchecked-hash"]
    subprocess.run([*command, "-s", str(folder), str(folder)], check=True)  # noqa: S603
    for source in list(folder.rglob("*.py")):
        source.unlink()


def _python(version: str) -> str | None:
    """An interpreter of the version. A name on the path may be a shim with nothing behind it."""
    if version == THIS_PYTHON:
        return sys.executable
    found = shutil.which(f"python{version}")
    if not found:
        return None
    answer = subprocess.run([found, "--version"], capture_output=True, check=False)  # noqa: S603
    return None if answer.returncode else found


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
