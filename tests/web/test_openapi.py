"""The OpenAPI document and its page: they say what the app does, no more and no less."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from backend.web import problems
from tests.support import Browser, Site
from tests.web.contract import ENDPOINTS

# OpenAPI 3.1 schemas are in this dialect of JSON Schema.
DIALECT = "https://json-schema.org/draft/2020-12/schema"
# What is served without being described: the document itself, and its page.
UNDESCRIBED = {"/api/v1/openapi.json", "/api/v1/docs", "/api/v1/docs.css"}
# What asks for both factors besides administration: what others rely on, and what binds a factor.
BOTH_FACTORS = {
    *("POST /tokens", "POST /passkeys/registration-options", "POST /passkeys"),
    *("PATCH /passkeys/{passkey_id}", "DELETE /passkeys/{passkey_id}"),
    *("POST /users/me/totp", "POST /users/me/totp/confirm", "DELETE /users/me/totp"),
    "POST /users/me/recovery-codes",
}
BODILESS = {
    *("POST /admin/users/{user_id}/disable", "POST /admin/users/{user_id}/enable"),
    "POST /admin/users/{user_id}/end-sessions",
    "POST /admin/users/{user_id}/reset-second-factors",
    *("POST /passkeys/authentication-options", "POST /passkeys/registration-options"),
    "POST /registrations/{registration_id}/resend",
    *("POST /users/me/recovery-codes", "POST /users/me/totp"),
}
PARAMETERS = {
    "POST /users": {"header Idempotency-Key"},
    "PATCH /users/me": {"header If-Match"},
    "GET /users/me/events": {"query limit", "query cursor"},
    "GET /admin/users": {"query prefix", "query limit", "query cursor"},
    "GET /admin/events": {"query user", "query limit", "query cursor"},
}

TEXT = {"type": "string", "minLength": 1, "maxLength": 1024}
NAME = {"type": ["string", "null"], "minLength": 1, "maxLength": 80}
CREDENTIAL = {"type": "object"}
# What a member of a body may be, which is the same in all of them but for the password.
MEMBERS = {
    **dict.fromkeys(("audience", "code", "current_password", "identifier", "token", "totp"), TEXT),
    **dict.fromkeys(("display_name", "name"), NAME),
    **dict.fromkeys(("credential", "passkey"), CREDENTIAL),
    "method": {"type": "string", "enum": ["totp", "recovery_code"]},
    "email": {"type": "string", "format": "email", "maxLength": 254},
    "username": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{1,30}[A-Za-z0-9]$"},
    "password": {"type": "string", "format": "password", "maxLength": 128},
    "locale": {
        "type": ["string", "null"],
        "pattern": "^[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?$",
    },
    "roles": {
        "type": "array",
        "items": {"type": "string", "pattern": "^[a-z][a-z0-9_-]{0,31}$"},
        "maxItems": 16,
        "uniqueItems": True,
    },
}
# Who proves a password they have may have one of before a rule.
PROVING = {"SignInBody", "StepUpBody"}


@pytest.fixture
def document(browser: Browser) -> dict[str, Any]:
    return browser.get("openapi.json").json


def operations(document: dict[str, Any]) -> dict[str, Any]:
    """Each operation as `GET /users/me`."""
    return {
        f"{method.upper()} {path.removeprefix('/api/v1')}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def refusals(operation: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Status and code of each problem that the operation is said to answer."""
    for status, answer in operation["responses"].items():
        if content := answer.get("content", {}).get("application/problem+json"):
            [_, narrowed] = content["schema"]["allOf"]
            for code in narrowed["properties"]["code"]["enum"]:
                yield status, code


