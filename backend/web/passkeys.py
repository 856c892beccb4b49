"""Passkeys: parse, call, answer. Options and credentials have WebAuthn's own JSON forms."""

from __future__ import annotations

from flask import Blueprint, Response

from backend.accounts import passkeys, two_factors
from backend.accounts.errors import (
    LastWayIn,
    PasskeyExists,
    PasskeyLimitReached,
    PasskeyNotFound,
)
from backend.web.answers import answer, passkey_answer
from backend.web.factor_schemas import (
    CreationOptions,
    NewPasskeyBody,
    PasskeyAnswer,
    PasskeyChangesBody,
    PasskeyList,
    RequestOptions,
)
from backend.web.operation import Authenticated, Operation, caller, context, operation
from backend.web.schemas import NoMembers

blueprint = Blueprint("passkeys", __name__, url_prefix="/api/v1/passkeys")


@blueprint.post("/registration-options")
@operation(
    Operation(
        "What to ask an authenticator for, to add a passkey within 5 minutes",
        200,
        CreationOptions,
        body=NoMembers,
        refusals=(PasskeyLimitReached,),
        session=True,
        step_up=True,
        binds=True,
    )
)
def registration_options(
    authenticated: Authenticated,
    body: NoMembers,  # noqa: ARG001 - it has none
) -> Response:
    return answer(200, passkeys.options_to_add(context(), authenticated.user))


@blueprint.post("/authentication-options")
@operation(
    Operation(
        "What to ask an authenticator for, to sign in or to step up within 5 minutes",
        200,
        RequestOptions,
        body=NoMembers,
    )
)
def authentication_options(body: NoMembers) -> Response:  # noqa: ARG001 - it has none
    return answer(200, passkeys.options_to_prove(context()))


@blueprint.post("")
@operation(
    Operation(
        "Add a passkey",
        201,
        PasskeyAnswer,
        body=NewPasskeyBody,
        refusals=(PasskeyExists, PasskeyLimitReached),
        session=True,
        step_up=True,
        binds=True,
    )
)
def add(authenticated: Authenticated, body: NewPasskeyBody) -> Response:
    added = passkeys.add(context(), caller(), authenticated.user, body.credential, body.name)
    two_factors.bound(context(), authenticated.session)
    return answer(201, passkey_answer(added))


@blueprint.get("")
@operation(Operation("List one's passkeys, oldest first", 200, PasskeyList, session=True))
def list_passkeys(authenticated: Authenticated) -> Response:
    found = passkeys.of_user(context(), authenticated.user)
    return answer(200, {"items": [passkey_answer(passkey) for passkey in found]})


@blueprint.patch("/<passkey_id>")
@operation(
    Operation(
        "Name a passkey",
        200,
        PasskeyAnswer,
        body=PasskeyChangesBody,
        refusals=(PasskeyNotFound,),
        session=True,
        step_up=True,
        binds=True,
    )
)
def rename(passkey_id: str, authenticated: Authenticated, body: PasskeyChangesBody) -> Response:
    renamed = passkeys.rename(context(), caller(), authenticated.user, passkey_id, body.name)
    return answer(200, passkey_answer(renamed))


@blueprint.delete("/<passkey_id>")
@operation(
    Operation(
        "Remove a passkey, unless nothing else is left to sign in with",
        204,
        refusals=(PasskeyNotFound, LastWayIn),
        session=True,
        step_up=True,
        binds=True,
    )
)
def remove(passkey_id: str, authenticated: Authenticated) -> Response:
    passkeys.remove(context(), caller(), authenticated.user, passkey_id)
    return answer(204)
