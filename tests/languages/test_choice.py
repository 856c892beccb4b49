"""The page's language: that of the cookie, else of Accept-Language, at the edge as on a server."""

from __future__ import annotations

import json
import shutil
import subprocess
from fnmatch import fnmatch
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from backend.languages import LANGUAGES
from infra.stacks import paths
from infra.stacks.buckets import SERVED
from infra.stages import load
from sitegen import files, site
from tests.languages.choices import CHOICES

NODE = shutil.which("node")


def page(language: str | None) -> str:
    return f"/index.{language}.html" if language else "/"


@pytest.mark.skipif(NODE is None, reason="Node is not installed")
def test_the_edge_chooses() -> None:
    events = [event(accepted, cookie) for accepted, cookie, _ in CHOICES]
    asked = f"{json.dumps(events)}.map((event) => handler(event).uri)"
    script = f"{paths.source(load('prod'))}; console.log(JSON.stringify({asked}))"
    done = subprocess.run([str(NODE), "-e", script], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [page(language) for _, _, language in CHOICES]


def event(accepted: str, cookie: str | None) -> dict[str, Any]:
    headers = {"host": {"value": "accounts.example.com"}}
    if accepted:
        headers["accept-language"] = {"value": accepted}
    cookies = {} if cookie is None else {"__Host-language": {"value": cookie}}
    return {"request": {"uri": "/", "headers": headers, "cookies": cookies}}


@pytest.mark.parametrize("tag", LANGUAGES)
def test_the_edge_may_read_from_the_bucket_what_it_chooses(tag: str) -> None:
    assert any(fnmatch(files.page_in(tag), served) for served in SERVED)


@pytest.mark.parametrize(("accepted", "cookie", "language"), CHOICES)
def test_a_server_on_this_machine_chooses_the_same(
    accepted: str, cookie: str | None, language: str | None
) -> None:
    headers = {"Accept-Language": accepted} if accepted else {}
    if cookie is not None:
        headers["Cookie"] = f"language={cookie}"
    request = Request(EnvironBuilder(path="/", headers=headers).get_environ())
    assert site.page_for(request) == (f"index.{language}.html" if language else "index.html")
