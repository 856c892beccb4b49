"""Users: parse, call, answer."""

from __future__ import annotations

from flask import Blueprint, Response, request

from backend.accounts import profile
from backend.accounts.errors import (
    PreconditionFailed,
    PreconditionRequired,
    UsernameTaken,
    UserNotFound,
)
from backend.accounts.profile import Changes
from backend.storage.users import User
from backend.web.answers import answer, etag, user_answer
from backend.web.operation import Authenticated, Operation, caller, context, operation
from backend.web.schemas import UserAnswer, UserChangesBody

blueprint = Blueprint("users", __name__, url_prefix="/api/v1/users")


@blueprint.get("/me")
@operation(Operation("Read oneself", 200, UserAnswer, session=True, answer_headers=("ETag",)))
def read_me(authenticated: Authenticated) -> Response:
    return _with_etag(authenticated.user)


@blueprint.patch("/me")
@operation(
    Operation(
        "Change one's display name, locale or username",
        200,
        UserAnswer,
        body=UserChangesBody,
        refusals=(PreconditionRequired, PreconditionFailed, UsernameTaken),
        request_headers=("If-Match",),
        answer_headers=("ETag",),
        session=True,
    )
)
def change_me(authenticated: Authenticated, body: UserChangesBody) -> Response:
    user = authenticated.user
    if "If-Match" not in request.headers:
        raise PreconditionRequired
    if not request.if_match.contains(etag(user)):
        raise PreconditionFailed
    members = {name: getattr(body, name) for name in body.model_fields_set - {"username"}}
    changes = Changes(members, body.username)
    return _with_etag(profile.change_user(context(), user, changes, caller()))


@blueprint.get("/<user_id>")
@operation(
    Operation(
        "Read a user: oneself, or anybody for an admin",
        200,
        UserAnswer,
        refusals=(UserNotFound,),
        answer_headers=("ETag",),
        session=True,
    )
)
def read_user(user_id: str, authenticated: Authenticated) -> Response:
    return _with_etag(profile.read_user(context(), authenticated.user, user_id))


def _with_etag(user: User) -> Response:
    found = answer(200, user_answer(user))
    found.set_etag(etag(user))
    return found
