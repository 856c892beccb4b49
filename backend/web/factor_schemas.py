"""What the bodies of passkeys, second factors and proofs hold, and what is answered."""

from __future__ import annotations

from typing import Annotated, Any, Final, cast

from pydantic import ConfigDict, Field, PlainValidator, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from backend.accounts.errors import Rejected
from backend.accounts.profile_text import DISPLAY_NAME_LENGTH, parse_passkey_name
from backend.accounts.recovery_codes import RECOVERY_CODE
from backend.accounts.totp import TOTP
from backend.web.schemas import (
    Body,
    CodeMember,
    CredentialMember,
    DisplayNameMember,
    EmailMember,
    Id,
    LocaleMember,
    TextMember,
    Time,
    UsernameMember,
    nullable,
    optional,
    string,
    without_default,
)

METHODS: Final = (TOTP, RECOVERY_CODE)


def _method(value: str) -> str:
    if value not in METHODS:
        raise Rejected("method_invalid")
    return value


MethodMember = Annotated[
    str,
    PlainValidator(string(_method, "method_invalid")),
    WithJsonSchema({"type": "string", "enum": list(METHODS)}),
]
PasskeyNameMember = Annotated[
    str | None,
    PlainValidator(optional(string(parse_passkey_name, "passkey_name_invalid"))),
    nullable(minLength=1, maxLength=DISPLAY_NAME_LENGTH),
]
# Base64url without padding (RFC 4648 5).
Base64Url = Annotated[str, WithJsonSchema({"type": "string", "pattern": "^[A-Za-z0-9_-]*$"})]


def _left_out() -> Any:
    """A member that may be left out, but is not to be null."""
    return Field(default=cast("Any", None), json_schema_extra=without_default)


class ChallengeBody(Body):
    method: MethodMember
    code: CodeMember


class CredentialBody(Body):
    credential: CredentialMember


class StepUpBody(Body):
    """Exactly one of its members."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    password: TextMember = _left_out()
    totp: CodeMember = _left_out()
    passkey: CredentialMember = _left_out()

    @model_validator(mode="after")
    def _one(self) -> StepUpBody:
        if len(self.model_fields_set) != 1:
            raise PydanticCustomError("exactly_one", "refused")
        return self


class SignUpOptionsBody(Body):
    """What the registration will have, so that no passkey is made for one that is refused."""

    username: UsernameMember
    email: EmailMember
    display_name: DisplayNameMember = None
    locale: LocaleMember = None


class NewPasskeyBody(Body):
    credential: CredentialMember
    name: PasskeyNameMember = None


class PasskeyChangesBody(Body):
    name: PasskeyNameMember


class ChallengeAnswer(TypedDict):
    id: Id
    methods: list[str]
    expires_at: Time


class ChallengeEnvelope(TypedDict):
    challenge: ChallengeAnswer


class TotpAnswer(TypedDict):
    """`secret` is in base 32, `qr` the same as an SVG document."""

    secret: str
    uri: str
    qr: str


class RecoveryCodesAnswer(TypedDict):
    codes: list[str]


class PasskeyAnswer(TypedDict):
    id: Id
    name: str | None
    created_at: Time
    last_used_at: Time | None
    backed_up: bool


class PasskeyList(TypedDict):
    items: list[PasskeyAnswer]


class RelyingParty(TypedDict):
    id: str
    name: str


class PasskeyUser(TypedDict):
    id: Base64Url
    name: str
    displayName: str


class Algorithm(TypedDict):
    type: str
    alg: int


class Descriptor(TypedDict):
    type: str
    id: Base64Url
    transports: list[str]


class AuthenticatorSelection(TypedDict):
    residentKey: str
    requireResidentKey: bool
    userVerification: str


class CreationOptions(TypedDict):
    """PublicKeyCredentialCreationOptionsJSON (WebAuthn Level 3)."""

    rp: RelyingParty
    user: PasskeyUser
    challenge: Base64Url
    pubKeyCredParams: list[Algorithm]
    timeout: int
    excludeCredentials: list[Descriptor]
    authenticatorSelection: AuthenticatorSelection
    attestation: str


class RequestOptions(TypedDict):
    """PublicKeyCredentialRequestOptionsJSON (WebAuthn Level 3)."""

    challenge: Base64Url
    timeout: int
    rpId: str
    allowCredentials: list[Descriptor]
    userVerification: str
