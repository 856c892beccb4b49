"""Static files on loopback, compressed as at CloudFront: from 1000 bytes on, in Brotli or gzip."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from mimetypes import guess_type
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Final

import brotli
from werkzeug.middleware.http_proxy import ProxyMiddleware
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from sitegen import site
from sitegen.serve import PASSED_ON, OwnOrigin

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HOST: Final = "127.0.0.1"
SMALLEST: Final = 1000
# What an edge takes while somebody waits; AWS does not say its own.
QUALITY: Final = 5
GZIP_LEVEL: Final = 6

# The file of a request and the headers that go with it.
Find = Callable[[Request], tuple[bytes, dict[str, str]] | None]


class Quiet(WSGIRequestHandler):
    """Keeps connections, and no log."""

    protocol_version = "HTTP/1.1"

    def log(self, *args: object) -> None:
        pass


class Edge:
    def __init__(self, find: Find) -> None:
        self.find = find

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        found = self.find(request)
        if found is None:
            return Response("Not found.", status=404)(environ, start_response)
        body, headers = found
        coding = request.accept_encodings.best_match(["br", "gzip"])
        if coding and len(body) >= SMALLEST:
            body, headers = compressed(coding, body), {**headers, "Content-Encoding": coding}
        return Response(body, headers=headers)(environ, start_response)


def built(folder: Path) -> Find:
    """The site as `sitegen` built it, uncompressed, which is how it lies in its bucket."""

    def find(request: Request) -> tuple[bytes, dict[str, str]] | None:
        path = site.page_for(request) if request.path == "/" else request.path
        answer = site.load(folder).answer(path)
        return (answer.file.read_bytes(), answer.headers) if answer else None

    return find


def plain(folder: Path) -> Find:
    def find(request: Request) -> tuple[bytes, dict[str, str]] | None:
        file = folder / (request.path.strip("/") or "index.html")
        if file.parent != folder or not file.is_file():
            return None
        headers = {"Content-Type": guess_type(file.name)[0] or "application/octet-stream"}
        return file.read_bytes(), headers

    return find


@contextmanager
def served(find: Find, api: str | None = None) -> Iterator[str]:
    """The address of the files, with `/api/` passed on to an installation where there is one."""
    app: WSGIApplication = Edge(find)
    if api:
        target = {"target": api, "host": api.partition("://")[2]}
        app = OwnOrigin(ProxyMiddleware(app, {path: dict(target) for path in PASSED_ON}), api)
    server = make_server(HOST, 0, app, threaded=True, request_handler=Quiet)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        # By this name, a browser takes it for a secure place.
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@cache
def compressed(coding: str, body: bytes) -> bytes:
    if coding == "br":
        return bytes(brotli.compress(body, quality=QUALITY))
    return gzip.compress(body, GZIP_LEVEL, mtime=0)
