"""Lambda on this machine: AWS's own runtime client and emulator around the unpacked zip."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import create_connection
from typing import Any

from tests.infra.emulated import ROOT
from tests.servers import free_port

RIE = ROOT / ".venv" / "rie"
HANDLER = json.loads((ROOT / "zappa_settings.json").read_text())["prod"]["lambda_handler"]
SECRET = "the secret of the edge"
VIEWER = "203.0.113.9"
# What CloudFront sends on: the API's own name, its secret, and whom it serves.
EDGE = {
    "Host": "abc123.execute-api.eu-west-1.amazonaws.com",
    "X-Forwarded-For": f"{VIEWER}, 130.176.1.1",
    "X-Forwarded-Proto": "https",
    "X-Origin-Secret": SECRET,
    "CloudFront-Viewer-Address": f"{VIEWER}:4711",
    "User-Agent": "an agent of nobody else's",
}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    cookies: list[str]
    body: bytes
    encoded: bool

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Function:
    """The function behind an API of a kind: `rest` or `http`, whose events differ."""

    url: str
    log: Path
    kind: str

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str | None] = {},
        cookies: Sequence[str] = (),
        encode: bool = False,
    ) -> Answer:
        """A header of None is left out; `encode` sends the body as base64."""
        text = body if isinstance(body, str) or body is None else json.dumps(body)
        if text is not None and encode:
            text = base64.b64encode(text.encode()).decode()
        sent = {**EDGE, **({"Content-Type": "application/json"} if body is not None else {})}
        kept = {name: value for name, value in {**sent, **headers}.items() if value is not None}
        make = rest_event if self.kind == "rest" else http_event
        return self.invoke({**make(method, path, kept, cookies), **_body(text, encode)})

    def invoke(self, event: Any) -> Answer:
        made = self._send(event)
        assert "statusCode" in made, made
        return _answer(made)

    def refusal(self, event: Any) -> str:
        """What the function raised."""
        return str(self._send(event)["errorMessage"])

    def order(self, event: Any) -> Any:
        """What the function gives for an event that no API sends."""
        return self._send(event)

    def _send(self, event: Any) -> Any:
        request = urllib.request.Request(self.url, json.dumps(event).encode())
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read())

    def lines(self) -> list[str]:
        """What the function has logged, without the emulator's own lines."""
        own = ("START ", "END ", "REPORT ")
        lines = self.log.read_text().splitlines()
        return [line for line in lines if "(rapid)" not in line and not line.startswith(own)]


@contextmanager
def serve(folder: Path, environ: Mapping[str, str], log: Path, kind: str) -> Iterator[Function]:
    """The function of the unpacked zip, in an environment that has only the runtime's client."""
    machine = "arm64" if os.uname().machine in {"arm64", "aarch64"} else "x86_64"
    [emulator] = RIE.glob(f"lib/*/site-packages/samcli/local/rapid/aws-lambda-rie-{machine}")
    outside, inside = free_port(), free_port()
    command = [str(emulator), "--runtime-interface-emulator-address", f"127.0.0.1:{outside}"]
    command += ["--runtime-api-address", f"127.0.0.1:{inside}"]
    command += [str(RIE / "bin" / "python"), "-m", "awslambdaric", HANDLER]
    whole = {"PATH": os.environ["PATH"], "PYTHONPATH": str(folder), **environ}
    with log.open("wb") as output:
        running = subprocess.Popen(command, env=whole, cwd=folder, stdout=output, stderr=output)
    try:
        _wait_for(outside)
        url = f"http://127.0.0.1:{outside}/2015-03-31/functions/function/invocations"
        yield Function(url, log, kind)
    finally:
        running.terminate()
        running.wait(10)


def http_event(
    method: str, path: str, headers: Mapping[str, str], cookies: Sequence[str]
) -> dict[str, Any]:
    """Payload 2.0: the stage stands in the path, names are lower case, cookies apart."""
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": f"/prod{path}",
        "rawQueryString": "",
        "cookies": list(cookies),
        "headers": {name.lower(): value for name, value in headers.items()},
        "requestContext": {
            "http": {
                "method": method,
                "path": f"/prod{path}",
                "protocol": "HTTP/1.1",
                "sourceIp": "130.176.1.1",
            },
            "stage": "prod",
        },
    }


def rest_event(
    method: str, path: str, headers: Mapping[str, str], cookies: Sequence[str]
) -> dict[str, Any]:
    """Payload 1.0: the path has no stage, and each header stands once and as a list."""
    whole = {**headers, **({"Cookie": "; ".join(cookies)} if cookies else {})}
    return {
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": method,
        "headers": whole,
        "multiValueHeaders": {name: [value] for name, value in whole.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "requestContext": {"stage": "prod", "identity": {"sourceIp": "130.176.1.1"}},
    }


def _body(text: str | None, encoded: bool) -> dict[str, Any]:
    return {"body": text, "isBase64Encoded": encoded}


def _answer(made: Mapping[str, Any]) -> Answer:
    body = made.get("body") or ""
    encoded = bool(made.get("isBase64Encoded"))
    # An HTTP API has cookies apart, a REST API each header as a list.
    many = {name.title(): values for name, values in made.get("multiValueHeaders", {}).items()}
    cookies = made.get("cookies") or many.pop("Set-Cookie", [])
    single = {name.title(): value for name, value in made.get("headers", {}).items()}
    return Answer(
        made["statusCode"],
        single or {name: values[-1] for name, values in many.items()},
        cookies,
        base64.b64decode(body) if encoded else body.encode(),
        encoded,
    )


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(port)
