"""What is somebody else's, asked for, changed and deleted by its id: every path that has one."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.attacks.endpoints import ENDPOINTS, NOBODY, Endpoint, each
from tests.attacks.scene import Scene
from tests.support import Browser, assert_problem
from tests.tally import Tried

pytestmark = pytest.mark.usefixtures("unchanged")

# What is right by itself, so that a refusal is for whose it is.
MEMBERS: dict[str, Any] = {"name": "stolen", "roles": ["admin"], "email": "ann@example.com"}
PRIVATE = [endpoint for endpoint in ENDPOINTS if endpoint.private]
WITH_ID = [endpoint for endpoint in PRIVATE if endpoint.parameters]
ADMIN = [one for one in PRIVATE if one.operation and one.operation.admin]
LISTS = [one for one in PRIVATE if one.safe and not one.parameters and one not in ADMIN]


def ask(browser: Browser, endpoint: Endpoint, **ids: str) -> TestResponse:
    body = {name: MEMBERS[name] for name in endpoint.members if name in MEMBERS}
    return browser.call(endpoint.method, endpoint.path(**ids), body if endpoint.body else None)


def said(answer: TestResponse) -> dict[str, Any]:
    return {**answer.json, "request_id": ""}


@each(WITH_ID)
def test_what_is_anns_is_not_there_for_bob(endpoint: Endpoint, scene: Scene, tried: Tried) -> None:
    """Not even by a sign that it is there for Ann."""
    unknown = ask(scene.bob, endpoint)
    tried("attack", len(scene.ids))
    assert unknown.status_code == 404
    for anns in scene.ids.values():
        ids = dict.fromkeys(endpoint.parameters, anns)
        answer = ask(scene.bob, endpoint, **ids)
        assert_problem(answer, 404, unknown.json["code"])
        assert said(answer) == said(unknown)
        assert {*answer.headers.keys()} == {*unknown.headers.keys()}


@each(PRIVATE)
def test_nobody_comes_in_without_a_session(endpoint: Endpoint, scene: Scene) -> None:
    answer, unknown = (ask(scene.site.browser(), endpoint, **ids) for ids in (scene.ids, {}))
    code = (404, "not_found") if endpoint in ADMIN else (401, "not_authenticated")
    assert_problem(answer, *code)
    assert said(answer) == said(unknown)


@each(ADMIN)
@pytest.mark.parametrize("whose", ["user_id", "session_id"])
def test_a_member_is_no_admin_over_anybody(whose: str, endpoint: Endpoint, scene: Scene) -> None:
    """Nor over oneself."""
    own = scene.bob.get("users/me").json["id"]
    for user_id in (scene.ids[whose], own, NOBODY):
        for browser in (scene.ann, scene.bob):
            assert_problem(ask(browser, endpoint, user_id=user_id), 404, "not_found")


@each(LISTS)
def test_no_list_of_ones_own_is_turned_to_another(endpoint: Endpoint, scene: Scene) -> None:
    anns = scene.ids["user_id"]
    names = ("user", "user_id", "id", "sub", "subject", "owner", "account", "username", "email")
    query = "&".join(f"{name}={anns}&{name}[]={anns}" for name in names)
    headers = {"X-User-Id": anns, "X-User": "ann", "X-Forwarded-User": "ann", "Remote-User": "ann"}
    answer = scene.bob.get(endpoint.path(), query_string=query, headers=headers)
    assert answer.status_code == 200
    assert anns not in answer.text
    assert "ann@example.com" not in answer.text


@pytest.mark.parametrize("spelling", ["upper", "braces", "urn", "padded", "bare"])
def test_an_id_has_one_spelling(spelling: str, scene: Scene) -> None:
    """So that no check of whose it is sees another id than the look-up does."""
    own = scene.ids["user_id"]
    spelt = {
        "upper": own.upper(),
        "braces": f"%7B{own}%7D",
        "urn": f"urn:uuid:{own}",
        "padded": f"%20{own}",
        "bare": own.replace("-", ""),
    }[spelling]
    assert_problem(scene.root.get(f"admin/users/{spelt}"), 404, "user_not_found")
    assert scene.bob.get(f"users/{spelt}").status_code == 404
