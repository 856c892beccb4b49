"""One's own security log, export and deletion: parse, call, answer."""

from __future__ import annotations

from flask import Blueprint, Response

from backend.accounts import audit, deletion, own_account
from backend.accounts.errors import CursorInvalid, LastAdmin, LimitInvalid
from backend.accounts.own_account import Everything
from backend.storage.audit import Event
from backend.storage.email_changes import EmailChange
from backend.storage.recovery_codes import RecoveryCodes
from backend.storage.totp import Totp
from backend.storage.users import User
from backend.web import cookies
from backend.web.answers import answer, passkey_answer, rfc3339, session_answer, user_answer
from backend.web.operation import Authenticated, Operation, caller, context, operation
from backend.web.own_account_schemas import (
    EventAnswer,
    EventList,
    ExportAnswer,
    PendingEmailChange,
    RecoveryCodesExport,
    TotpExport,
)
from backend.web.paging import asked, next_cursor, paged

blueprint = Blueprint("own_account", __name__, url_prefix="/api/v1/users/me")


@blueprint.get("/events")
@operation(
    Operation(
        "List what happened to one's account, newest first",
        200,
        EventList,
        query=("limit", "cursor"),
        refusals=(CursorInvalid, LimitInvalid),
        session=True,
    )
)
def list_events(authenticated: Authenticated) -> Response:
    user = authenticated.user
    scope = _events_of(user)
    page = asked(scope)
    found, rest = own_account.events(context(), user, page.position, page.limit)
    return answer(200, paged(scope, [_event(event) for event in found], rest))


@blueprint.get("/export")
@operation(
    Operation(
        "Download all that is stored about oneself, without secrets",
        200,
        ExportAnswer,
        answer_headers=("Content-Disposition",),
        session=True,
        step_up=True,
    )
)
def export(authenticated: Authenticated) -> Response:
    everything = own_account.everything(context(), authenticated.user, caller())
    exported = answer(200, _export(everything, authenticated.session.id))
    exported.headers["Content-Disposition"] = 'attachment; filename="account.json"'
    return exported


@blueprint.delete("")
@operation(
    Operation(
        "Delete one's account at once, with all that is stored about oneself",
        204,
        refusals=(LastAdmin,),
        answer_headers=("Set-Cookie",),
        session=True,
        step_up=True,
    )
)
def delete(authenticated: Authenticated) -> Response:
    session, user = authenticated.session, authenticated.user
    deletion.delete_user(context(), caller(), user, session=session)
    return cookies.clear_session(answer(204))


def _events_of(user: User) -> str:
    """The list, as its cursors name it."""
    return f"events {user.id}"


def _event(event: Event) -> EventAnswer:
    """Where somebody else was who did it is none of the user's business."""
    own = event.actor == event.subject
    return {
        "id": event.id,
        "at": rfc3339(event.at),
        "action": event.action,
        "actor": _actor(event),
        "ip_prefix": event.ip_prefix if own else None,
        "user_agent": event.user_agent if own else None,
        "details": event.details,
    }


def _actor(event: Event) -> str:
    if event.actor == event.subject:
        return "self"
    return audit.OPERATOR if event.actor == audit.OPERATOR else "admin"


def _export(everything: Everything, current: str) -> ExportAnswer:
    return {
        "user": user_answer(everything.user),
        "sessions": [session_answer(one, current) for one in everything.sessions],
        "passkeys": [passkey_answer(one) for one in everything.passkeys],
        "totp": _totp(everything.totp),
        "recovery_codes": _recovery_codes(everything.recovery_codes),
        "email_change": _email_change(everything.email_change),
        "former_addresses": [
            {"email": former.email, "kept_until": rfc3339(former.expires_at)}
            for former in everything.former
        ],
        "events": [_event(event) for event in everything.events],
        "events_cursor": next_cursor(_events_of(everything.user), everything.rest),
    }


def _totp(found: Totp | None) -> TotpExport | None:
    if found is None:
        return None
    return {"created_at": rfc3339(found.created_at), "confirmed": found.confirmed}


def _recovery_codes(found: RecoveryCodes | None) -> RecoveryCodesExport | None:
    return {"made_at": rfc3339(found.made_at), "left": len(found.hashes)} if found else None


def _email_change(found: EmailChange | None) -> PendingEmailChange | None:
    return {"email": found.email, "expires_at": rfc3339(found.expires_at)} if found else None
