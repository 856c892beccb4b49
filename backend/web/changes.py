"""One's own password and address: parse, call, answer."""

from __future__ import annotations

from flask import Blueprint, Response

from backend.accounts import email_changes, password_change
from backend.accounts.email_changes import Begun
from backend.accounts.errors import (
    CodeExhausted,
    EmailChangeExpired,
    InvalidCredentials,
    RateLimited,
    StepUpRequired,
)
from backend.web import cookies
from backend.web.answers import answer, etag, rfc3339, user_answer
from backend.web.operation import Authenticated, Operation, caller, context, operation
from backend.web.recovery_schemas import EmailChangeEnvelope, PasswordChangeBody
from backend.web.schemas import CodeBody, EmailBody, UserAnswer

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


@blueprint.post("/email-changes")
@operation(
    Operation(
        "Have a code sent to another address; the old one stays in force",
        202,
        EmailChangeEnvelope,
        body=EmailBody,
        refusals=(RateLimited,),
        session=True,
        step_up=True,
    )
)
def begin_email_change(authenticated: Authenticated, body: EmailBody) -> Response:
    begun = email_changes.begin(context(), authenticated.user, body.email, caller())
    return answer(202, _email_change(begun))


@blueprint.post("/email-changes/verify")
@operation(
    Operation(
        "Prove the other mailbox, which puts the address in force",
        200,
        UserAnswer,
        body=CodeBody,
        refusals=(CodeExhausted, EmailChangeExpired),
        answer_headers=("ETag",),
        session=True,
    )
)
def verify_email_change(authenticated: Authenticated, body: CodeBody) -> Response:
    user = email_changes.verify(context(), authenticated.user, body.code, caller())
    changed = answer(200, user_answer(user))
    changed.set_etag(etag(user))
    return changed


def _email_change(begun: Begun) -> EmailChangeEnvelope:
    found: EmailChangeEnvelope = {"email_change": {"expires_at": rfc3339(begun.expires_at)}}
    if not begun.sent:
        found["email_change"]["mail"] = "not_sent"
    return found
