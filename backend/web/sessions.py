"""Sessions: parse, call, answer."""

from __future__ import annotations

from flask import Blueprint, Response

from backend.accounts import sessions, step_up
from backend.accounts.errors import InvalidCredentials, RateLimited, SessionNotFound
from backend.web import cookies
from backend.web.answers import answer, session_answer, user_answer
from backend.web.operation import Authenticated, Operation, caller, context, operation
from backend.web.schemas import SessionList, SignedInAnswer, SignInBody, StepUpBody

blueprint = Blueprint("sessions", __name__, url_prefix="/api/v1/sessions")


@blueprint.post("")
@operation(
    Operation(
        "Sign in",
        201,
        SignedInAnswer,
        body=SignInBody,
        refusals=(InvalidCredentials, RateLimited),
        answer_headers=("Set-Cookie",),
    )
)
def sign_in(body: SignInBody) -> Response:
    signed_in = sessions.sign_in(context(), body.identifier, body.password, caller())
    session = session_answer(signed_in.session, signed_in.session.id)
    created = answer(201, {"user": user_answer(signed_in.user), "session": session})
    return cookies.set_signed_in(created, signed_in)


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
        refusals=(InvalidCredentials, RateLimited),
        answer_headers=("Set-Cookie",),
        session=True,
    )
)
def prove(authenticated: Authenticated, body: StepUpBody) -> Response:
    renewed = step_up.by_password(
        context(), caller(), authenticated.session, authenticated.user, body.password
    )
    return cookies.set_session(answer(204), renewed)


@blueprint.delete("/<session_id>")
@operation(Operation("End one session", 204, refusals=(SessionNotFound,), session=True))
def end_session(session_id: str, authenticated: Authenticated) -> Response:
    sessions.end_session(context(), authenticated.user, session_id, caller())
    ended = answer(204)
    own = session_id == authenticated.session.id
    return cookies.clear_session(ended) if own else ended
