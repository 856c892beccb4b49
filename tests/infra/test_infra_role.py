"""The role of the function allows what the code does, and no more: recorded from all flows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import request

from backend import production
from backend.aws.service import Service
from backend.mail.message import Message
from backend.mail.ses import Ses
from backend.settings import load
from backend.storage.tables import TABLES
from infra.stacks.role import TABLE_ACTIONS
from tests.authenticator import Authenticator
from tests.factors import (
    add_passkey,
    add_totp,
    answer,
    become_by_passkey,
    challenged,
    make_recovery_codes,
    prove_by_passkey,
    use_passkey,
)
from tests.infra.emulated import REGION, Operator
from tests.support import NEW_PASSWORD, PASSWORD, Site, registration_id

# Within a transaction, IAM asks for the action of each write.
OF_WRITES = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}


def used(operation: str, parameters: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The table and action of everything that a call does."""
    if operation == "TransactWriteItems":
        for item in parameters["TransactItems"]:
            for kind, write in item.items():
                yield write["TableName"], OF_WRITES[kind]
    elif operation == "BatchGetItem":
        for table in parameters["RequestItems"]:
            yield table, operation
    elif "IndexName" in parameters:
        yield f"{parameters['TableName']}/index/{parameters['IndexName']}", operation
    else:
        yield parameters["TableName"], operation


def every_flow(site: Site) -> None:
    """Each endpoint at its best, and what is only done when something is in the way."""
    ann, device = site.browser(), site.browser()
    ann.get("health")
    begun = ann.post(
        "users",
        {"username": "ann", "email": "ann@example.com", "password": PASSWORD},
        headers={"Idempotency-Key": "12345678"},
    )
    site.clock.advance(minutes=2)
    ann.post(f"registrations/{registration_id(begun)}/resend", {})
    ann.patch(f"registrations/{registration_id(begun)}", {"email": "ann2@example.com"})
    ann.verify(begun, "000000")
    user = ann.verify(begun, site.code("ann2@example.com")).json["user"]
    ann.get("users/me")
    ann.get(f"users/{user['id']}")
    ann.prove()
    ann.get("/.well-known/jwks.json")
    ann.post("tokens")
    ann.change({"display_name": "Ann"})
    ann.change({"username": "anna"})
    device.sign_in("anna", "not the password at all")
    device.sign_in("anna")
    site.clock.advance(days=1)
    device.get("sessions")
    [other] = [one for one in ann.get("sessions").json["items"] if not one["current"]]
    ann.delete(f"sessions/{other['id']}")
    device.sign_in("anna")
    device.delete("sessions")
    device.delete("sessions/current")
    device.forget("ann2@example.com")
    device.reset(site.token("ann2@example.com"), PASSWORD + " again")
    ann.sign_in("anna", PASSWORD + " again")
    ann.change_password(PASSWORD + " again")
    ann.prove(NEW_PASSWORD)
    ann.post("users/me/email-changes", {"email": "ann3@example.com"})
    ann.prove_address(site.code("ann3@example.com"))
    device.undo(site.token("ann2@example.com", "undo"))
    ann.sign_in("ann2@example.com", NEW_PASSWORD)
    ann.get("users/me/events")
    ann.prove(NEW_PASSWORD)
    ann.get("users/me/export")
    leaver = site.browser()
    leaver.become("leaver")
    leaver.prove()
    leaver.delete("users/me")
    # Taken, remembered as taken, and an address that has an account already.
    site.browser().register("anna")
    taken = {"username": "anna", "email": "b@example.com", "password": PASSWORD}
    site.browser().post("users", taken, headers={"Idempotency-Key": "87654321"})
    site.browser().register("bert", email="ann2@example.com")
    administration(site, user["id"])
    factors(site)


def factors(site: Site) -> None:
    cat, phone = site.browser(), Authenticator()
    become_by_passkey(cat, phone, "cat")
    use_passkey(site.browser(), phone)
    prove_by_passkey(cat, phone)
    cat.change_password(None, PASSWORD)
    passkey = add_passkey(cat, Authenticator())
    cat.patch(f"passkeys/{passkey['id']}", {"name": "Key"})
    cat.get("passkeys")
    cat.delete(f"passkeys/{passkey['id']}")
    add_totp(cat)
    make_recovery_codes(cat)
    answer(cat, challenged(cat, "cat"), "000000")
    cat.delete("users/me/totp")


