"""Every call of the contract is offered."""

from __future__ import annotations

import pytest

from tests.support import Site

CALLS = [
    "POST /api/v1/users",
    "PATCH /api/v1/registrations/1",
    "POST /api/v1/registrations/1/resend",
    "POST /api/v1/registrations/1/verify",
    "POST /api/v1/sessions",
    "POST /api/v1/sessions/challenges/1",
    "GET /api/v1/sessions",
    "DELETE /api/v1/sessions/1",
    "DELETE /api/v1/sessions/current",
    "DELETE /api/v1/sessions",
    "POST /api/v1/sessions/current/step-up",
    "GET /api/v1/users/me",
    "GET /api/v1/users/1",
    "PATCH /api/v1/users/me",
    "DELETE /api/v1/users/me",
    "GET /api/v1/users/me/export",
    "GET /api/v1/users/me/events",
    "POST /api/v1/password-resets",
    "POST /api/v1/password-resets/complete",
    "PUT /api/v1/users/me/password",
    "POST /api/v1/users/me/email-changes",
    "POST /api/v1/users/me/email-changes/verify",
    "POST /api/v1/email-changes/undo",
    "POST /api/v1/passkeys/registration-options",
    "POST /api/v1/passkeys",
    "GET /api/v1/passkeys",
    "PATCH /api/v1/passkeys/1",
    "DELETE /api/v1/passkeys/1",
    "POST /api/v1/passkeys/authentication-options",
    "POST /api/v1/sessions/passkey",
    "POST /api/v1/users/me/totp",
    "POST /api/v1/users/me/totp/confirm",
    "DELETE /api/v1/users/me/totp",
    "POST /api/v1/users/me/recovery-codes",
    "GET /api/v1/admin/users",
    "POST /api/v1/admin/users/find",
    "GET /api/v1/admin/users/1",
    "POST /api/v1/admin/users/1/disable",
    "POST /api/v1/admin/users/1/enable",
    "POST /api/v1/admin/users/1/end-sessions",
    "PUT /api/v1/admin/users/1/roles",
    "GET /api/v1/admin/events",
    "POST /api/v1/tokens",
    "GET /.well-known/jwks.json",
    "GET /api/v1/health",
    "GET /api/v1/openapi.json",
]


@pytest.mark.parametrize("call", CALLS)
def test_a_call_of_the_contract_leads_to_an_endpoint(call: str, site: Site) -> None:
    method, path = call.split()
    endpoint, _ = site.app.url_map.bind("localhost").match(path, method)
    assert endpoint in site.app.view_functions
