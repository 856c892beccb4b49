"""What bodies hold and answers give. The OpenAPI document is made from these."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Final, NotRequired, TypeVar, cast

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from backend.accounts import passwords
from backend.accounts.errors import MEMBER_DETAILS, Rejected
from backend.accounts.identifiers import (
    EMAIL_LENGTH,
    USERNAME_PATTERN,
    EmailAddress,
    Username,
    parse_email,
    parse_username,
)
from backend.accounts.profile_text import (
    DISPLAY_NAME_LENGTH,
    LOCALE_PATTERN,
    parse_display_name,
    parse_locale,
)

T = TypeVar("T")

TEXT_LENGTH: Final = 1024
# The value of a member that was left out, where null is not the same.
MISSING: Final = cast("Any", object())


class Body(BaseModel):
    """A body: strict, without unknown members. The app's configuration is its context."""

    # Whether it has to be sent where it has members.
    needed: ClassVar[bool] = True

    # Built for the first body, and not at the start for all that there could be.
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


def _refused(rejected: Rejected) -> PydanticCustomError:
    return PydanticCustomError(rejected.code, "refused", rejected.values)


def string(parse: Callable[[str], T], code: str = "invalid_type") -> Callable[[object], T]:
    """A validator for a string that `parse` judges; `code` is for what is no string at all."""

    def validate(value: object) -> T:
        try:
            if not isinstance(value, str):
                raise Rejected(code)
            return parse(value)
        except Rejected as rejected:
            raise _refused(rejected) from None

    return validate


def optional(validate: Callable[[object], T]) -> Callable[[object], T | None]:
    return lambda value: None if value is None else validate(value)


def _text(value: str) -> str:
    if not value:
        raise Rejected("required")
    if len(value) > TEXT_LENGTH:
        raise Rejected("too_long")
    return value


def _code(value: str) -> str:
    """As it was sent: a keyboard may have other digits, such as Arabic ones."""
    return "".join(str(unicodedata.decimal(char, char)) for char in _text(value))


def _new_password(value: object, info: ValidationInfo) -> str:
    """Judged beside the username and the address, as far as those are right."""
    config: dict[str, Any] = info.context or {}
    own = [info.data[name].text for name in ("username", "email") if name in info.data]
    identities = [*own, config["BRAND_NAME"]]
    check = string(lambda raw: passwords.check(raw, config["PASSWORD_MIN_LENGTH"], identities))
    return check(value)


def _first_password(value: object, info: ValidationInfo) -> str | None:
    """A new password, which may be left out beside a passkey."""
    if value is not MISSING:
        return _new_password(value, info)
    # One that was left out stands here as None, one that is not right does not stand here.
    if info.data.get("passkey", MISSING) is None:
        raise _refused(Rejected("required"))
    return None


def _credential(value: object) -> dict[str, Any]:
    """An authenticator's answer, of which the rules judge the rest."""
    if not isinstance(value, dict):
        raise _refused(Rejected("passkey_invalid"))
    return value


def _schema(**schema: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", **schema})


def without_default(schema: dict[str, Any]) -> None:
    del schema["default"]


def nullable(**schema: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": ["string", "null"], **schema})


UsernameMember = Annotated[
    Username,
    PlainValidator(string(parse_username, "username_invalid")),
    _schema(pattern=USERNAME_PATTERN, description=MEMBER_DETAILS["username_invalid"]),
]
EmailMember = Annotated[
    EmailAddress,
    PlainValidator(string(parse_email, "email_invalid")),
    _schema(format="email", maxLength=EMAIL_LENGTH),
]
PASSWORD_SCHEMA: Final = _schema(
    format="password",
    maxLength=passwords.MAX_LENGTH,
    description="At least PASSWORD_MIN_LENGTH characters (15 by default), any Unicode; not a "
    "common or breached one, not the username, the address or the name of the site.",
)
NewPasswordMember = Annotated[str, PlainValidator(_new_password), PASSWORD_SCHEMA]
FirstPasswordMember = Annotated[str | None, PlainValidator(_first_password), PASSWORD_SCHEMA]
CredentialMember = Annotated[
    dict[str, Any],
    PlainValidator(_credential),
    WithJsonSchema(
        {
            "type": "object",
            "description": "What `PublicKeyCredential.toJSON()` gives (WebAuthn Level 3).",
        }
    ),
]
DisplayNameMember = Annotated[
    str | None,
    PlainValidator(optional(string(parse_display_name, "display_name_invalid"))),
    nullable(minLength=1, maxLength=DISPLAY_NAME_LENGTH),
]
LocaleMember = Annotated[
    str | None,
    PlainValidator(optional(string(parse_locale, "locale_invalid"))),
    nullable(pattern=LOCALE_PATTERN, description="A language tag (RFC 5646)."),
]
TextMember = Annotated[
    str, PlainValidator(string(_text)), _schema(minLength=1, maxLength=TEXT_LENGTH)
]
CodeMember = Annotated[
    str, PlainValidator(string(_code)), _schema(minLength=1, maxLength=TEXT_LENGTH)
]
Time = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
Id = Annotated[str, WithJsonSchema({"type": "string", "format": "uuid"})]


class NoMembers(Body):
    pass


class NewUserBody(Body):
    """With a password, a passkey, or both; the passkey comes first, so that it is known then."""

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [{"required": ["password"]}, {"required": ["passkey"]}]}
    )

    username: UsernameMember
    email: EmailMember
    # Not to be null, but may be left out.
    passkey: CredentialMember = Field(
        default=cast("dict[str, Any]", None), json_schema_extra=without_default
    )
    password: FirstPasswordMember = Field(default_factory=lambda: MISSING, validate_default=True)
    display_name: DisplayNameMember = None
    locale: LocaleMember = None


class EmailBody(Body):
    email: EmailMember


class CodeBody(Body):
    code: CodeMember


class SignInBody(Body):
    identifier: TextMember
    password: TextMember


class UserChangesBody(Body):
    display_name: DisplayNameMember = None
    locale: LocaleMember = None
    # Not to be null, but may be left out.
    username: UsernameMember = Field(
        default=cast("Username", None), json_schema_extra=without_default
    )


class RegistrationAnswer(TypedDict):
    id: Id
    expires_at: Time
    resend_after: Time
    mail: NotRequired[
        Annotated[
            str,
            WithJsonSchema(
                {
                    "const": "not_sent",
                    "description": "Only where the mail could not be sent; it may be sent again "
                    "at once.",
                }
            ),
        ]
    ]


class RegistrationEnvelope(TypedDict):
    registration: RegistrationAnswer


class UserAnswer(TypedDict):
    id: Id
    username: str
    email: str
    display_name: str | None
    locale: str | None
    roles: list[str]
    created_at: Time
    updated_at: Time
    email_verified_at: Time
    has_password: bool
    second_factors: list[str]


class UserEnvelope(TypedDict):
    user: UserAnswer


class SessionAnswer(TypedDict):
    id: Id
    created_at: Time
    last_seen_at: Time
    expires_at: Time
    user_agent: str
    ip_prefix: str
    current: bool


class SignedInAnswer(TypedDict):
    user: UserAnswer
    session: SessionAnswer


class SessionList(TypedDict):
    items: list[SessionAnswer]


class HealthAnswer(TypedDict):
    status: str


class ProblemMember(TypedDict):
    pointer: str
    code: str
    detail: str


class Problem(TypedDict):
    """RFC 9457. `errors` comes with 422, `attempts_left` with a wrong code."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: Id
    errors: NotRequired[list[ProblemMember]]
    attempts_left: NotRequired[int]
