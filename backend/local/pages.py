"""The built page, served as CloudFront would: with the headers that its manifest says."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from sitegen import site


def blueprint(folder: Path) -> Blueprint:
    pages = Blueprint("pages", __name__)

    @pages.get("/")
    @pages.get("/<path:path>")
    def page(path: str = "") -> Response:
        answer = site.load(folder).answer(path, request.headers.get("Accept-Encoding", ""))
        if answer is None:
            raise NotFound
        found = Response(answer.file.read_bytes(), headers=answer.headers)
        found.set_etag(answer.etag)
        found.make_conditional(request)
        return found

    return pages
