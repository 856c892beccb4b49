"""The functions whose starts are compared, each laid out as Lambda lays out its zip.

All are called by the same name, `backend.lambda_handler.handler`, with bytecode for this Python.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from click import ClickException

from benchmarks.environments import ROOT, last_line
from infra import package

OURS: Final = "Latchstring"
SOURCES: Final = "Latchstring, without bytecode"
BEFORE: Final = "Latchstring, with the SDK"
FLASK: Final = "Flask with boto3"
BARE: Final = "a bare handler"
# What left the function, and when: the commit before it still had the SDK and Zappa's handler.
LEFT_THE_SDK: Final = "backend/aws/__init__.py"
HELLO: Final = """
import boto3
from apig_wsgi import make_lambda_handler
from flask import Flask

app = Flask(__name__)
client = boto3.client("dynamodb", region_name="us-east-1")
handler = make_lambda_handler(app)


@app.get("/<path:path>")
def hello(path):
    return {"hello": "world"}
"""
NOTHING: Final = """
def handler(event, context):
    return {"statusCode": 200, "body": "hello"}
"""
# Flask with what it needs, the SDK with what it needs, and what stands between API and Flask.
PACKAGES: Final = (
    *("flask", "werkzeug", "jinja2", "markupsafe", "itsdangerous", "click", "blinker"),
    *("boto3", "botocore", "s3transfer", "jmespath", "python-dateutil", "six", "urllib3"),
    "apig-wsgi",
)


class NotPacked(Exception):
    """The reason, in one line."""


@dataclass(frozen=True)
class Packed:
    """Where it is unpacked, and the bytes of its zip."""

    folder: Path
    size: int


def ours(folder: Path) -> Packed:
    """Raises NotPacked."""
    return _gathered(folder, package.THIS_PYTHON, package.this_architecture())


def without_bytecode(folder: Path) -> Packed:
    """Raises NotPacked."""
    return _gathered(folder, package.THIS_PYTHON, package.this_architecture(), package.lay_out)


def before(folder: Path) -> Packed:
    """As that commit packs itself. Raises NotPacked."""
    tree, packed = folder.with_name("tree"), folder.with_suffix(".zip")
    tree.mkdir()
    log = ["git", "log", "--diff-filter=A", "--format=%H", "--", LEFT_THE_SDK]
    commits = _run(log, ROOT).stdout.split()
    if not commits:
        raise NotPacked("this clone lacks the history in which the SDK left the function")
    archive = folder.with_suffix(".tar")
    _run(["git", "archive", "-o", str(archive), f"{commits[-1]}^"], ROOT)
    _run(["tar", "-xf", str(archive), "-C", str(tree)], ROOT)
    zappa = str(Path(sys.executable).with_name("zappa"))
    # With an endpoint of its own it packs for this machine; nothing is asked of it.
    _run([zappa, "package", "prod", "-o", str(packed)], tree, AWS_ENDPOINT_URL="http://127.0.0.1:1")
    with zipfile.ZipFile(packed) as held:
        held.extractall(folder)
    return Packed(folder, packed.stat().st_size)


def flask(folder: Path) -> Packed:
    """Flask and boto3 at the versions that are installed here. Raises NotPacked."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile"]
    pins = [f"{name}=={version(name)}" for name in PACKAGES]
    _run([*pip, "--target", str(folder), *pins], ROOT)
    return _hello(folder, HELLO)


def bare(folder: Path) -> Packed:
    return _hello(folder, NOTHING)


def deployed(folder: Path) -> Packed:
    """What `zappa deploy` uploads from here, with bytecode if the stage's Python is here.

    Raises NotPacked.
    """
    stage = json.loads((ROOT / "zappa_settings.json").read_text())["prod"]
    return _gathered(folder, stage["runtime"].removeprefix("python"), stage["architecture"])


def compiled_for_arm64(folder: Path) -> Packed:
    """The same with the bytecode of this Python. Raises NotPacked."""
    return _gathered(folder, package.THIS_PYTHON, "arm64")


def _gathered(
    folder: Path,
    python: str,
    architecture: str,
    gather: Callable[[Path, str, str], None] = package.gather,
) -> Packed:
    try:
        gather(folder, python, architecture)
    except ClickException as failure:
        raise NotPacked(failure.message) from None
    return _zipped(folder)


def _hello(folder: Path, source: str) -> Packed:
    (folder / "backend").mkdir(parents=True)
    (folder / "backend" / "lambda_handler.py").write_text(source)
    command = [sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
    _run([*command, "-s", str(folder), str(folder)], folder)
    return _zipped(folder)


def _zipped(folder: Path) -> Packed:
    packed = folder.with_suffix(".zip")
    package.write(folder, packed)
    return Packed(folder, packed.stat().st_size)


def _run(command: list[str], where: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    whole = {**os.environ, "AWS_DEFAULT_REGION": "us-east-1", **environ}
    try:
        return subprocess.run(
            command, cwd=where, env=whole, check=True, capture_output=True, text=True, timeout=300
        )
    except (OSError, subprocess.SubprocessError) as failure:
        raise NotPacked(f"{Path(command[0]).name}: {last_line(failure)}") from None
