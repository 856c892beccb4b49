"""The local mailbox as a page and as JSON, newest mail first."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from flask import Blueprint, Response, json, render_template, request

from backend.mail.mailbox import Mailbox

TEMPLATES: Final = Path(__file__).parents[2] / "templates" / "dev"
PAGE_POLICY: Final = (
    "default-src 'none'; style-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
CODE: Final = re.compile(r"\b\d{6}\b")


def blueprint(folder: Path) -> Blueprint:
    dev = Blueprint("dev", __name__, url_prefix="/dev", template_folder=str(TEMPLATES))
    box = Mailbox(folder)

    @dev.get("/mailbox")
    def mailbox() -> Response:
        mails = box.mails()
        wanted = request.accept_mimetypes.best_match(["text/html", "application/json"])
        if wanted == "application/json":
            return Response(json.dumps({"items": mails}), content_type="application/json")
        for mail in mails:
            code = CODE.search(mail["subject"])
            mail["code"] = code and code[0]
        found = Response(render_template("mailbox.html.j2", mails=mails))
        found.headers["Content-Security-Policy"] = PAGE_POLICY
        return found

    @dev.get("/mailbox.css")
    def style() -> Response:
        text = (TEMPLATES / "mailbox.css").read_text(encoding="utf-8")
        return Response(text, content_type="text/css; charset=utf-8")

    return dev
