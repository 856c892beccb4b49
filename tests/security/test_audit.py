"""`make audit`: what is known of the locked components, or that nobody could be asked."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.audit import HOLES, NO_HOLES, NOT_ASKED, PIP_AUDIT, ROOT
from tests.locked import lock_files, locked
from tests.servers import free_port

SHIPPED = ROOT / "backend/requirements.txt"
installed = pytest.mark.skipif(
    not PIP_AUDIT.exists(), reason=f"{PIP_AUDIT} is missing: `make test` and `make audit` have it"
)


class Service:
    """Answers as OSV does; `holes` by component and version."""

    def __init__(self) -> None:
        self.holes: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self.asked: set[tuple[str, str]] = set()

    def answer(self, query: dict[str, Any]) -> dict[str, Any]:
        component = query["package"]["name"], query["version"]
        self.asked.add(component)
        found = self.holes.get(component)
        return {"vulns": found} if found else {}


@pytest.fixture
def service() -> Iterator[tuple[Service, str]]:
    """With its address."""
    service = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            said = json.dumps(service.answer(query)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield service, f"http://127.0.0.1:{server.server_port}/v1/query"
    server.shutdown()
    thread.join()
    server.server_close()


def audit(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.audit", *arguments]
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
    )


def osv(address: str) -> tuple[str, ...]:
    return "--vulnerability-service", "osv", "--osv-url", address


@installed
def test_every_component_of_every_lock_file_is_asked_for(service: tuple[Service, str]) -> None:
    asked, address = service
    run = audit(*osv(address))
    assert run.returncode == NO_HOLES, run.stdout + run.stderr
    every = {(one.name, one.version) for path in lock_files() for one in locked(path)}
    assert asked.asked == every
    assert f"backend/requirements.txt: {len(locked(SHIPPED))} components, known holes: 0\n" in (
        run.stdout
    )


@installed
def test_a_known_hole_is_named_with_its_file_and_its_fix(service: tuple[Service, str]) -> None:
    knowing, address = service
    [component] = [one for one in locked(SHIPPED) if one.name == "flask"]
    events = [{"introduced": "0"}, {"fixed": "99.1"}]
    where = {"package": {"name": "flask", "ecosystem": "PyPI"}}
    affected = [{**where, "ranges": [{"type": "ECOSYSTEM", "events": events}]}]
    knowing.holes["flask", component.version] = [{"id": "PYSEC-2099-1", "affected": affected}]
    run = audit(*osv(address))
    assert run.returncode == HOLES
    for name in ("backend", "backend/local", "infra", "tests"):
        assert re.search(rf"^{name}/requirements\.txt: .*, known holes: 1$", run.stdout, re.M)
    assert f"  flask {component.version}: PYSEC-2099-1, fixed in 99.1\n" in run.stdout


@installed
def test_a_service_that_cannot_be_reached_is_said_and_nothing_is_passed() -> None:
    run = audit(*osv(f"http://127.0.0.1:{free_port()}/v1/query"))
    assert run.returncode == NOT_ASKED
    assert "is NOT known: " in run.stdout
    assert "Traceback" not in run.stdout + run.stderr


@pytest.mark.parametrize(
    "dependencies",
    ["[{'name': name, 'skip_reason': 'Dependency not found'} for name in names]", "[]"],
    ids=["unknown to the service", "left out"],
)
def test_what_pip_audit_passes_without_having_asked_is_not_passed(
    dependencies: str, tmp_path: Path
) -> None:
    """It ends with 0 and says that there are no known vulnerabilities, as the stand-in does."""
    stand_in = tmp_path / "pip-audit"
    stand_in.write_text(
        f"#!{sys.executable}\n"
        "import json, sys\n"
        "names = [line.partition('==')[0] for line in open(sys.argv[-1])]\n"
        f"print(json.dumps({{'dependencies': {dependencies}}}))\n"
        "print('No known vulnerabilities found', file=sys.stderr)\n"
    )
    stand_in.chmod(0o755)
    run = audit(AUDIT=str(tmp_path))
    assert run.returncode == NOT_ASKED
    assert "is NOT known: the service does not know " in run.stdout
