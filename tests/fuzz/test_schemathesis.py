"""Whatever is sent, right or wrong, the answer is one that the OpenAPI document describes."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.authenticator import Authenticator
from tests.factors import add_passkey, add_totp, challenged
from tests.support import Browser, Site, registration_id, session_token
from tests.web.contract import ENDPOINTS

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
WITH_BODY = [
    "POST /users",
    "PATCH /registrations/{registration_id}",
    "POST /registrations/{registration_id}/verify",
    "POST /sessions",
    "PATCH /users/me",
    "POST /tokens",
    "POST /password-resets",
    "POST /password-resets/complete",
    "PUT /users/me/password",
    "POST /users/me/email-changes/verify",
    "POST /email-changes/undo",
    "POST /registrations/passkey-options",
    "POST /sessions/challenges/{challenge_id}",
    "POST /sessions/passkey",
    "POST /sessions/current/step-up",
    "POST /users/me/totp/confirm",
    "POST /passkeys",
    "PATCH /passkeys/{passkey_id}",
]
ADMIN_WITH_BODY = ["POST /admin/users/find", "PUT /admin/users/{user_id}/roles"]


def fuzz(
    site: Site,
    endpoint: str,
    cookies: Callable[[], dict[str, str]] = dict,
    mode: GenerationMode = GenerationMode.POSITIVE,
    **known: str,
) -> None:
    """Sends many requests that fit the document, or do not; the same ones in every run.

    `known` are parameters of the path that are not to be guessed.
    """
    method, path = endpoint.split()
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", site.app)
    schema.config.generation.update(with_security_parameters=False)
    parameters = {name: value for name, value in known.items() if f"{{{name}}}" in path}
    whole = path if path.startswith("/.well-known/") else f"/api/v1{path}"
    cases = schema[whole][method].as_strategy(mode, path_parameters=parameters or None)

    @settings(
        max_examples=25,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases.map(lengthened) if mode.is_positive else cases)
    def send(case: Case) -> None:
        case.call_and_validate(cookies=cookies(), checks=CHECKS)

    send()


def lengthened(case: Case) -> Case:
    """A password that is long enough: a setting says how long, so the document does not."""
    of_users = case.operation.path.endswith("/users")
    if of_users and isinstance(case.body, dict) and "password" in case.body:
        case.body["password"] += " and some more words"
    return case


def session_of(browser: Browser, identifier: str) -> Callable[[], dict[str, str]]:
    """A session that is begun again whenever it was ended."""

    def cookies() -> dict[str, str]:
        if browser.get("users/me").status_code == 401:
            browser.sign_in(identifier)
        return {"session": session_token(browser)}

    return cookies


def admin_of(site: Site) -> Callable[[], dict[str, str]]:
    """The session of an admin who proves anew that it is them at every request."""
    browser = site.browser()
    user = browser.become("root1")
    site.make_admin(user["id"])

    def cookies() -> dict[str, str]:
        browser.sign_in(user["email"])
        browser.prove()
        return {"session": session_token(browser)}

    return cookies


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_stranger_is_answered_as_the_document_says(site: Site, endpoint: str) -> None:
    fuzz(site, endpoint)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_member_is_answered_as_the_document_says(
    site: Site, browser: Browser, endpoint: str
) -> None:
    user = browser.become("ann")
    cat = site.browser()
    cat.become("cat")
    add_totp(cat)
    known = {
        "user_id": user["id"],
        "session_id": site.browser().sign_in("ann").json["session"]["id"],
        "registration_id": registration_id(site.browser().register("bob")),
        "challenge_id": challenged(cat, "cat"),
        "passkey_id": add_passkey(browser, Authenticator())["id"],
    }
    fuzz(site, endpoint, session_of(browser, user["email"]), **known)


@pytest.mark.parametrize("endpoint", [one for one in ENDPOINTS if " /admin/" in one])
def test_an_admin_is_answered_as_the_document_says(site: Site, endpoint: str) -> None:
    fuzz(site, endpoint, admin_of(site), user_id=site.browser().become("bob")["id"])


@pytest.mark.parametrize("endpoint", ADMIN_WITH_BODY)
def test_what_does_not_fit_the_document_is_refused_to_an_admin_too(
    site: Site, endpoint: str
) -> None:
    user_id = site.browser().become("bob")["id"]
    fuzz(site, endpoint, admin_of(site), GenerationMode.NEGATIVE, user_id=user_id)


@pytest.mark.parametrize("endpoint", WITH_BODY)
def test_what_does_not_fit_the_document_is_refused(
    site: Site, browser: Browser, endpoint: str
) -> None:
    user = browser.become("ann")
    known = {
        "registration_id": registration_id(site.browser().register("bob")),
        "challenge_id": str(uuid.uuid4()),
        "passkey_id": add_passkey(browser, Authenticator())["id"],
    }
    fuzz(site, endpoint, session_of(browser, user["email"]), GenerationMode.NEGATIVE, **known)
