"""The built page, served as CloudFront would: with the headers that its manifest says."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from sitegen import site
from sitegen.build import CLIENT


def blueprint(folder: Path) -> Blueprint:
    pages = Blueprint("pages", __name__)

    @pages.get("/")
    @pages.get("/assets/<path:path>")
    @pages.get(f"/{CLIENT}")
    @pages.get(site.WELL_KNOWN)
    def page(path: str = "") -> Response:  # noqa: ARG001 - the request has it
        answer = site.respond(folder, request)
        if answer.status_code == NotFound.code:
            raise NotFound
        return answer

    return pages
