"""What an endpoint is, said once: its body, its answer, its refusals, whether it needs a session.

The decorator does what is said, and the OpenAPI document is made from it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final

from flask import Response, current_app, g, request

from backend.accounts import roles, sessions, step_up, two_factors
from backend.accounts.context import Caller, Context
from backend.accounts.errors import Refusal
from backend.accounts.limits import address_prefix
from backend.storage.sessions import Session
from backend.storage.users import User
from backend.web import cookies
from backend.web.bodies import read_body
from backend.web.problems import NotFound
from backend.web.schemas import Body

View = Callable[..., Response]

EXTENSION: Final = "latchstring"
# More of it tells nobody more, and it is stored.
USER_AGENT_LENGTH: Final = 256


@dataclass(frozen=True)
class Operation:
    """`answer` is the type of the body that comes with `status`; None: there is none.

    `otherwise` has the other statuses of success with the types of their bodies, `query` the names
    of what may stand in the query. `step_up` asks for a recent proof besides the session. `admin`
    is for admins alone: for anybody else there is nothing here. `two_factors` says that others rely
    on it, `binds` that it changes what one signs in with (`accounts/two_factors.py`).
    """

    summary: str
    status: int
    answer: Any = None
    otherwise: tuple[tuple[int, Any], ...] = ()
    body: type[Body] | None = None
    refusals: tuple[type[Refusal], ...] = ()
    query: tuple[str, ...] = ()
    request_headers: tuple[str, ...] = ()
    answer_headers: tuple[str, ...] = ()
    session: bool = False
    step_up: bool = False
    admin: bool = False
    two_factors: bool = False
    binds: bool = False


@dataclass(frozen=True)
class Authenticated:
    """The session that the request came with, and its user."""

    session: Session
    user: User


def operation(described: Operation) -> Callable[[View], View]:
    """Gives the view `authenticated` if it needs a session, and `body` if it has one."""

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(**arguments: Any) -> Response:
            if described.session or described.admin:
                arguments["authenticated"] = _authenticated(described)
            if described.body:
                arguments["body"] = read_body(described.body)
            return view(**arguments)

        wrapper.operation = described  # type: ignore[attr-defined]
        return wrapper

    return decorate


def context() -> Context:
    found: Context = current_app.extensions[EXTENSION]
    return found


def caller() -> Caller:
    prefix = address_prefix(_client_address())
    user_agent = request.user_agent.string[:USER_AGENT_LENGTH]
    return Caller(prefix, user_agent, cookies.device(), g.request_id)


def _client_address() -> str:
    """In production what CloudFront says of the viewer, as `address:port`; locally the peer's.

    X-Forwarded-For is never read: its first element is the caller's own word.
    """
    if current_app.config["ORIGIN_SECRETS"]:
        return request.headers["CloudFront-Viewer-Address"].rpartition(":")[0].strip("[]")
    return request.remote_addr or "127.0.0.1"


def authenticate() -> Authenticated:
    """Who the request's session is of, looked up once a request. Raises NotAuthenticated."""
    if "authenticated" not in g:
        g.authenticated = Authenticated(*sessions.authenticate(context(), cookies.session_token()))
        g.locale = g.authenticated.user.locale
    found: Authenticated = g.authenticated
    return found


def _authenticated(described: Operation) -> Authenticated:
    found = authenticate()
    if described.admin and not roles.administers(found.user):
        raise NotFound
    if described.step_up:
        step_up.demand(context(), found.session)
    if described.two_factors or described.admin:
        two_factors.demand(context(), found.session)
    if described.binds:
        two_factors.demand_to_bind(context(), found.session, found.user)
    return found