def parts(value: Any) -> Iterator[dict[str, Any]]:
    """Every object within the document."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from parts(inner)


def test_the_document_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    assert [error.message for error in OPENAPI_31_VALIDATOR.iter_errors(document)] == []


def test_every_schema_is_valid_json_schema(document: dict[str, Any]) -> None:
    for schema in document["components"]["schemas"].values():
        jsonschema_rs.meta.validate({"$schema": DIALECT, **schema})


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    named = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    references = {part["$ref"] for part in parts(document) if "$ref" in part}
    assert references == named


def test_every_default_is_a_value_that_is_allowed(document: dict[str, Any]) -> None:
    wrong = [
        part["title"]
        for part in parts(document["components"]["schemas"])
        if "default" in part and not jsonschema_rs.is_valid(part, part["default"])
    ]
    assert wrong == []


def test_the_document_lists_the_endpoints_of_the_contract(document: dict[str, Any]) -> None:
    assert operations(document).keys() == ENDPOINTS.keys()
    assert all(method.islower() for methods in document["paths"].values() for method in methods)


def test_nothing_is_served_that_the_document_does_not_list(
    site: Site, document: dict[str, Any]
) -> None:
    served = {
        re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for rule in site.app.url_map.iter_rules()
        if rule.rule.startswith(("/api/", "/.well-known/"))
    }
    assert served == document["paths"].keys() | UNDESCRIBED


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_an_endpoint_is_described_with_its_success_and_refusals(
    document: dict[str, Any], endpoint: str
) -> None:
    wanted, described = ENDPOINTS[endpoint], operations(document)[endpoint]
    assert [status for status in described["responses"] if status < "300"] == wanted.success.split()
    assert {f"{status} {code}" for status, code in refusals(described)} >= wanted.refusals
    assert ("security" in described) is wanted.session


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_an_endpoint_is_described_with_what_all_of_its_kind_refuse(
    document: dict[str, Any], endpoint: str
) -> None:
    method, path = endpoint.split()
    own, admin = ENDPOINTS[endpoint], path.startswith("/admin/")
    takes_a_body = method in {"POST", "PATCH", "PUT"}
    described = {code for _, code in refusals(operations(document)[endpoint])}
    wanted = {
        "internal_error": True,
        "unavailable": True,
        "cross_origin_refused": method != "GET",
        "malformed_json": takes_a_body,
        "body_too_large": takes_a_body,
        "unsupported_media_type": takes_a_body,
        "required": takes_a_body,
        "unknown_member": takes_a_body,
        "not_authenticated": own.session and not admin,
        "not_found": admin,
        "step_up_required": "403 step_up_required" in own.refusals,
        "second_factor_required": admin or endpoint in BOTH_FACTORS,
    }
    assert {code: code in described for code in wanted} == wanted


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_an_endpoint_is_described_with_its_parameters(
    document: dict[str, Any], endpoint: str
) -> None:
    described = operations(document)[endpoint].get("parameters", [])
    in_path = {f"path {name}" for name in re.findall(r"{(\w+)}", endpoint)}
    found = [f"{parameter['in']} {parameter['name']}" for parameter in described]
    assert sorted(found) == sorted(in_path | PARAMETERS.get(endpoint, set()))
    needed = {f"path {part['name']}" for part in described if part.get("required")}
    assert needed == in_path


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_an_endpoint_is_described_with_its_body_and_its_answer(
    document: dict[str, Any], endpoint: str
) -> None:
    described = operations(document)[endpoint]
    needs_a_body = endpoint.startswith(("POST", "PATCH", "PUT")) and endpoint not in BODILESS
    assert ("requestBody" in described) is needs_a_body
    if needs_a_body:
        assert described["requestBody"]["required"] is (endpoint != "POST /tokens")
    for status in ENDPOINTS[endpoint].success.split():
        assert ("content" in described["responses"][status]) is (status != "204")


def test_every_member_of_a_body_is_described_by_what_it_may_be(document: dict[str, Any]) -> None:
    told = {"title", "description", "default"}
    bodies = {k: v for k, v in document["components"]["schemas"].items() if k.endswith("Body")}
    for body, schema in bodies.items():
        for member, described in schema["properties"].items():
            may_be = {key: value for key, value in described.items() if key not in told}
            proving = member == "password" and body in PROVING
            assert may_be == (TEXT if proving else MEMBERS[member]), (body, member)
    assert {"maxProperties": 1, "minProperties": 1}.items() <= bodies["StepUpBody"].items()


def test_an_answer_that_asks_to_wait_says_for_how_long(document: dict[str, Any]) -> None:
    for operation in operations(document).values():
        for status, answer in operation["responses"].items():
            assert ("Retry-After" in answer["headers"]) is (status in {"429", "503"})


def test_an_operation_is_named_after_its_group(document: dict[str, Any]) -> None:
    for operation in operations(document).values():
        [group] = operation["tags"]
        assert operation["operationId"].startswith(f"{group}_")


def test_every_refusal_is_in_the_table_of_problems_with_its_status(
    document: dict[str, Any],
) -> None:
    table = {(str(entry.status), entry.code) for entry in problems.listed()}
    described = {
        refusal for operation in operations(document).values() for refusal in refusals(operation)
    }
    assert described - table == set()


@pytest.mark.parametrize(
    ("site_url", "cookie"),
    [("http://localhost", "session"), ("https://accounts.example.com", "__Host-session")],
)
def test_the_document_names_the_server_and_its_cookie(
    make_site: Any, site_url: str, cookie: str
) -> None:
    document = make_site(SITE_URL=site_url).browser().get("openapi.json").json
    assert document["servers"] == [{"url": site_url}]
    assert document["components"]["securitySchemes"]["session"]["name"] == cookie


def test_the_document_may_be_kept_for_a_while(browser: Browser) -> None:
    answer = browser.get("openapi.json")
    assert answer.content_type == "application/json"
    assert answer.cache_control.public
    assert int(answer.cache_control.max_age or 0) > 0


def test_the_page_has_a_policy_that_lets_nothing_run(browser: Browser) -> None:
    answer = browser.get("docs")
    assert answer.status_code == 200
    assert answer.content_type == "text/html; charset=utf-8"
    policy = dict(
        part.strip().partition(" ")[::2]
        for part in answer.headers["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["base-uri"] == "'none'"
    assert policy["form-action"] == "'none'"
    assert policy["style-src"] == "'self'"
    others = {"default-src", "frame-ancestors", "base-uri", "form-action"}
    assert policy.keys() - others == {"style-src"}


def test_the_page_obeys_its_policy(browser: Browser) -> None:
    page = browser.get("docs").text
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=|<iframe|<img", page)
    styles = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page)
    assert styles == ["/api/v1/docs.css"]
    assert browser.get(styles[0]).content_type == "text/css; charset=utf-8"


def test_the_page_has_every_endpoint_and_every_code(
    browser: Browser, document: dict[str, Any]
) -> None:
    anchors = set(re.findall(r'id="([^"]+)"', browser.get("docs").text))
    assert {operation["operationId"] for operation in operations(document).values()} <= anchors
    assert {entry.code for entry in problems.listed()} <= anchors
    # Whoever is refused for a member has the code of that.
    assert "invalid" not in anchors


def test_the_type_of_a_problem_leads_to_its_place_on_the_page(browser: Browser) -> None:
    page, _, anchor = browser.get("users/me").json["type"].partition("#")
    assert page.endswith("/api/v1/docs")
    assert f'id="{anchor}"' in browser.get("docs").text
