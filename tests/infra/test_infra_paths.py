"""The function at the edge, run by Node as CloudFront runs it."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import pytest

from infra.stacks import paths
from infra.stages import load
from sitegen import site

NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="Node is not installed")


def asked(uri: str, host: str = "accounts.example.com") -> dict[str, Any]:
    event = {"request": {"uri": uri, "headers": {"host": {"value": host}}}}
    script = (
        f"{paths.source(load('prod'))}; console.log(JSON.stringify(handler({json.dumps(event)})))"
    )
    done = subprocess.run([str(NODE), "-e", script], capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.mark.parametrize(
    "uri", ["/", "/assets/page.0123.css", "/client.js", "/api/v1/health", "/.well-known/jwks.json"]
)
def test_what_there_is_passes(uri: str) -> None:
    assert asked(uri)["uri"] == uri


@pytest.mark.parametrize("uri", ["/admin", "/versions/1/index.html", "/manifest.json", "/apis"])
def test_anything_else_is_not_found_without_asking_the_bucket(uri: str) -> None:
    assert asked(uri)["statusCode"] == 404


def test_password_managers_find_the_way_to_a_new_password() -> None:
    answer = asked("/.well-known/change-password")

    assert answer["statusCode"] == 302
    assert answer["headers"]["location"]["value"] == site.SECURITY_VIEW
    assert answer["headers"]["cache-control"]["value"] == "no-store"


def test_www_leads_to_the_domain() -> None:
    answer = asked("/assets/a.css", host="www.accounts.example.com")

    assert answer["statusCode"] == 301
    assert answer["headers"]["location"]["value"] == "https://accounts.example.com/assets/a.css"


@pytest.mark.parametrize(
    ("uri", "host"),
    [
        ("/admin", "accounts.example.com"),
        ("/.well-known/change-password", "accounts.example.com"),
        ("/", "www.accounts.example.com"),
    ],
)
def test_its_own_answers_are_framed_by_nobody_and_over_tls_only(uri: str, host: str) -> None:
    sent = {name: one["value"] for name, one in asked(uri, host)["headers"].items()}

    assert sent["content-security-policy"] == (
        "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
    )
    assert sent["strict-transport-security"] == "max-age=31536000; includeSubDomains"
    assert sent["x-content-type-options"] == "nosniff"
