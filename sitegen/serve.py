"""The site on a developer's machine: rebuilt when a template changes, with the API behind it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from watchfiles import watch
from werkzeug.middleware.http_proxy import ProxyMiddleware
from werkzeug.serving import make_server
from werkzeug.wrappers import Request

from backend.settings import Settings
from sitegen import site
from sitegen.build import build
from sitegen.errors import BuildError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HOST = "127.0.0.1"
PASSED_ON = ("/api/", "/.well-known/", "/dev/")


@dataclass(frozen=True)
class Workshop:
    settings: Settings
    output: Path
    templates: Path

    def rebuild(self) -> None:
        """A failed build is told, and the last good one stays."""
        try:
            build(self.settings, self.output, self.templates)
        except BuildError as error:
            sys.stderr.write(f"{error}\n")
        else:
            sys.stdout.write("Rebuilt.\n")
            sys.stdout.flush()

    def keep_built(self) -> None:
        logo = self.settings.brand_logo
        for _ in watch(self.templates, *([logo] if logo else []), debounce=200):
            self.rebuild()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return site.respond(self.output, Request(environ))(environ, start_response)


@dataclass(frozen=True)
class OwnOrigin:
    """The API refuses other origins; a call from the page served here counts as one of its own."""

    app: WSGIApplication
    api: str

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("HTTP_ORIGIN") == f"http://{environ.get('HTTP_HOST')}":
            environ["HTTP_ORIGIN"] = self.api
        return self.app(environ, start_response)


def serve(settings: Settings, output: Path, templates: Path, *, port: int, api: str) -> None:
    workshop = Workshop(settings, output, templates)
    # Before the first build, so that no change falls between the two.
    Thread(target=workshop.keep_built, daemon=True).start()
    build(settings, output, templates)
    target = {"target": api, "host": api.partition("://")[2]}
    proxy = ProxyMiddleware(workshop, {path: dict(target) for path in PASSED_ON})
    server = make_server(HOST, port, OwnOrigin(proxy, api), threaded=True)
    sys.stdout.write(f"http://{HOST}:{server.server_port}/ with the API of {api}\n")
    sys.stdout.flush()
    server.serve_forever()
