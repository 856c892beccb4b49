"""The endpoints of the contract."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Endpoint:
    """Its success (or successes), the refusals that are its own, whether it needs a session."""

    success: str
    refusals: set[str] = field(default_factory=set)
    session: bool = False


ENDPOINTS = {
    "GET /health": Endpoint("200", {"503 unavailable"}),
    "GET /.well-known/jwks.json": Endpoint("200"),
    "POST /tokens": Endpoint(
        "201", {"401 not_authenticated", "422 audience_invalid"}, session=True
    ),
    "POST /users": Endpoint("202", {"409 username_taken", "429 rate_limited"}),
    "PATCH /registrations/{registration_id}": Endpoint(
        "202", {"404 registration_not_found", "429 rate_limited"}
    ),
    "POST /registrations/{registration_id}/resend": Endpoint(
        "202", {"404 registration_not_found", "429 rate_limited"}
    ),
    "POST /registrations/{registration_id}/verify": Endpoint(
        "201",
        {
            "404 registration_not_found",
            "409 account_exists",
            "410 code_exhausted",
            "410 registration_expired",
            "422 code_invalid",
        },
    ),
    "POST /registrations/passkey-options": Endpoint(
        "200", {"409 username_taken", "429 rate_limited"}
    ),
    "POST /sessions": Endpoint("201 202", {"401 invalid_credentials", "429 rate_limited"}),
    "POST /sessions/challenges/{challenge_id}": Endpoint(
        "201", {"401 invalid_code", "410 challenge_expired", "429 rate_limited"}
    ),
    "POST /sessions/passkey": Endpoint("201", {"401 invalid_credentials"}),
    "GET /sessions": Endpoint("200", {"401 not_authenticated"}, session=True),
    "DELETE /sessions": Endpoint("204", {"401 not_authenticated"}, session=True),
    "DELETE /sessions/current": Endpoint("204", {"401 not_authenticated"}, session=True),
    "POST /sessions/current/step-up": Endpoint(
        "204",
        {"401 invalid_code", "401 invalid_credentials", "401 not_authenticated"},
        session=True,
    ),
    "DELETE /sessions/{session_id}": Endpoint(
        "204", {"401 not_authenticated", "404 session_not_found"}, session=True
    ),
    "GET /users/me": Endpoint("200", {"401 not_authenticated"}, session=True),
    "PATCH /users/me": Endpoint(
        "200",
        {
            "401 not_authenticated",
            "409 username_taken",
            "412 precondition_failed",
            "428 precondition_required",
        },
        session=True,
    ),
    "GET /users/{user_id}": Endpoint(
        "200", {"401 not_authenticated", "404 user_not_found"}, session=True
    ),
    "POST /password-resets": Endpoint("202", {"429 rate_limited"}),
    "POST /password-resets/complete": Endpoint("204", {"410 token_invalid"}),
    "PUT /users/me/password": Endpoint(
        "204",
        {"401 invalid_credentials", "401 not_authenticated", "403 step_up_required"},
        session=True,
    ),
    "GET /admin/users": Endpoint(
        "200", {"400 cursor_invalid", "400 limit_invalid", "404 not_found"}, session=True
    ),
    "POST /admin/users/find": Endpoint(
        "200", {"404 not_found", "404 user_not_found"}, session=True
    ),
    "GET /admin/users/{user_id}": Endpoint(
        "200", {"404 not_found", "404 user_not_found"}, session=True
    ),
    "DELETE /admin/users/{user_id}": Endpoint(
        "204",
        {"403 step_up_required", "404 not_found", "404 user_not_found", "409 last_admin"},
        session=True,
    ),
    "POST /admin/users/{user_id}/disable": Endpoint(
        "200", {"404 not_found", "404 user_not_found", "409 last_admin"}, session=True
    ),
    "POST /admin/users/{user_id}/enable": Endpoint(
        "200", {"404 not_found", "404 user_not_found"}, session=True
    ),
    "POST /admin/users/{user_id}/end-sessions": Endpoint(
        "200", {"404 not_found", "404 user_not_found"}, session=True
    ),
    "POST /admin/users/{user_id}/reset-second-factors": Endpoint(
        "200", {"403 step_up_required", "404 not_found", "404 user_not_found"}, session=True
    ),
    "PUT /admin/users/{user_id}/roles": Endpoint(
        "200",
        {
            "403 step_up_required",
            "404 not_found",
            "404 user_not_found",
            "409 last_admin",
            "422 role_invalid",
        },
        session=True,
    ),
    "GET /admin/events": Endpoint(
        "200", {"400 cursor_invalid", "400 limit_invalid", "404 not_found"}, session=True
    ),
    "POST /users/me/email-changes": Endpoint(
        "202",
        {"401 not_authenticated", "403 step_up_required", "429 rate_limited"},
        session=True,
    ),
    "POST /users/me/email-changes/verify": Endpoint(
        "200",
        {
            "401 not_authenticated",
            "410 code_exhausted",
            "410 email_change_expired",
            "422 code_invalid",
        },
        session=True,
    ),
    "POST /email-changes/undo": Endpoint("204", {"410 token_invalid"}),
    "POST /users/me/totp": Endpoint(
        "201", {"401 not_authenticated", "403 step_up_required", "409 totp_exists"}, session=True
    ),
    "POST /users/me/totp/confirm": Endpoint(
        "204",
        {
            "401 invalid_code",
            "401 not_authenticated",
            "403 step_up_required",
            "404 totp_not_found",
            "409 totp_exists",
        },
        session=True,
    ),
    "DELETE /users/me/totp": Endpoint(
        "204", {"401 not_authenticated", "403 step_up_required", "404 totp_not_found"}, session=True
    ),
    "POST /users/me/recovery-codes": Endpoint(
        "201", {"401 not_authenticated", "403 step_up_required", "404 totp_not_found"}, session=True
    ),
    "POST /passkeys/registration-options": Endpoint(
        "200",
        {"401 not_authenticated", "403 step_up_required", "409 passkey_limit_reached"},
        session=True,
    ),
    "POST /passkeys/authentication-options": Endpoint("200"),
    "POST /passkeys": Endpoint(
        "201",
        {
            "401 not_authenticated",
            "403 step_up_required",
            "409 passkey_exists",
            "409 passkey_limit_reached",
            "422 passkey_invalid",
        },
        session=True,
    ),
    "GET /passkeys": Endpoint("200", {"401 not_authenticated"}, session=True),
    "PATCH /passkeys/{passkey_id}": Endpoint(
        "200",
        {"401 not_authenticated", "403 step_up_required", "404 passkey_not_found"},
        session=True,
    ),
    "DELETE /passkeys/{passkey_id}": Endpoint(
        "204",
        {
            "401 not_authenticated",
            "403 step_up_required",
            "404 passkey_not_found",
            "409 last_way_in",
        },
        session=True,
    ),
    "GET /users/me/events": Endpoint(
        "200",
        {"400 cursor_invalid", "400 limit_invalid", "401 not_authenticated"},
        session=True,
    ),
    "GET /users/me/export": Endpoint(
        "200", {"401 not_authenticated", "403 step_up_required"}, session=True
    ),
    "DELETE /users/me": Endpoint(
        "204",
        {"401 not_authenticated", "403 step_up_required", "409 last_admin"},
        session=True,
    ),
}
