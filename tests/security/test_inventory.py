"""docs/inventory.md says of data, keys, logs, connections and rights what the code does."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from typing import Any

from flask import Flask

from backend.settings import listed
from backend.web.operation import Operation
from backend.web.schemas import UserAnswer
from tests.infra.test_infra_role import every_flow
from tests.security.pages import DOCS, quoted, rows, section
from tests.support import Site

PAGE = "inventory.md"
ROOT = DOCS.parent
KEYS_OF_ITEMS = {"pk", "sk"}
# A counter has an attribute for each hour of its day.
HOUR = re.compile(r"h\d\d?")
WHO = {
    (False, False, False): "anybody",
    (True, False, False): "a user, of their own",
    (True, True, False): "a user, of their own, with a proof",
    (False, False, True): "an admin, of anybody",
    (False, True, True): "an admin, of anybody, with a proof",
}
WEBAUTHN_KINDS = {"webauthn.create", "webauthn.get"}
# They answer everybody alike, and so need no description.
DOCUMENTS = {"/openapi.json", "/docs", "/docs.css"}


def column(title: str, *, number: int = 0) -> list[str]:
    """What is quoted in a column of a section's table."""
    return [name for row in rows(section(PAGE, title)) for name in quoted(row[number])]


def attributes(operation: str, asked: dict[str, Any]) -> Iterator[str]:
    """The attributes that a call stores."""
    if operation == "TransactWriteItems":
        for item in asked["TransactItems"]:
            for kind, write in item.items():
                yield from attributes(f"{kind}Item", write)
    elif operation == "PutItem":
        yield from asked["Item"]
    elif operation == "UpdateItem":
        yield from asked["ExpressionAttributeNames"].values()


def test_every_attribute_that_is_stored_has_a_class(make_site: Callable[..., Site]) -> None:
    webhook = {"WEBHOOK_URL": "http://127.0.0.1:9/", "WEBHOOK_SECRET": "whsec_" + "c2hv" * 8}
    site, stored = make_site(**webhook), set[str]()

    with site.calls.noted(lambda operation, asked: stored.update(attributes(operation, asked))):
        every_flow(site)
        site.browser().become("dora", locale="de")

    classed = column("Data", number=1)
    assert len(classed) == len(set(classed))
    found = {name for name in stored - KEYS_OF_ITEMS if not HOUR.fullmatch(name)}
    assert found == set(classed)


def test_every_secret_setting_is_in_the_table_of_keys() -> None:
    assert sorted(column("Keys")) == sorted(entry.name for _, entry in listed() if entry.secret)


def test_every_event_is_in_the_table_of_what_is_logged() -> None:
    events = section(PAGE, "Logs").split("The events: ", 1)[1].split(".\n\n", 1)[0]
    assert sorted(quoted(events)) == sorted(recorded())


def recorded() -> set[str]:
    """The actions that the code records, wherever it does."""
    texts = {
        node.value
        for folder in ("accounts", "cli")
        for path in (ROOT / "backend" / folder).glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    actions = {text for text in texts if re.fullmatch(r"[a-z_]+\.[a-z_]+", text)}
    return actions - WEBAUTHN_KINDS


def test_every_place_that_is_called_is_in_the_table() -> None:
    named = set(quoted(section(PAGE, "Connections")))
    addresses = {entry.name for _, entry in listed() if entry.name.endswith("_URL")}
    assert addresses <= named
    assert services() <= named


def services() -> set[str]:
    """AWS's, by the names under which calls of them are signed."""
    found: set[str] = set()
    for path in (ROOT / "backend").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "service":
                found |= {node.value.value} if isinstance(node.value, ast.Constant) else set()
    assert found
    return found


def test_every_way_in_is_in_the_table(site: Site) -> None:
    """Whatever sets a session's cookie where there was none."""
    ways = {
        call
        for call, described in operations(site.app)
        if "Set-Cookie" in described.answer_headers and not described.session
    }
    assert {call for row in rows(section(PAGE, "Ways in")) for call in quoted(row[0])} == ways


def test_every_call_is_in_the_table_of_who_may_do_what(site: Site) -> None:
    table = {row[0]: set(quoted(row[1])) for row in rows(section(PAGE, "Who may do what"))}
    expected: dict[str, set[str]] = {who: set() for who in WHO.values()}
    for call, described in operations(site.app):
        rights = (described.session, described.step_up, described.admin)
        expected[WHO[rights]].add(call)
    expected["anybody"] |= {f"GET {path}" for path in DOCUMENTS}
    assert table == expected


def operations(app: Flask) -> Iterator[tuple[str, Operation]]:
    """Each call, by its method and its path below /api/v1, with what it is said to be."""
    for rule in app.url_map.iter_rules():
        path = rule.rule.removeprefix("/api/v1")
        described = getattr(app.view_functions[rule.endpoint], "operation", None)
        if described is None:
            assert path in DOCUMENTS or path.startswith("/dev/"), path
            continue
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            yield f"{method} {path}", described


def test_every_member_of_a_user_is_in_the_table() -> None:
    assert sorted(column("Members of a user")) == sorted(UserAnswer.__annotations__)