def administration(site: Site, user_id: str) -> None:
    root = site.browser()
    site.make_admin(root.become("root1")["id"])
    root.sign_in("root1")
    root.prove()
    root.get("admin/users")
    root.post("admin/users/find", {"email": "root1@example.com"})
    root.get(f"admin/users/{user_id}")
    for act in ("disable", "enable", "end-sessions", "reset-second-factors"):
        root.post(f"admin/users/{user_id}/{act}")
    root.call("PUT", f"admin/users/{user_id}/roles", {"roles": ["admin"]})
    root.get("admin/events")
    root.get(f"admin/events?user={user_id}")
    root.delete(f"admin/users/{site.browser().become('leaver')['id']}")


def test_the_role_allows_exactly_what_the_flows_do(site: Site) -> None:
    calls: set[tuple[str, str]] = set()

    with site.calls.noted(lambda operation, asked: calls.update(used(operation, asked))):
        every_flow(site)

    allowed = {
        (site.prefix + table.name, action) for table in TABLES for action in TABLE_ACTIONS[table]
    } | {
        (f"{site.prefix}{table.name}/index/{index.name}", "Query")
        for table in TABLES
        for index in table.indexes
    }
    assert calls == allowed


def test_every_endpoint_is_among_the_flows(site: Site) -> None:
    seen: set[str | None] = set()
    site.app.before_request(lambda: seen.add(request.endpoint))

    every_flow(site)

    there = {rule.endpoint for rule in site.app.url_map.iter_rules()}
    without_table = {"service.docs", "service.docs_style", "service.openapi_document"}
    assert {name for name in there - seen - without_table if not name.startswith("dev.")} == set()


def actions_by_resource(operator: Operator) -> dict[str, set[str]]:
    """What the deployed role allows beyond the tables: the actions on each resource."""
    name = "latchstring-prod-ZappaLambdaExecutionRole"
    policy = operator.client("iam").get_role_policy(RoleName=name, PolicyName="function")
    allowed: dict[str, set[str]] = {}
    for statement in policy["PolicyDocument"]["Statement"]:
        assert statement["Effect"] == "Allow"
        for resource in statement["Resource"]:
            allowed.setdefault(resource, set()).update(statement["Action"])
    return {resource: allowed[resource] for resource in allowed if ":dynamodb:" not in resource}


def test_settings_mail_and_log_are_all_that_it_reaches_beyond_the_tables(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator.does("infra deploy prod --yes")
    operator.client("sesv2").create_email_identity(EmailIdentity="example.com")
    for name, value in (operator.environ | {"AWS_DEFAULT_REGION": REGION}).items():
        monkeypatch.setenv(name, value)
    used: dict[str, set[str]] = {}
    really = Service.call

    def noted(
        service: Service, path: str, headers: dict[str, str], body: dict[str, Any]
    ) -> dict[str, Any]:
        target = headers.get("x-amz-target", "").partition(".")[2]
        names = [f"ssm:parameter{name}" for name in body.get("Names", [])]
        for name in names or [f"ses:identity/{body['FromEmailAddress'].partition('@')[2]}"]:
            kind, _, rest = name.partition(":")
            arn = f"arn:aws:{kind}:{REGION}:{operator.account}:{rest}"
            used.setdefault(arn, set()).add(f"{kind}:{target or 'SendEmail'}")
        return really(service, path, headers, body)

    monkeypatch.setattr(Service, "call", noted)

    settings = load(production.environ({"STAGE": "prod"}))
    Ses(settings.mail_from).send(Message("ann@example.org", "Hello", "Hello", "<p>Hello"))

    # Lambda itself writes the log; AWS names these two for it.
    log = f"arn:aws:logs:{REGION}:{operator.account}:log-group:/aws/lambda/latchstring-prod:*"
    used[log] = {"logs:CreateLogStream", "logs:PutLogEvents"}
    assert actions_by_resource(operator) == used


def test_mail_is_sent_in_the_name_of_the_sender_only(operator: Operator) -> None:
    [mail] = [one for one in statements(operator) if one["Action"] == ["ses:SendEmail"]]

    assert mail["Condition"] == {"StringEquals": {"ses:FromAddress": "accounts@example.com"}}


def test_nothing_is_allowed_on_everything(operator: Operator) -> None:
    for statement in statements(operator):
        assert "*" not in json.dumps([statement["Action"], statement["Resource"]])


def test_tracing_adds_what_it_needs_and_no_more(operator: Operator) -> None:
    without = statements(operator)

    operator.edit((r"^xray = .*", "xray = true"))

    [added] = [one for one in statements(operator) if one not in without]
    assert added == {
        "Effect": "Allow",
        "Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
        "Resource": ["*"],
    }
    assert len(statements(operator)) == len(without) + 1


def statements(operator: Operator) -> list[dict[str, Any]]:
    """Those of the template."""
    resources = json.loads(operator.does("infra template data"))["Resources"]
    [policy] = resources["Role"]["Properties"]["Policies"]
    found: list[dict[str, Any]] = policy["PolicyDocument"]["Statement"]
    return found
