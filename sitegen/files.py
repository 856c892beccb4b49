"""A file of the site: minified, typed, named by its content, compressed."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from hashlib import sha256
from pathlib import PurePosixPath
from urllib.parse import quote

import brotli
import minify

from sitegen.errors import BuildError

CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
FOREVER = "public, max-age=31536000, immutable"
# The edge may keep a page for a minute. A browser asks each time: its language may have changed.
BRIEFLY = "public, max-age=0, s-maxage=60, must-revalidate"
HASH_DIGITS = 12

# Selectors of our scripts and styles ask for attributes that say the default.
KEPT = ("document-tags", "end-tags", "quotes", "default-attr-vals")
minify.config({f"html-keep-{what}": True for what in KEPT})


PAGE = "index.html"


@dataclass(frozen=True)
class File:
    path: str
    body: bytes
    content_type: str
    cache_control: str

    @property
    def name(self) -> str:
        return PurePosixPath(self.path).name


@dataclass(frozen=True)
class Variant:
    """The same file in a content coding of HTTP."""

    coding: str
    path: str
    body: bytes


def page_in(language: str) -> str:
    """The name of the page in a language; `index.html` is for whoever reads none of them."""
    return f"index.{language}.html"


def page(name: str, text: str) -> File:
    return File(name, _minified(name, text), _content_type(name), BRIEFLY)


def source(name: str, text: str) -> File:
    """A file for others to read and to use, as it was written."""
    return File(name, text.encode(), _content_type(name), BRIEFLY)


def asset(name: str, text: str) -> File:
    """A file whose name changes with its content, so that it may be cached for ever."""
    body = _minified(name, text)
    stem, suffix = PurePosixPath(name).stem, PurePosixPath(name).suffix
    path = f"assets/{stem}.{digest(body)[:HASH_DIGITS]}{suffix}"
    return File(path, body, _content_type(name), FOREVER)


def data_url(file: File) -> str:
    """The file as an address that holds it."""
    written = quote(file.body, safe="/:;,=() ")
    return f"data:{file.content_type},{written}"


def variants(file: File) -> list[Variant]:
    """The codings that make the file smaller, best first."""
    candidates = [
        Variant("br", f"{file.path}.br", brotli.compress(file.body, quality=11)),
        # The time of the build would change the bytes.
        Variant("gzip", f"{file.path}.gz", gzip.compress(file.body, 9, mtime=0)),
    ]
    return [variant for variant in candidates if len(variant.body) < len(file.body)]


def digest(body: bytes) -> str:
    return sha256(body).hexdigest()


def _minified(name: str, text: str) -> bytes:
    media_type = _content_type(name).partition(";")[0]
    try:
        return str(minify.string(media_type, text)).encode()
    except minify.MinifyError as error:
        raise BuildError(f"{name}: {error}") from error


def _content_type(name: str) -> str:
    return CONTENT_TYPES[PurePosixPath(name).suffix]
