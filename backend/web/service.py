"""What the service tells of itself: its health, its document, and that document as a page."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from flask import Blueprint, Response, current_app, json, render_template

from backend.web import openapi, problems
from backend.web.answers import answer
from backend.web.operation import Operation, context, operation
from backend.web.schemas import HealthAnswer

TEMPLATES: Final = Path(__file__).parents[2] / "templates"
DOCUMENT_SECONDS: Final = 300
PAGE_POLICY: Final = (
    "default-src 'none'; style-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

blueprint = Blueprint(
    "service", __name__, url_prefix="/api/v1", template_folder=str(TEMPLATES / "api")
)


@blueprint.get("/health")
@operation(Operation("Whether the service can answer", 200, HealthAnswer))
def health() -> Response:
    if not context().database.answers():
        retry = problems.UNAVAILABLE_RETRY_SECONDS
        raise problems.ServiceUnavailable(retry_after=retry)
    return answer(200, {"status": "ok"})


@blueprint.get("/openapi.json")
def openapi_document() -> Response:
    found = Response(json.dumps(_document()), content_type="application/json")
    found.cache_control.public = True
    found.cache_control.max_age = DOCUMENT_SECONDS
    return found


@blueprint.get("/docs")
def docs() -> Response:
    page = render_template("docs.html.j2", document=_document(), codes=list(problems.listed()))
    found = Response(page)
    found.headers["Content-Security-Policy"] = PAGE_POLICY
    return found


@blueprint.get("/docs.css")
def docs_style() -> Response:
    style = (TEMPLATES / "api" / "docs.css").read_text(encoding="utf-8")
    return Response(style, content_type="text/css; charset=utf-8")


def _document() -> dict[str, Any]:
    """Made at the first call, since few need it."""
    extensions = current_app.extensions
    if "openapi" not in extensions:
        extensions["openapi"] = openapi.document(current_app)
    document: dict[str, Any] = extensions["openapi"]
    return document
