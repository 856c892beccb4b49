"""The OpenAPI 3.1 document, made from the operations and their schemas."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

from flask import Flask
from pydantic import TypeAdapter
from werkzeug.routing import Rule

from backend.accounts.errors import (
    MEMBER_DETAILS,
    Invalid,
    NotAuthenticated,
    RateLimited,
    Refusal,
    SecondFactorRequired,
    StepUpRequired,
)
from backend.web import paging, problems
from backend.web.operation import Operation
from backend.web.schemas import Problem

REFERENCE: Final = "#/components/schemas/{model}"
ANY_CALL: Final = (problems.InternalError, problems.ServiceUnavailable)
ANY_BODY: Final = (
    problems.MalformedJson,
    problems.BodyTooLarge,
    problems.UnsupportedMediaType,
    Invalid,
)
HEADERS: Final = {
    "Content-Disposition": "Has a browser save the answer as a file.",
    "Content-Language": "The language of title and details: one's account's, else the one asked "
    "for by Accept-Language, else the site's.",
    "ETag": "The version, to be sent back as If-Match.",
    "Idempotency-Key": "8 to 128 visible ASCII characters. The same key with the same body is "
    "answered the same for 24 hours.",
    "If-Match": "The ETag of the version that the change is meant for.",
    "Location": "The path of what was made.",
    "Retry-After": "Seconds to wait.",
    "Set-Cookie": "The session's cookie, and the mark of a device that signed in before.",
    "X-Request-Id": "The same as in a problem and in the log.",
}
QUERY: Final[dict[str, Any]] = {
    "limit": {
        "description": "How many items at most.",
        "schema": {
            "type": "integer",
            "minimum": 1,
            "maximum": paging.MAX_LIMIT,
            "default": paging.LIMIT,
        },
    },
    "cursor": {
        "description": "`next_cursor` of the page before.",
        "schema": {"type": "string"},
    },
    "prefix": {
        "description": "How the usernames begin, in either case.",
        "schema": {"type": "string"},
    },
    "user": {
        "description": "The id of the user whose events are asked for, or `operator`.",
        "schema": {"type": "string"},
    },
}


def document(app: Flask) -> dict[str, Any]:
    """The whole document for the endpoints that the app has."""
    schemas: dict[str, Any] = {}
    paths: dict[str, Any] = defaultdict(dict)
    for rule, method, described in operations(app):
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        paths[path][method.lower()] = _operation(rule, method, described, schemas)
    _schema(Problem, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{app.config['BRAND_NAME']} accounts",
            "version": "1",
            "description": "User accounts: registration, sessions and profiles.",
        },
        "servers": [{"url": app.config["SITE_URL"]}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": _cookie(app)},
            },
        },
    }


def operations(app: Flask) -> Iterator[tuple[Rule, str, Operation]]:
    """Each described endpoint with its rule and method."""
    for rule in app.url_map.iter_rules():
        described = getattr(app.view_functions[rule.endpoint], "operation", None)
        if described:
            methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
            for method in sorted(methods):
                yield rule, method, described


def refusals(method: str, described: Operation) -> list[type[Refusal]]:
    """All that an endpoint can refuse with, its own and what every such endpoint has."""
    found = [*described.refusals, *ANY_CALL]
    if described.body:
        found += ANY_BODY
    if described.session:
        found.append(NotAuthenticated)
    if described.admin:
        found.append(problems.NotFound)
    if described.step_up:
        found.append(StepUpRequired)
    if described.two_factors or described.admin or described.binds:
        found.append(SecondFactorRequired)
    if method != "GET":
        found.append(problems.CrossOriginRefused)
    return found


def _operation(
    rule: Rule, method: str, described: Operation, schemas: dict[str, Any]
) -> dict[str, Any]:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in sorted(rule.arguments)
    ] + [
        {"name": name, "in": "header", "schema": {"type": "string"}, "description": HEADERS[name]}
        for name in described.request_headers
    ]
    parameters += [{"name": name, "in": "query", **QUERY[name]} for name in described.query]
    found: dict[str, Any] = {
        "summary": described.summary,
        "operationId": rule.endpoint.replace(".", "_"),
        "tags": [rule.endpoint.split(".")[0]],
        "responses": _responses(method, described, schemas),
    }
    if parameters:
        found["parameters"] = parameters
    if described.body and described.body.model_fields:
        found["requestBody"] = {
            "required": described.body.needed,
            "content": _content(described.body, schemas),
        }
    if described.session or described.admin:
        found["security"] = [{"session": []}]
    return found


def _responses(method: str, described: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    successes = [(described.status, described.answer), *described.otherwise]
    responses = {str(status): _success(described, kind, schemas) for status, kind in successes}
    by_status: dict[int, list[type[Refusal]]] = defaultdict(list)
    for refusal in refusals(method, described):
        by_status[problems.STATUS[refusal]].append(refusal)
    for status, found in sorted(by_status.items()):
        responses[str(status)] = _problem(found)
    return responses


def _success(described: Operation, kind: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    success: dict[str, Any] = {
        "description": described.summary,
        "headers": _headers("X-Request-Id", *described.answer_headers),
    }
    if kind:
        success["content"] = _content(kind, schemas)
    return success


def _problem(found: list[type[Refusal]]) -> dict[str, Any]:
    codes = list(MEMBER_DETAILS) if found == [Invalid] else [refusal.code for refusal in found]
    waits = any(refusal in {RateLimited, problems.ServiceUnavailable} for refusal in found)
    narrowed = {"properties": {"code": {"enum": codes}}}
    schema = {"allOf": [{"$ref": REFERENCE.format(model="Problem")}, narrowed]}
    return {
        "description": "; ".join(f"`{refusal.code}`: {refusal.title}" for refusal in found),
        "headers": _headers(
            "Content-Language", "X-Request-Id", *(["Retry-After"] if waits else [])
        ),
        "content": {problems.MEDIA_TYPE: {"schema": schema}},
    }


def _headers(*names: str) -> dict[str, Any]:
    return {name: {"description": HEADERS[name], "schema": {"type": "string"}} for name in names}


def _content(kind: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": _schema(kind, schemas)}}


def _schema(kind: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    schema = TypeAdapter(kind).json_schema(ref_template=REFERENCE)
    schemas.update(schema.pop("$defs", {}))
    schemas[kind.__name__] = schema
    return {"$ref": REFERENCE.format(model=kind.__name__)}


def _cookie(app: Flask) -> str:
    return "__Host-session" if app.config["SITE_URL"].startswith("https://") else "session"
