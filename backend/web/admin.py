"""Administration: parse, call, answer. For anybody but an admin there is nothing here."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, current_app, request

from backend.accounts import administration, event_log, roles
from backend.accounts.administration import Account, Administrator
from backend.accounts.errors import (
    CursorInvalid,
    LastAdmin,
    LimitInvalid,
    NotAuthenticated,
    UserNotFound,
)
from backend.storage.audit import Event
from backend.storage.users import User
from backend.web.admin_schemas import (
    AdminEvent,
    AdminEvents,
    AdminUserAnswer,
    ListedUser,
    ListedUsers,
    RolesBody,
)
from backend.web.answers import answer, rfc3339, user_answer
from backend.web.operation import (
    Authenticated,
    Operation,
    authenticate,
    caller,
    context,
    operation,
)
from backend.web.paging import asked, paged
from backend.web.problems import NotFound
from backend.web.schemas import EmailBody, NoMembers

PREFIX: Final = "/api/v1/admin"

blueprint = Blueprint("admin", __name__, url_prefix=PREFIX)


@blueprint.before_app_request
def hide() -> None:
    """Whatever the path and the method, so that nobody learns even which there are."""
    inside = request.path == PREFIX or request.path.startswith(f"{PREFIX}/")
    if inside and not _preflight() and not _asked_by_admin():
        raise NotFound


@blueprint.get("/users")
@operation(
    Operation(
        "List users in the order of usernames",
        200,
        ListedUsers,
        query=("prefix", "limit", "cursor"),
        refusals=(CursorInvalid, LimitInvalid),
        admin=True,
    )
)
def list_users(authenticated: Authenticated) -> Response:
    prefix = request.args.get("prefix", "")
    scope = f"admin users {prefix}"
    page = asked(scope)
    found, last = administration.list_users(
        context(),
        _by(authenticated),
        prefix,
        after=page.position["after"] if page.position else None,
        limit=page.limit,
    )
    return answer(
        200, paged(scope, [listed_user(user) for user in found], {"after": last} if last else None)
    )


@blueprint.post("/users/find")
@operation(
    Operation(
        "Find the user with an address",
        200,
        AdminUserAnswer,
        body=EmailBody,
        refusals=(UserNotFound,),
        admin=True,
    )
)
def find_user(authenticated: Authenticated, body: EmailBody) -> Response:
    return _user(administration.find_user(context(), _by(authenticated), body.email))


@blueprint.get("/users/<user_id>")
@operation(Operation("Read a user", 200, AdminUserAnswer, refusals=(UserNotFound,), admin=True))
def read_user(user_id: str, authenticated: Authenticated) -> Response:
    return _user(administration.read_user(context(), _by(authenticated), user_id))


@blueprint.delete("/users/<user_id>")
@operation(
    Operation(
        "Delete a user",
        204,
        refusals=(UserNotFound, LastAdmin),
        step_up=True,
        admin=True,
    )
)
def delete_user(user_id: str, authenticated: Authenticated) -> Response:
    administration.delete(context(), _by(authenticated), user_id)
    return answer(204)


@blueprint.post("/users/<user_id>/disable")
@operation(
    Operation(
        "Disable a user, whose sessions end",
        200,
        AdminUserAnswer,
        body=NoMembers,
        refusals=(UserNotFound, LastAdmin),
        admin=True,
    )
)
def disable(user_id: str, authenticated: Authenticated, body: NoMembers) -> Response:  # noqa: ARG001
    return _user(administration.disable(context(), _by(authenticated), user_id))


@blueprint.post("/users/<user_id>/enable")
@operation(
    Operation(
        "Enable a user who was disabled",
        200,
        AdminUserAnswer,
        body=NoMembers,
        refusals=(UserNotFound,),
        admin=True,
    )
)
def enable(user_id: str, authenticated: Authenticated, body: NoMembers) -> Response:  # noqa: ARG001
    return _user(administration.enable(context(), _by(authenticated), user_id))


@blueprint.post("/users/<user_id>/end-sessions")
@operation(
    Operation(
        "End all sessions of a user",
        200,
        AdminUserAnswer,
        body=NoMembers,
        refusals=(UserNotFound,),
        admin=True,
    )
)
def end_sessions(user_id: str, authenticated: Authenticated, body: NoMembers) -> Response:  # noqa: ARG001
    return _user(administration.end_sessions(context(), _by(authenticated), user_id))


@blueprint.post("/users/<user_id>/reset-second-factors")
@operation(
    Operation(
        "Take the second factors from a user who lost them",
        200,
        AdminUserAnswer,
        body=NoMembers,
        refusals=(UserNotFound,),
        step_up=True,
        admin=True,
    )
)
def reset_second_factors(
    user_id: str,
    authenticated: Authenticated,
    body: NoMembers,  # noqa: ARG001
) -> Response:
    return _user(administration.reset_second_factors(context(), _by(authenticated), user_id))


@blueprint.put("/users/<user_id>/roles")
@operation(
    Operation(
        "Give a user these roles and no others; the user's sessions end",
        200,
        AdminUserAnswer,
        body=RolesBody,
        refusals=(UserNotFound, LastAdmin),
        step_up=True,
        admin=True,
    )
)
def set_roles(user_id: str, authenticated: Authenticated, body: RolesBody) -> Response:
    return _user(administration.set_roles(context(), _by(authenticated), user_id, body.roles))


@blueprint.get("/events")
@operation(
    Operation(
        "Read the audit log, newest first. A page may be short, or empty, with others after it",
        200,
        AdminEvents,
        query=("user", "limit", "cursor"),
        refusals=(CursorInvalid, LimitInvalid),
        admin=True,
    )
)
def list_events(authenticated: Authenticated) -> Response:
    user_id = request.args.get("user")
    scope = f"admin events {user_id}"
    page, by = asked(scope), _by(authenticated)
    if user_id is None:
        found, rest = event_log.of_all(context(), by, page.position, page.limit)
    else:
        found, rest = event_log.of_one(context(), by, user_id, page.position, page.limit)
    return answer(200, paged(scope, [event_answer(event) for event in found], rest))


def listed_user(user: User) -> ListedUser:
    return {
        "id": user.id,
        "username": user.username,
        "email": administration.masked(user.email),
        "roles": list(user.roles),
        "disabled": user.disabled,
        "created_at": rfc3339(user.created_at),
    }


def account_answer(account: Account) -> AdminUserAnswer:
    user = account.user
    more = {"disabled": user.disabled, "passkeys": user.passkeys, "sessions": account.sessions}
    return {**user_answer(user), **more}  # type: ignore[typeddict-item]


def _user(account: Account) -> Response:
    return answer(200, account_answer(account))


def event_answer(event: Event) -> AdminEvent:
    return {
        "id": event.id,
        "at": rfc3339(event.at),
        "action": event.action,
        "subject": event.subject,
        "actor": event.actor,
        "request_id": event.request_id,
        "ip_prefix": event.ip_prefix,
        "user_agent": event.user_agent,
        "details": event.details,
    }


def _by(authenticated: Authenticated) -> Administrator:
    return Administrator(authenticated.user.id, caller())


def _asked_by_admin() -> bool:
    try:
        return roles.administers(authenticate().user)
    except NotAuthenticated:
        return False


def _preflight() -> bool:
    """A browser asks without cookies whether another origin's page may call at all."""
    allowed: tuple[str, ...] = current_app.config["ALLOWED_ORIGINS"]
    return request.method == "OPTIONS" and request.headers.get("Origin") in allowed
