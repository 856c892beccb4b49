"""What the bodies of administration hold, and what its answers give."""

from __future__ import annotations

from typing import Annotated

from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from backend.accounts.errors import MEMBER_DETAILS, Rejected
from backend.accounts.roles import MAX_ROLES, ROLE_PATTERN, parse_roles
from backend.web.schemas import Body, Id, Time, UserAnswer


def _roles(value: object) -> tuple[str, ...]:
    try:
        return parse_roles(value if isinstance(value, list) else [None])
    except Rejected as rejected:
        raise PydanticCustomError(rejected.code, "refused", rejected.values) from None


RolesMember = Annotated[
    tuple[str, ...],
    PlainValidator(_roles),
    WithJsonSchema(
        {
            "type": "array",
            "items": {"type": "string", "pattern": ROLE_PATTERN},
            "maxItems": MAX_ROLES,
            "uniqueItems": True,
            "description": MEMBER_DETAILS["role_invalid"],
        }
    ),
]


class RolesBody(Body):
    roles: RolesMember


class AdminUserAnswer(UserAnswer):
    """`passkeys` and `sessions` are numbers; sessions are those in force."""

    disabled: bool
    passkeys: int
    sessions: int


class ListedUser(TypedDict):
    """`email` is masked."""

    id: Id
    username: str
    email: str
    roles: list[str]
    disabled: bool
    created_at: Time


class ListedUsers(TypedDict):
    items: list[ListedUser]
    next_cursor: str | None


class AdminEvent(TypedDict):
    """`actor` is the id of the user who did it, or `operator`; `subject` whom it happened to.

    What an admin did to nobody in particular has the admin as both.
    """

    id: Id
    at: Time
    action: str
    subject: str
    actor: str
    request_id: str
    ip_prefix: str | None
    user_agent: str | None
    details: dict[str, str]


class AdminEvents(TypedDict):
    items: list[AdminEvent]
    next_cursor: str | None
