"""A built site as a server sees it: what to answer for a path. Knows only the manifest."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from werkzeug.http import parse_accept_header
from werkzeug.wrappers import Request, Response

from backend import languages
from sitegen import files, manifest
from sitegen.manifest import Encoding, Entry

CODINGS = ("br", "gzip")
COOKIE = "language"
# Where password managers ask for the way to a new password (W3C), and where that is.
WELL_KNOWN = "/.well-known/change-password"
SECURITY_VIEW = "/#security"


@dataclass(frozen=True)
class Answer:
    file: Path
    etag: str
    headers: dict[str, str]


@dataclass(frozen=True)
class Site:
    folder: Path
    headers: dict[str, str]
    entries: dict[str, Entry]

    def answer(self, path: str, accept_encoding: str = "") -> Answer | None:
        """None for a path that the site does not have; no path reaches beyond the manifest."""
        entry = self.entries.get(path.removeprefix("/"))
        if entry is None:
            return None
        coding = _best_coding(entry, accept_encoding)
        sent: Encoding | Entry = entry["encodings"][coding] if coding else entry
        headers = {
            **self.headers,
            "Content-Type": entry["content_type"],
            "Cache-Control": entry["cache_control"],
            "Vary": "Accept-Encoding, Accept-Language, Cookie",
        }
        if coding:
            headers["Content-Encoding"] = coding
        return Answer(self.folder / sent["path"], sent["sha256"], headers)


def respond(folder: Path, request: Request) -> Response:
    """The site in the folder, as a server on this machine answers with it."""
    if request.method not in {"GET", "HEAD"}:
        return Response(status=405, headers={"Allow": "GET, HEAD"})
    if request.path == WELL_KNOWN:
        moved = {"Location": SECURITY_VIEW, "Cache-Control": "no-store"}
        return Response(status=302, headers=moved)
    path = page_for(request) if request.path == "/" else request.path
    answer = load(folder).answer(path, request.headers.get("Accept-Encoding", ""))
    if answer is None:
        return Response("Not found.", status=404)
    response = Response(answer.file.read_bytes(), headers=answer.headers)
    response.set_etag(answer.etag)
    response.make_conditional(request)
    # The server sets its own.
    del response.headers["Date"]
    return response


def page_for(request: Request) -> str:
    """The page in the language of the cookie, else of Accept-Language, as at the edge."""
    asked = [tag for tag, quality in request.accept_languages if quality]
    language = languages.choose([request.cookies.get(COOKIE), *asked], "")
    return files.page_in(language) if language else files.PAGE


def load(folder: Path) -> Site:
    contents = manifest.read((folder / manifest.NAME).read_bytes())
    entries = {entry["path"]: entry for entry in contents["files"]}
    return Site(folder, contents["headers"], entries)


def _best_coding(entry: Entry, accept_encoding: str) -> str | None:
    accepted = parse_accept_header(accept_encoding)
    usable = (c for c in CODINGS if c in entry["encodings"] and accepted.quality(c) > 0)
    return next(usable, None)
