"""What every request passes before any work, and what every answer carries."""

from __future__ import annotations

import hmac
import re
import uuid
from typing import Final
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request

from backend.storage import deadline
from backend.web.problems import CrossOriginRefused, DirectCallRefused

SAFE_METHODS: Final = {"GET", "HEAD", "OPTIONS"}
OWN_SITE: Final = {"same-origin", "none"}
LOOPBACK: Final = {"127.0.0.1", "::1", "localhost"}
# An answer that is no page can load nothing and be framed by nobody.
NO_CONTENT: Final = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
EXPOSED_HEADERS: Final = ["ETag", "Location", "Retry-After", "X-Request-Id"]


def register(app: Flask) -> None:
    app.before_request(_begin)
    app.before_request(_refuse_direct_calls)
    app.before_request(_refuse_cross_site)
    app.after_request(_finish)
    app.teardown_request(lambda _error: deadline.end())
    origins = app.config["ALLOWED_ORIGINS"]
    if origins:
        # Not imported where no other site may call.
        from flask_cors import CORS  # noqa: PLC0415

        # Whole patterns: flask-cors would read an IPv6 address as a pattern of its own.
        exact = [re.compile(rf"{re.escape(origin)}\Z") for origin in origins]
        CORS(
            app,
            origins=exact,
            supports_credentials=True,
            expose_headers=EXPOSED_HEADERS,
            allow_headers=["Content-Type", "If-Match", "Idempotency-Key"],
            methods=["GET", "POST", "PATCH", "PUT", "DELETE"],
            max_age=600,
        )


def _begin() -> None:
    g.request_id = str(uuid.uuid4())
    deadline.begin()


def _refuse_direct_calls() -> None:
    """Whoever goes around CloudFront could choose the address that the limits count by."""
    secrets = current_app.config["ORIGIN_SECRETS"]
    given = request.headers.get("X-Origin-Secret", "").encode()
    if secrets and not any(hmac.compare_digest(given, one.encode()) for one in secrets):
        raise DirectCallRefused


def _refuse_cross_site() -> None:
    if request.method in SAFE_METHODS:
        return
    origin = request.headers.get("Origin")
    if origin in current_app.config["ALLOWED_ORIGINS"]:
        return
    if origin is not None and not _own_origin(origin):
        raise CrossOriginRefused
    if request.headers.get("Sec-Fetch-Site", "none") not in OWN_SITE:
        raise CrossOriginRefused


def _own_origin(origin: str) -> bool:
    if origin == current_app.config["SITE_URL"]:
        return True
    # A developer may open the page under any name of loopback; no other host can have those.
    local: bool = current_app.config["LOCAL"]
    return (
        local and origin == request.host_url.rstrip("/") and urlsplit(origin).hostname in LOOPBACK
    )


def _finish(answer: Response) -> Response:
    if current_app.config["ALLOWED_ORIGINS"]:
        answer.vary.add("Origin")
    answer.headers["X-Request-Id"] = g.request_id
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers.setdefault("Cache-Control", "no-store")
    answer.headers.setdefault("Content-Security-Policy", NO_CONTENT)
    return answer
