"""Every way in which the rules refuse. `backend/web/problems.py` makes each a problem."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

# What a person can do about a member, by the stable code of its error.
MEMBER_DETAILS: Final = {
    "required": "This is needed.",
    "unknown_member": "There is no such member. Leave it out.",
    "invalid_type": "Send a string.",
    "too_long": "This is too long.",
    "username_invalid": "Use 3 to 32 letters (a to z), digits, dots, hyphens or underscores. "
    "Begin and end with a letter or digit.",
    "username_reserved": "This username is kept for the site. Choose another.",
    "email_invalid": "Enter an address in the form name@example.com.",
    "password_too_short": "Use at least {min_length} characters. A few unrelated words are easy "
    "to remember.",
    "password_too_long": "Use at most {max_length} characters.",
    "password_contains_identity": "This is too close to your username, your address or the name "
    "of the site.",
    "password_compromised": "Many people use this password, or it was in a breach, so it is "
    "tried first. Choose another.",
    "display_name_invalid": "Use 1 to 80 characters without line breaks.",
    "locale_invalid": "Use a language tag such as en, de or pt-BR.",
    "code_invalid": "Check the newest mail. A code is good for 10 minutes; a new one can be sent.",
    "method_invalid": "Use totp or recovery_code.",
    "exactly_one": "Send exactly one of these members.",
    "passkey_invalid": "This passkey cannot be used here. Begin again with new options.",
    "passkey_name_invalid": "Use 1 to 80 characters without line breaks.",
    "role_invalid": "Use up to 16 different names of lower-case letters, digits, "
    "hyphens and underscores, such as admin.",
    "audience_invalid": "Use one of the audiences in TOKEN_AUDIENCES.",
    "idempotency_key_invalid": "Use 8 to 128 visible ASCII characters.",
    "idempotency_key_reused": "Use a new Idempotency-Key for a new request.",
}


class Rejected(ValueError):
    """One member has a value that is not allowed; `code` is one of `MEMBER_DETAILS`.

    `values` fill its detail, which is in English; `backend/web/problems.py` has it in others.
    """

    def __init__(self, code: str, **values: object) -> None:
        self.code = code
        self.values = values
        self.detail = MEMBER_DETAILS[code].format(**values)
        super().__init__(self.detail)


@dataclass(frozen=True)
class MemberError:
    """A refused member of a body: where (RFC 6901), which code, and what fills its detail."""

    pointer: str
    code: str
    values: Mapping[str, object] = field(default_factory=dict)


class Refusal(Exception):
    """The request was understood and is refused."""

    code: ClassVar[str]
    title: ClassVar[str]
    detail: str

    def __init__(self, **members: Any) -> None:
        super().__init__(self.code)
        self.members = members


class Invalid(Refusal):
    """One or more members are not allowed; the problem has the code of the first."""

    code = "invalid"
    title = "Some of what was sent is not allowed"
    detail = "See `errors` for each member."

    def __init__(self, errors: list[MemberError], **members: Any) -> None:
        super().__init__(**members)
        self.errors = errors

    @classmethod
    def at(cls, pointer: str, code: str, **members: Any) -> Invalid:
        return cls([MemberError(pointer, code)], **members)


class UsernameTaken(Refusal):
    code = "username_taken"
    title = "The username is taken"
    detail = "Choose another username."


class AccountExists(Refusal):
    code = "account_exists"
    title = "There is an account with this address"
    detail = "Sign in to it."


class RegistrationNotFound(Refusal):
    code = "registration_not_found"
    title = "There is no such registration"
    detail = "Start again with a new registration."


class RegistrationExpired(Refusal):
    code = "registration_expired"
    title = "The registration has expired"
    detail = "Start again with a new registration."


class CodeExhausted(Refusal):
    code = "code_exhausted"
    title = "The code was tried too often"
    detail = "Have a new code sent."


class InvalidCredentials(Refusal):
    code = "invalid_credentials"
    title = "The identifier or the password is not right"
    detail = "Check both and try again."


class InvalidCode(Refusal):
    code = "invalid_code"
    title = "The code is not right"
    detail = "Use the newest code, or a recovery code that was not used."


class ChallengeExpired(Refusal):
    code = "challenge_expired"
    title = "The challenge has expired"
    detail = "Begin again with a new one."


class StepUpRequired(Refusal):
    code = "step_up_required"
    title = "This needs a recent proof that it is you"
    detail = "Send one to /api/v1/sessions/current/step-up, then repeat the call within 5 minutes."


class SecondFactorRequired(Refusal):
    code = "second_factor_required"
    title = "This needs a second factor"
    detail = (
        "Sign in by a passkey, or by a code after the password. If you have neither, add one to "
        "your account first."
    )


class NotAuthenticated(Refusal):
    code = "not_authenticated"
    title = "There is no session"
    detail = "Sign in first."


class SessionNotFound(Refusal):
    code = "session_not_found"
    title = "There is no such session"
    detail = "List the sessions to see which there are."


class UserNotFound(Refusal):
    code = "user_not_found"
    title = "There is no such user"
    detail = "Check the id."


class TokenInvalid(Refusal):
    code = "token_invalid"
    title = "The link is spent, too old or not whole"
    detail = "Have a new link sent."


class EmailChangeExpired(Refusal):
    code = "email_change_expired"
    title = "There is no change of address to prove"
    detail = "Begin it again."


class PasskeyNotFound(Refusal):
    code = "passkey_not_found"
    title = "There is no such passkey"
    detail = "List the passkeys to see which there are."


class PasskeyLimitReached(Refusal):
    code = "passkey_limit_reached"
    title = "The account has as many passkeys as it may"
    detail = "Remove one first."


class PasskeyExists(Refusal):
    code = "passkey_exists"
    title = "The passkey is in use already"
    detail = "Use another passkey or another device."


class LastWayIn(Refusal):
    code = "last_way_in"
    title = "Nothing would be left to sign in with"
    detail = "Set a password or add another passkey first."


class TotpNotFound(Refusal):
    code = "totp_not_found"
    title = "There is no authenticator app"
    detail = "Begin with POST /api/v1/users/me/totp."


class TotpExists(Refusal):
    code = "totp_exists"
    title = "There is an authenticator app already"
    detail = "Remove it before another is added."


class LastAdmin(Refusal):
    code = "last_admin"
    title = "Nobody would be left to administer"
    detail = "Give the role admin to somebody else first."


class CursorInvalid(Refusal):
    code = "cursor_invalid"
    title = "The cursor is not one of this list"
    detail = "Use next_cursor as it was answered, or begin without a cursor."


class LimitInvalid(Refusal):
    code = "limit_invalid"
    title = "The limit is not a number that is allowed"
    detail = "Use a whole number from 1 to 100."


class PreconditionRequired(Refusal):
    code = "precondition_required"
    title = "The change needs an If-Match header"
    detail = "Read the user and send its ETag as If-Match."


class PreconditionFailed(Refusal):
    code = "precondition_failed"
    title = "The user has changed meanwhile"
    detail = "Read the user again and repeat the change with the new ETag."


class RateLimited(Refusal):
    code = "rate_limited"
    title = "That was too often"
    detail = "Wait for the seconds in Retry-After, then try again."

    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after=retry_after)
