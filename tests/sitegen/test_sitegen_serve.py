"""`python -m sitegen serve`: the site on a developer's machine, in a process of its own."""

from __future__ import annotations

import http.client
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests import servers
from tests.sitegen.built_site import ROOT

DEADLINE = 10


@dataclass(frozen=True)
class Served:
    process: subprocess.Popen[str]
    port: int

    def ask(
        self, path: str, method: str = "GET", body: str | None = None, **headers: str
    ) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body=body, headers=named)
        response = connection.getresponse()
        response.text = response.read()  # type: ignore[attr-defined]
        connection.close()
        return response


def echo(call: servers.Handler) -> None:
    """Answers with what it was asked."""
    body = call.rfile.read(int(call.headers["Content-Length"]))
    told = f"{call.path} {call.headers['Origin']} {body.decode()}".encode()
    call.send_response(202)
    call.send_header("Content-Length", str(len(told)))
    call.end_headers()
    call.wfile.write(told)


@pytest.fixture(scope="module")
def api() -> Iterator[str]:
    with servers.serving(echo) as url:
        yield url


@contextmanager
def serving(output: Path, templates: Path, api: str) -> Iterator[Served]:
    command = [sys.executable, "-m", "sitegen", "serve", "--port", "0", "--api", api]
    command += ["--output", str(output), "--templates", str(templates)]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            address = process.stdout.readline().split()[0]
            yield Served(process, int(address.rstrip("/").rpartition(":")[2]))
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, api: str) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served") / "site", ROOT / "templates", api) as server:
        yield server


def eventually(check: Callable[[], bool]) -> None:
    end = time.monotonic() + DEADLINE
    while not check():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def test_the_page_comes_with_its_headers(served: Served) -> None:
    page = served.ask("/")
    assert page.status == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "public, max-age=0, s-maxage=60, must-revalidate"
    assert page.headers["Vary"] == "Accept-Encoding, Accept-Language, Cookie"


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, br", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("identity", None),
        ("", None),
    ],
)
def test_the_best_coding_that_is_accepted_is_sent(
    accepted: str, coding: str | None, served: Served
) -> None:
    assert served.ask("/", Accept_Encoding=accepted).headers["Content-Encoding"] == coding


def test_what_is_known_already_is_not_sent_again(served: Served) -> None:
    known = served.ask("/", Accept_Encoding="br").headers["ETag"]
    assert served.ask("/", Accept_Encoding="br", If_None_Match=known).status == 304
    assert served.ask("/", Accept_Encoding="gzip", If_None_Match=known).status == 200


@pytest.mark.parametrize("path", ["/none", "/manifest.json", "/../pyproject.toml", "/assets/"])
def test_only_what_the_manifest_names_is_there(path: str, served: Served) -> None:
    assert served.ask(path).status == 404


def test_a_call_of_the_page_is_passed_on_as_one_of_the_api_s_own(served: Served, api: str) -> None:
    origin = f"http://127.0.0.1:{served.port}"
    answer = served.ask("/api/v1/users", "POST", "{}", Origin=origin)
    assert (answer.status, answer.text.decode()) == (202, f"/api/v1/users {api} {{}}")


def test_a_call_from_elsewhere_is_passed_on_as_such(served: Served) -> None:
    answer = served.ask("/api/v1/users", "POST", "{}", Origin="https://evil.example")
    assert answer.text.decode() == "/api/v1/users https://evil.example {}"


def test_brand_language_terms_and_logo_show_as_they_will(
    templates: Path, tmp_path: Path, api: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    logo = tmp_path / "logo.svg"
    logo.write_text('<svg xmlns="http://www.w3.org/2000/svg"><title>old</title></svg>')
    brand = {
        "BRAND_NAME": "Fish & Chips",
        "BRAND_LOGO": str(logo),
        "BRAND_COLOUR": "#aa3300",
        "DEFAULT_LANGUAGE": "fr",
        "TERMS_URL": "https://example.com/terms",
        "PRIVACY_URL": "https://example.com/privacy",
    }
    for name, value in brand.items():
        monkeypatch.setenv(name, value)
    with serving(tmp_path / "site", templates, api) as server:
        page = server.ask("/").text.decode()
        assert '<html lang="fr"' in page
        assert "<title>Fish & Chips</title>" in page
        assert page.count("https://example.com/terms") == 2
        assert page.count("https://example.com/privacy") == 2
        assert '<html lang="de"' in server.ask("/", Cookie="language=de").text.decode()

        def shown() -> bytes:
            address = re.search('src="(data:image/[^"]+)', server.ask("/").text.decode())[1]
            return urlopen(address).read()

        assert b"old" in shown()
        logo.write_text('<svg xmlns="http://www.w3.org/2000/svg"><title>new</title></svg>')
        eventually(lambda: b"new" in shown())


def test_a_change_is_built_and_a_broken_one_leaves_the_last_good_site(
    templates: Path, tmp_path: Path, api: str
) -> None:
    page = templates / "page" / "index.html.j2"
    good = page.read_text()
    with serving(tmp_path / "site", templates, api) as server:
        page.write_text(good.replace("<footer>", "<footer>Changed "))
        eventually(lambda: b"Changed" in server.ask("/").text)

        page.write_text(good + "{{ no_such_name }}")
        while "no_such_name" not in (line := server.process.stderr.readline()):
            assert line, "it ended"
        assert "page/index.html.j2, line" in line
        assert b"Changed" in server.ask("/").text
