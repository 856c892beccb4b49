"""AWS on this machine, and the project as an operator has it: in a folder, edited freely."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3

from tests.servers import free_port, wait_for

ROOT = Path(__file__).resolve().parents[2]
REGION, EDGE = "eu-west-1", "us-east-1"
ZAPPA = Path(sys.executable).with_name("zappa")
PARTS = ("backend", "docs/units.md", "infra", "sitegen", "templates", "zappa_settings.json")
# What the emulator lacks: budgets in CloudFormation, and the DKIM tokens of an identity.
LACKING = (
    (r"monthly_budget_usd = \d+", "monthly_budget_usd = 0"),
    (r"# mail_identity = false", "mail_identity = false"),
)


@contextmanager
def ministack(folder: Path) -> Iterator[str]:
    """The emulator's address; empty at the start, gone at the end."""
    program = os.environ.get("MINISTACK", str(ROOT / ".venv/emulators/bin/ministack"))
    port = free_port()
    environ = {**os.environ, "GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1"}
    with (folder / "ministack.log").open("wb") as log:
        running = subprocess.Popen([program], env=environ, cwd=folder, stdout=log, stderr=log)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(f"{url}/_ministack/health")
        yield url
    finally:
        running.terminate()
        running.wait(10)


@dataclass(frozen=True)
class Run:
    status: int
    out: str
    err: str

    @property
    def sentence(self) -> str:
        """What was said in refusing; a traceback or silence is no sentence."""
        lines = self.err.strip().splitlines()
        assert self.status != 0, self.out
        assert len(lines) == 1, self.err
        return lines[0]


@dataclass(frozen=True)
class Operator:
    """Somebody with a copy of the project and credentials for one account."""

    folder: Path
    url: str
    account: str

    @property
    def environ(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "NO_PROXY": "127.0.0.1",
            # The emulator takes twelve digits for the number of an account.
            "AWS_ACCESS_KEY_ID": self.account,
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_ENDPOINT_URL": self.url,
            # The home is new, but what pip has fetched before, and from where, is the machine's.
            "PIP_CACHE_DIR": str(Path.home() / ".cache" / "pip"),
            **{name: value for name, value in os.environ.items() if name.startswith("PIP_")},
        }

    def edit(self, *changes: tuple[str, str], file: str = "infra/stages.toml") -> None:
        path = self.folder / file
        text = path.read_text()
        for pattern, replacement in changes:
            text, found = re.subn(pattern, replacement, text, count=1, flags=re.MULTILINE)
            assert found, pattern
        path.write_text(text)

    def begin(
        self, program: str, *arguments: str, merged: bool = False, **environ: str
    ) -> subprocess.Popen[str]:
        """Starts `infra`, `sitegen` or `zappa`; `merged`, what goes wrong is told with the rest."""
        module = [sys.executable, "-m", program]
        command = [str(ZAPPA)] if program == "zappa" else module
        return subprocess.Popen(
            [*command, *arguments],
            cwd=self.folder,
            env=self.environ | environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if merged else subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, program: str, *arguments: str, **environ: str) -> Run:
        running = self.begin(program, *arguments, **environ)
        out, err = running.communicate(timeout=300)
        return Run(running.returncode, out, err)

    def infra(self, *arguments: str, **environ: str) -> Run:
        return self.run("infra", *arguments, **environ)

    def does(self, line: str) -> str:
        """What a command line says; it must succeed."""
        run = self.run(*line.split())
        assert run.status == 0, run.out + run.err
        return run.out

    def client(self, service: str, region: str = REGION) -> Any:
        return _session().client(
            service,
            region_name=region,
            endpoint_url=self.url,
            aws_access_key_id=self.account,
            aws_secret_access_key="test",
        )

    def make_zone(self) -> None:
        self.client("route53").create_hosted_zone(Name="example.com", CallerReference="1")

    def stack(self, name: str, region: str = REGION) -> str | None:
        """The status of a stack, or None."""
        for page in self.client("cloudformation", region).get_paginator("list_stacks").paginate():
            for one in page["StackSummaries"]:
                if one["StackName"] == name and one["StackStatus"] != "DELETE_COMPLETE":
                    return str(one["StackStatus"])
        return None

    def tables(self) -> list[str]:
        return list(self.client("dynamodb").list_tables()["TableNames"])


@cache
def _session() -> boto3.Session:
    """One for all operators: it has read what each service can do."""
    return boto3.Session()


def copy_project(folder: Path) -> None:
    for part in PARTS:
        source, target = ROOT / part, folder / part
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            target.parent.mkdir(exist_ok=True)
            shutil.copy(source, target)
