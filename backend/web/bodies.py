"""Bodies: one strict JSON object, then its members by a schema."""

from __future__ import annotations

import json
from typing import Any, Final, NoReturn, TypeVar

from flask import current_app, request
from pydantic import ValidationError

from backend.accounts.errors import Invalid, MemberError
from backend.web.problems import BodyTooLarge, MalformedJson, UnsupportedMediaType
from backend.web.schemas import Body

MAX_BYTES: Final = 16 * 1024
MAX_DEPTH: Final = 8
# pydantic's names for what has a code of ours.
CODES: Final = {"missing": "required", "extra_forbidden": "unknown_member"}

B = TypeVar("B", bound=Body)


def read_body(schema: type[B]) -> B:
    """The request's body; raises a Refusal that says what is wrong with it."""
    expected = schema.needed and schema.model_fields
    document = parse_object(_raw_body()) if _has_body() or expected else {}
    try:
        return schema.model_validate(document, context=current_app.config)
    except ValidationError as failure:
        raise Invalid([_member_error(error) for error in failure.errors()]) from None


def parse_object(raw: bytes) -> dict[str, Any]:
    """A JSON object as RFC 7493 (I-JSON) has it: no member twice, no lone surrogate; and no NUL."""
    try:
        document = json.loads(
            raw.decode("utf-8"), object_pairs_hook=_object, parse_constant=_refuse
        )
    except (ValueError, RecursionError):
        raise MalformedJson from None
    if not isinstance(document, dict) or not _well_formed(document, MAX_DEPTH):
        raise MalformedJson
    return document


def _has_body() -> bool:
    return request.content_length != 0 and (
        request.content_length is not None or "Transfer-Encoding" in request.headers
    )


def _raw_body() -> bytes:
    if request.mimetype != "application/json":
        raise UnsupportedMediaType
    if request.mimetype_params.get("charset", "utf-8").lower() not in {"utf-8", "utf8"}:
        raise UnsupportedMediaType
    raw = request.get_data(cache=False)
    # A body of unknown length is cut where reading stops, one byte past the limit.
    if len(raw) > MAX_BYTES:
        raise BodyTooLarge
    return raw


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a member stands twice")
    return document


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _well_formed(value: Any, depth: int) -> bool:
    if isinstance(value, str):
        return "\0" not in value and not any("\ud800" <= char <= "\udfff" for char in value)
    if isinstance(value, dict):
        parts = [*value.keys(), *value.values()]
    elif isinstance(value, list):
        parts = value
    else:
        return True
    return depth > 0 and all(_well_formed(part, depth - 1) for part in parts)


def _member_error(error: Any) -> MemberError:
    code = CODES.get(error["type"], error["type"])
    escaped = (str(part).replace("~", "~0").replace("/", "~1") for part in error["loc"])
    return MemberError("".join(f"/{part}" for part in escaped), code, error.get("ctx", {}))
