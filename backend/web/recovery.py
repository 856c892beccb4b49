"""A forgotten password, and an address that somebody else changed: parse, call, answer."""

from __future__ import annotations

from flask import Blueprint, Response

from backend.accounts import email_undo, password_resets
from backend.accounts.errors import RateLimited, TokenInvalid
from backend.web.answers import answer
from backend.web.operation import Operation, caller, context, operation
from backend.web.recovery_schemas import NothingAnswer, ResetBody, TokenBody
from backend.web.schemas import EmailBody

blueprint = Blueprint("recovery", __name__, url_prefix="/api/v1")


@blueprint.post("/password-resets")
@operation(
    Operation(
        "Have a link to a new password sent",
        202,
        NothingAnswer,
        body=EmailBody,
        refusals=(RateLimited,),
    )
)
def begin_reset(body: EmailBody) -> Response:
    password_resets.begin(context(), body.email, caller())
    return answer(202, {})


@blueprint.post("/password-resets/complete")
@operation(
    Operation(
        "Set a password with the link's token, which ends all sessions",
        204,
        body=ResetBody,
        refusals=(TokenInvalid,),
    )
)
def complete_reset(body: ResetBody) -> Response:
    password_resets.complete(context(), body.token, body.password, caller())
    return answer(204)


@blueprint.post("/email-changes/undo")
@operation(
    Operation(
        "Put a former address in force again with its link's token, which ends all sessions",
        204,
        body=TokenBody,
        refusals=(TokenInvalid,),
    )
)
def undo_email_change(body: TokenBody) -> Response:
    email_undo.undo(context(), body.token, caller())
    return answer(204)
