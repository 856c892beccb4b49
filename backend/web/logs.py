"""Logs: one JSON object a line, with the request id, and nothing that names a person."""

from __future__ import annotations

import json
import logging
import sys
import time
from datetime import UTC, datetime
from typing import Any, Final

from flask import Flask, Response, current_app, g, has_request_context, request

from backend.web import metrics

logger = logging.getLogger("backend.requests")

STANDARD: Final = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
        }
        if has_request_context():
            line["request_id"] = g.get("request_id")
        line |= {name: value for name, value in vars(record).items() if name not in STANDARD}
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=True, default=str)


def register(app: Flask) -> None:
    """Sends what the backend logs to standard error, and a line for each request."""
    root = logging.getLogger("backend")
    if not root.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(JsonLines())
        root.addHandler(handler)
        root.propagate = False
    # The development server has a line of its own for each request.
    root.setLevel(logging.WARNING if app.config["LOCAL"] else logging.INFO)
    app.before_request(_begin)
    app.after_request(_finish)


def _begin() -> None:
    g.began = time.monotonic()


def _outcome() -> dict[str, str]:
    """Whose session it was, by an id that says nothing by itself, and as what it was refused."""
    authenticated, code = g.get("authenticated"), g.get("refused_as")
    return {
        **({"user": authenticated.user.id} if authenticated else {}),
        **({"code": code} if code else {}),
    }


def _finish(answer: Response) -> Response:
    """The path is logged as its rule: what callers put into it may be anything."""
    rule, endpoint = request.url_rule, request.endpoint
    line: dict[str, Any] = {
        "method": request.method if rule else "-",
        "route": rule.rule if rule else "-",
        "status": answer.status_code,
        **_outcome(),
        metrics.METRIC: round(1000 * (time.monotonic() - g.began), 1),
    }
    if endpoint:
        line |= metrics.embedded(current_app.config["STAGE"], endpoint, answer.status_code)
    logger.info("request", extra=line)
    return answer
