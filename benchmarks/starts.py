"""How long the function takes to start, beside the least that a start can be.

Each start is a new process that imports the handler as Lambda's runtime does; what is compared is
its CPU, which other work on the machine bends least. Ours is measured as it is packed for Lambda.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra import package

STARTS: Final = 10
BYTECODE: Final = [
    sys.executable,
    "-m",
    "compileall",
    "-q",
    "--invalidation-mode",
    "unchecked-hash",
]
TIMED: Final = """
import resource, sys, time
sys.path.insert(0, sys.argv[1])
began, cpu = time.perf_counter(), time.process_time()
__import__(sys.argv[2])
print(time.perf_counter() - began, time.process_time() - cpu,
      resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
FLASK_AND_SDK: Final = """
import boto3
from flask import Flask

app = Flask(__name__)
client = boto3.client("dynamodb", region_name="eu-west-1")


@app.get("/")
def hello():
    return {"hello": "world"}


def handler(event, context):
    with app.test_client() as caller:
        return {"statusCode": 200, "body": caller.get("/").get_data(as_text=True)}
"""
BARE: Final = """
def handler(event, context):
    return {"statusCode": 200, "body": "hello"}
"""
# All that production needs, so that a start asks nobody.
ENVIRON: Final = {
    "PATH": os.environ["PATH"],
    "STAGE": "prod",
    "SITE_URL": "https://accounts.example.com",
    "MAIL_FROM": "accounts@example.com",
    "SIGNING_KEY": "5" * 64,
    "LOOKUP_KEY": "1" * 64,
    "ORIGIN_SECRET": "only CloudFront knows",
    "AWS_ACCESS_KEY_ID": "nobody",
    "AWS_SECRET_ACCESS_KEY": "nothing",
    "AWS_DEFAULT_REGION": "eu-west-1",
}


@dataclass(frozen=True)
class Start:
    """Medians: seconds by the clock and of CPU, bytes of memory; and the bytes of the zip."""

    name: str
    seconds: float
    cpu: float
    memory: float
    packed: int


def measure(note: Callable[[str], None]) -> list[Start]:
    """Ours, Flask with the SDK's client, and a handler that does nothing, in turn."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        note("packing")
        made = {
            "Latchstring": (_ours(folder / "ours"), "backend.lambda_handler"),
            "Flask and boto3": (_hello(folder / "flask", FLASK_AND_SDK, "flask", "boto3"), "main"),
            "a bare handler": (_hello(folder / "bare", BARE), "main"),
        }
        taken: dict[str, list[list[float]]] = {name: [] for name in made}
        for turn in range(STARTS + 1):
            note(f"start {turn} of {STARTS}")
            for name, (where, module) in made.items():
                taken[name].append(_start(where, module))
        sizes = {name: _packed(where, folder) for name, (where, _) in made.items()}
    return [
        Start(
            name,
            *(statistics.median(column) for column in zip(*runs[1:], strict=True)),
            sizes[name],
        )
        for name, runs in taken.items()
    ]


def _ours(folder: Path) -> Path:
    package.gather(folder, package.THIS_PYTHON, package._architecture())  # noqa: SLF001
    return folder


def _hello(folder: Path, source: str, *packages: str) -> Path:
    folder.mkdir()
    if packages:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-compile"]
        subprocess.run([*pip, "--target", str(folder), *packages], check=True)
    (folder / "main.py").write_text(source)
    subprocess.run([*BYTECODE, "-s", str(folder), str(folder)], check=True)
    return folder


def _start(where: Path, module: str) -> list[float]:
    command = [sys.executable, "-I", "-S", "-c", TIMED, str(where), module]
    told = subprocess.run(command, env=ENVIRON, capture_output=True, text=True, check=True)
    seconds, cpu, kilobytes = told.stdout.split()
    return [float(seconds), float(cpu), 1024 * float(kilobytes)]


def _packed(where: Path, folder: Path) -> int:
    packed = folder / f"{where.name}.zip"
    package.write(where, packed)
    return packed.stat().st_size


if __name__ == "__main__":
    for start in measure(lambda text: print(text, file=sys.stderr)):
        print(start)
