"""One's own authenticator app and recovery codes: parse, call, answer."""

from __future__ import annotations

from flask import Blueprint, Response

from backend.accounts import recovery_codes, totp, two_factors
from backend.accounts.errors import InvalidCode, RateLimited, TotpExists, TotpNotFound
from backend.web.answers import answer
from backend.web.factor_schemas import RecoveryCodesAnswer, TotpAnswer
from backend.web.operation import Authenticated, Operation, caller, context, operation
from backend.web.schemas import CodeBody, NoMembers

blueprint = Blueprint("factors", __name__, url_prefix="/api/v1/users/me")


@blueprint.post("/totp")
@operation(
    Operation(
        "Begin to add an authenticator app, which counts once it is confirmed",
        201,
        TotpAnswer,
        body=NoMembers,
        refusals=(TotpExists,),
        session=True,
        step_up=True,
        binds=True,
    )
)
def begin_totp(authenticated: Authenticated, body: NoMembers) -> Response:  # noqa: ARG001
    begun = totp.begin(context(), authenticated.user)
    return answer(201, {"secret": begun.secret, "uri": begun.uri, "qr": begun.qr})


@blueprint.post("/totp/confirm")
@operation(
    Operation(
        "Confirm the authenticator app by a code of it; other sessions end",
        204,
        body=CodeBody,
        refusals=(InvalidCode, TotpNotFound, TotpExists),
        session=True,
        step_up=True,
        binds=True,
    )
)
def confirm_totp(authenticated: Authenticated, body: CodeBody) -> Response:
    totp.confirm(context(), caller(), authenticated.session, authenticated.user, body.code)
    two_factors.bound(context(), authenticated.session)
    return answer(204)


@blueprint.delete("/totp")
@operation(
    Operation(
        "Remove the authenticator app, and the recovery codes with it",
        204,
        refusals=(TotpNotFound,),
        session=True,
        step_up=True,
        binds=True,
    )
)
def remove_totp(authenticated: Authenticated) -> Response:
    totp.remove(context(), caller(), authenticated.user)
    return answer(204)


@blueprint.post("/recovery-codes")
@operation(
    Operation(
        "Make ten recovery codes, in the place of those before; they are shown only now",
        201,
        RecoveryCodesAnswer,
        body=NoMembers,
        refusals=(TotpNotFound, RateLimited),
        session=True,
        step_up=True,
        binds=True,
    )
)
def make_recovery_codes(
    authenticated: Authenticated,
    body: NoMembers,  # noqa: ARG001 - it has none
) -> Response:
    codes = recovery_codes.make(context(), caller(), authenticated.user)
    return answer(201, {"codes": codes})
