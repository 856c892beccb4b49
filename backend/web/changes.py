"""One's own password and address: parse, call, answer."""

from __future__ import annotations

from flask import Blueprint, Response

from backend.accounts import password_change
from backend.accounts.errors import InvalidCredentials, RateLimited, StepUpRequired
from backend.web import cookies
from backend.web.answers import answer
from backend.web.operation import Authenticated, Operation, caller, context, operation
from backend.web.recovery_schemas import PasswordChangeBody

blueprint = Blueprint("changes", __name__, url_prefix="/api/v1/users/me")


@blueprint.put("/password")
@operation(
    Operation(
        "Change one's password, or set a first one after a recent proof; other sessions end",
        204,
        body=PasswordChangeBody,
        refusals=(InvalidCredentials, RateLimited, StepUpRequired),
        answer_headers=("Set-Cookie",),
        session=True,
    )
)
def change_password(authenticated: Authenticated, body: PasswordChangeBody) -> Response:
    renewed = password_change.change(
        context(),
        caller(),
        authenticated.session,
        authenticated.user,
        current=body.current_password,
        new=body.password,
    )
    return cookies.set_session(answer(204), renewed)
