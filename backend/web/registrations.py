"""Registration: parse, call, answer."""

from __future__ import annotations

import re
from typing import Final

from flask import Blueprint, Response, request

from backend.accounts import registration
from backend.accounts.errors import (
    AccountExists,
    CodeExhausted,
    Invalid,
    PasskeyExists,
    RateLimited,
    RegistrationExpired,
    RegistrationNotFound,
    UsernameTaken,
)
from backend.accounts.pending import NewUser
from backend.web import cookies
from backend.web.answers import answer, registration_answer, user_answer
from backend.web.factor_schemas import CreationOptions, SignUpOptionsBody
from backend.web.operation import Operation, caller, context, operation
from backend.web.schemas import (
    CodeBody,
    EmailBody,
    NewUserBody,
    NoMembers,
    RegistrationEnvelope,
    UserEnvelope,
)

blueprint = Blueprint("registrations", __name__, url_prefix="/api/v1")

IDEMPOTENCY_KEY: Final = re.compile(r"[\x21-\x7e]{8,128}")


@blueprint.post("/users")
@operation(
    Operation(
        "Begin a registration",
        202,
        RegistrationEnvelope,
        body=NewUserBody,
        refusals=(UsernameTaken, RateLimited),
        request_headers=("Idempotency-Key",),
    )
)
def register(body: NewUserBody) -> Response:
    pending = registration.register(context(), NewUser(**dict(body)), caller(), _idempotency_key())
    return answer(202, registration_answer(pending))


@blueprint.post("/registrations/passkey-options")
@operation(
    Operation(
        "What to ask an authenticator for, to register with a passkey within 5 minutes",
        200,
        CreationOptions,
        body=SignUpOptionsBody,
        refusals=(UsernameTaken, RateLimited),
    )
)
def passkey_options(body: SignUpOptionsBody) -> Response:
    return answer(
        200,
        registration.passkey_options(context(), body.username, body.display_name, caller()),
    )


@blueprint.patch("/registrations/<registration_id>")
@operation(
    Operation(
        "Replace a mistyped address",
        202,
        RegistrationEnvelope,
        body=EmailBody,
        refusals=(RegistrationNotFound, RateLimited),
    )
)
def change_email(registration_id: str, body: EmailBody) -> Response:
    pending = registration.change_email(context(), registration_id, body.email, caller())
    return answer(202, registration_answer(pending))


@blueprint.post("/registrations/<registration_id>/resend")
@operation(
    Operation(
        "Send another code",
        202,
        RegistrationEnvelope,
        body=NoMembers,
        refusals=(RegistrationNotFound, RateLimited),
    )
)
def resend(registration_id: str, body: NoMembers) -> Response:  # noqa: ARG001 - it has none
    pending = registration.resend(context(), registration_id, caller())
    return answer(202, registration_answer(pending))


@blueprint.post("/registrations/<registration_id>/verify")
@operation(
    Operation(
        "Prove the mailbox, which makes the account",
        201,
        UserEnvelope,
        body=CodeBody,
        refusals=(
            RegistrationNotFound,
            AccountExists,
            PasskeyExists,
            UsernameTaken,
            CodeExhausted,
            RegistrationExpired,
        ),
        answer_headers=("Location", "Set-Cookie"),
    )
)
def verify(registration_id: str, body: CodeBody) -> Response:
    signed_in = registration.verify(context(), registration_id, body.code, caller())
    created = answer(201, {"user": user_answer(signed_in.user)})
    created.headers["Location"] = f"/api/v1/users/{signed_in.user.id}"
    return cookies.set_signed_in(created, signed_in)


def _idempotency_key() -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and not IDEMPOTENCY_KEY.fullmatch(key):
        raise Invalid.at("", "idempotency_key_invalid")
    return key
