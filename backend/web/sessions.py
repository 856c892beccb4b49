"""Sessions: parse, call, answer."""

from __future__ import annotations

from flask import Blueprint, Response

from backend.accounts import sessions, sign_in, step_up
from backend.accounts.errors import (
    ChallengeExpired,
    InvalidCode,
    InvalidCredentials,
    RateLimited,
    SessionNotFound,
)
from backend.accounts.sessions import Opened, SignedIn
from backend.accounts.sign_in import Challenged
from backend.web import cookies
from backend.web.answers import answer, rfc3339, session_answer, user_answer
from backend.web.factor_schemas import (
    ChallengeBody,
    ChallengeEnvelope,
    CredentialBody,
    StepUpBody,
)
from backend.web.operation import Authenticated, Operation, caller, context, operation
from backend.web.schemas import SessionList, SignedInAnswer, SignInBody

blueprint = Blueprint("sessions", __name__, url_prefix="/api/v1/sessions")


@blueprint.post("")
@operation(
    Operation(
        "Sign in, or begin to where a second factor is asked for",
        201,
        SignedInAnswer,
        otherwise=((202, ChallengeEnvelope),),
        body=SignInBody,
        refusals=(InvalidCredentials, RateLimited),
        answer_headers=("Set-Cookie",),
    )
)
def sign_in_by_password(body: SignInBody) -> Response:
    found = sign_in.by_password(context(), body.identifier, body.password, caller())
    return _challenged(found) if isinstance(found, Challenged) else _signed_in(found)


@blueprint.post("/challenges/<challenge_id>")
@operation(
    Operation(
        "Sign in by a second factor",
        201,
        SignedInAnswer,
        body=ChallengeBody,
        refusals=(InvalidCode, ChallengeExpired, RateLimited),
        answer_headers=("Set-Cookie",),
    )
)
def answer_challenge(challenge_id: str, body: ChallengeBody) -> Response:
    return _signed_in(
        sign_in.by_challenge(context(), challenge_id, body.method, body.code, caller())
    )


@blueprint.post("/passkey")
@operation(
    Operation(
        "Sign in by a passkey",
        201,
        SignedInAnswer,
        body=CredentialBody,
        refusals=(InvalidCredentials,),
        answer_headers=("Set-Cookie",),
    )
)
def sign_in_by_passkey(body: CredentialBody) -> Response:
    return _signed_in(sign_in.by_passkey(context(), body.credential, caller()))


@blueprint.get("")
@operation(Operation("List one's sessions, newest first", 200, SessionList, session=True))
def list_sessions(authenticated: Authenticated) -> Response:
    found = sessions.list_sessions(context(), authenticated.user)
    current = authenticated.session.id
    return answer(200, {"items": [session_answer(session, current) for session in found]})


@blueprint.delete("")
@operation(Operation("End all sessions but this one", 204, session=True))
def end_other_sessions(authenticated: Authenticated) -> Response:
    sessions.end_other_sessions(context(), authenticated.session, authenticated.user, caller())
    return answer(204)


@blueprint.delete("/current")
@operation(Operation("Sign out", 204, session=True, answer_headers=("Set-Cookie",)))
def sign_out(authenticated: Authenticated) -> Response:
    sessions.sign_out(context(), authenticated.session, caller())
    return cookies.clear_session(answer(204))


@blueprint.post("/current/step-up")
@operation(
    Operation(
        "Prove again that it is you, for 5 minutes of what is sensitive",
        204,
        body=StepUpBody,
        refusals=(InvalidCredentials, InvalidCode, RateLimited),
        answer_headers=("Set-Cookie",),
        session=True,
    )
)
def prove(authenticated: Authenticated, body: StepUpBody) -> Response:
    return cookies.set_session(answer(204), _proved(authenticated, body))


@blueprint.delete("/<session_id>")
@operation(Operation("End one session", 204, refusals=(SessionNotFound,), session=True))
def end_session(session_id: str, authenticated: Authenticated) -> Response:
    sessions.end_session(context(), authenticated.user, session_id, caller())
    ended = answer(204)
    own = session_id == authenticated.session.id
    return cookies.clear_session(ended) if own else ended


def _proved(authenticated: Authenticated, body: StepUpBody) -> Opened:
    who = context(), caller(), authenticated.session, authenticated.user
    if body.password is not None:
        return step_up.by_password(*who, body.password)
    if body.totp is not None:
        return step_up.by_totp(*who, body.totp)
    return step_up.by_passkey(*who, body.passkey)


def _signed_in(signed_in: SignedIn) -> Response:
    session = session_answer(signed_in.session, signed_in.session.id)
    created = answer(201, {"user": user_answer(signed_in.user), "session": session})
    return cookies.set_signed_in(created, signed_in)


def _challenged(challenged: Challenged) -> Response:
    challenge = {
        "id": challenged.id,
        "methods": list(challenged.methods),
        "expires_at": rfc3339(challenged.expires_at),
    }
    return answer(202, {"challenge": challenge})
