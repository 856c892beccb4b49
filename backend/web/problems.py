"""Problems: every refusal becomes `application/problem+json` here (RFC 9457)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from flask import Flask, Response, current_app, g, json
from werkzeug.exceptions import HTTPException

from backend import languages
from backend.accounts import errors
from backend.accounts.errors import Invalid, MemberError, Refusal
from backend.accounts.passwords import MAX_LENGTH
from backend.storage.database import Unavailable
from backend.web.language import wanted_language

logger = logging.getLogger(__name__)

MEDIA_TYPE: Final = "application/problem+json"
UNAVAILABLE_RETRY_SECONDS: Final = 2


class MalformedJson(Refusal):
    code = "malformed_json"
    title = "The body is not a JSON object that can be read"
    detail = (
        "Send one JSON object in UTF-8, no member twice, no NUL, no lone surrogate, "
        "at most 8 levels deep."
    )


class UnsupportedMediaType(Refusal):
    code = "unsupported_media_type"
    title = "The body has another media type"
    detail = "Send Content-Type: application/json."


class BodyTooLarge(Refusal):
    code = "body_too_large"
    title = "The body is too large"
    detail = "Send at most 16 KiB."


class CrossOriginRefused(Refusal):
    code = "cross_origin_refused"
    title = "Pages of another origin may not do this"
    detail = "Call from the site's own page, or have the origin added to ALLOWED_ORIGINS."


class DirectCallRefused(Refusal):
    code = "direct_call_refused"
    title = "The API answers only under the site's own name"
    detail = "Call it under the address of the page."


class BadRequest(Refusal):
    code = "bad_request"
    title = "The request cannot be read"
    detail = "Check the request line, the query and the headers."


class NotFound(Refusal):
    code = "not_found"
    title = "There is nothing here"
    detail = "See /api/v1/docs for what there is."


class MethodNotAllowed(Refusal):
    code = "method_not_allowed"
    title = "This cannot be done here"
    detail = "Use one of the methods in Allow."


class InternalError(Refusal):
    code = "internal_error"
    title = "Something went wrong on our side"
    detail = "Try again. If it stays, tell the operator the request id."


class ServiceUnavailable(Refusal):
    code = "unavailable"
    title = "The service cannot answer right now"
    detail = "Wait for the seconds in Retry-After, then send the same request again."


STATUS: Final[dict[type[Refusal], int]] = {
    BadRequest: 400,
    MalformedJson: 400,
    errors.CursorInvalid: 400,
    errors.LimitInvalid: 400,
    errors.InvalidCode: 401,
    errors.InvalidCredentials: 401,
    errors.NotAuthenticated: 401,
    CrossOriginRefused: 403,
    DirectCallRefused: 403,
    errors.SecondFactorRequired: 403,
    errors.StepUpRequired: 403,
    NotFound: 404,
    errors.PasskeyNotFound: 404,
    errors.RegistrationNotFound: 404,
    errors.SessionNotFound: 404,
    errors.TotpNotFound: 404,
    errors.UserNotFound: 404,
    MethodNotAllowed: 405,
    errors.AccountExists: 409,
    errors.LastAdmin: 409,
    errors.LastWayIn: 409,
    errors.PasskeyExists: 409,
    errors.PasskeyLimitReached: 409,
    errors.TotpExists: 409,
    errors.UsernameTaken: 409,
    errors.ChallengeExpired: 410,
    errors.CodeExhausted: 410,
    errors.EmailChangeExpired: 410,
    errors.RegistrationExpired: 410,
    errors.TokenInvalid: 410,
    errors.PreconditionFailed: 412,
    BodyTooLarge: 413,
    UnsupportedMediaType: 415,
    Invalid: 422,
    errors.PreconditionRequired: 428,
    errors.RateLimited: 429,
    InternalError: 500,
    ServiceUnavailable: 503,
}
BY_HTTP_STATUS: Final[dict[int, type[Refusal]]] = {
    404: NotFound,
    405: MethodNotAllowed,
    413: BodyTooLarge,
}


@dataclass(frozen=True)
class Entry:
    """A row of the table of codes: a whole problem, or (status 422) an error of one member."""

    code: str
    status: int
    title: str
    detail: str


def listed() -> Iterator[Entry]:
    """Every code that an answer can carry."""
    for refusal, status in STATUS.items():
        if refusal is not Invalid:
            yield Entry(refusal.code, status, refusal.title, refusal.detail)
    for code, detail in errors.MEMBER_DETAILS.items():
        said = detail.format(min_length="PASSWORD_MIN_LENGTH", max_length=MAX_LENGTH)
        yield Entry(code, STATUS[Invalid], Invalid.title, said)


def problem(refusal: Refusal) -> Response:
    """The answer that says what was refused and what to do, in the reader's language."""
    status, language = STATUS[type(refusal)], wanted_language()
    say = languages.words(language).gettext
    code, detail = refusal.code, say(refusal.detail)
    members: dict[str, Any] = dict(refusal.members)
    if isinstance(refusal, Invalid):
        members["errors"] = [_member(error, say) for error in refusal.errors]
        code, detail = members["errors"][0]["code"], members["errors"][0]["detail"]
    g.refused_as = code
    retry_after = members.pop("retry_after", None)
    body = {
        "type": f"{current_app.config['SITE_URL']}/api/v1/docs#{code}",
        "title": say(refusal.title),
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": g.request_id,
        **members,
    }
    answer = Response(json.dumps(body), status, content_type=MEDIA_TYPE)
    answer.content_language.add(language)
    answer.vary.add("Accept-Language")
    if retry_after is not None:
        answer.headers["Retry-After"] = str(max(1, retry_after))
    return answer


def _member(error: MemberError, say: Callable[[str], str]) -> dict[str, str]:
    detail = say(errors.MEMBER_DETAILS[error.code]).format(**error.values)
    return {"pointer": error.pointer, "code": error.code, "detail": detail}


def register(app: Flask) -> None:
    app.register_error_handler(Refusal, problem)
    app.register_error_handler(HTTPException, _http_exception)
    app.register_error_handler(Unavailable, _unavailable)
    app.register_error_handler(Exception, _unexpected)


def _http_exception(error: HTTPException) -> Response:
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    refusal = BY_HTTP_STATUS.get(status, BadRequest if status < 500 else InternalError)  # noqa: PLR2004
    answer = problem(refusal())
    allow = dict(error.get_headers()).get("Allow")
    if allow:
        answer.headers["Allow"] = allow
    return answer


def _unavailable(error: Unavailable) -> Response:
    logger.error("unavailable", extra={"reason": str(error)})
    return problem(ServiceUnavailable(retry_after=UNAVAILABLE_RETRY_SECONDS))


def _unexpected(error: Exception) -> Response:
    logger.error("unexpected error", exc_info=error)
    return problem(InternalError())
