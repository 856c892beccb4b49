"""CORS: of every endpoint, before a call and after it, no page reads an answer but those allowed.

What a preflight says in whole stands in tests/web/test_cors.py.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from werkzeug.test import TestResponse

from tests.attacks.endpoints import ENDPOINTS, Endpoint, each
from tests.attacks.scene import Scene
from tests.support import Browser, browser_with, session_token
from tests.tally import Tried

ALLOWED = "https://app.example.com"
# Reflection, null, prefixes, suffixes, and what careless patterns let through.
ORIGINS = [
    *["https://evil.example", "null", "*", "", "file://", "https://localhost"],
    *["https://app.example.com.evil.example", "https://evilapp.example.com"],
    *["https://appxexample.com", "https://evil.example/app.example.com", "https://example.com"],
    *["https://sub.app.example.com", "http://app.example.com", "https://app.example.com:8443"],
    *["https://app.example.com@evil.example", "https://app.example.com%60.evil.example"],
    *["https://app.example.com, https://evil.example", "https://app.example.com_.evil.example"],
    *["HTTPS://APP.EXAMPLE.COM", "https://app.example.com/", " https://app.example.com/x"],
    *["https://\u0430pp.example.com", "chrome-extension://app.example.com", "app.example.com"],
]
ASKED = {
    "Access-Control-Request-Headers": "content-type, authorization, cookie",
    "Access-Control-Request-Private-Network": "true",
}


@pytest.fixture(scope="module")
def allowing(scene: Scene) -> Scene:
    """The same installation, of which one other origin's page may read."""
    site = scene.site.instance(ALLOWED_ORIGINS=ALLOWED)
    return replace(scene, site=site, root=browser_with(site, session_token(scene.root)))


def cors(answer: TestResponse) -> dict[str, str]:
    return {name: value for name, value in answer.headers if name.startswith("Access-Control-")}


def called(browser: Browser, endpoint: Endpoint, origin: str) -> list[TestResponse]:
    """What a page of the origin gets before a call, and for it."""
    path, own = endpoint.path(), {"Origin": origin, "Sec-Fetch-Site": "cross-site"}
    asked = {**own, **ASKED, "Access-Control-Request-Method": endpoint.method}
    return [
        browser.call("OPTIONS", path, headers=asked),
        browser.call(endpoint.method, path, headers=own),
    ]


@each(ENDPOINTS)
@pytest.mark.usefixtures("unchanged")
def test_an_origin_that_is_not_allowed_is_named_in_no_answer(
    endpoint: Endpoint, scene: Scene, allowing: Scene, tried: Tried
) -> None:
    tried("attack", len(ORIGINS))
    stranger = allowing.site.browser()
    for origin in ORIGINS:
        for answer in called(stranger, endpoint, origin):
            assert cors(answer) == {}
    for signed_in in (scene.root, allowing.root):
        for answer in called(signed_in, endpoint, "https://evil.example"):
            assert cors(answer) == {}


@each(ENDPOINTS)
def test_the_origin_that_is_allowed_is_named_alone_and_no_cache_mixes_it_up(
    endpoint: Endpoint, allowing: Scene
) -> None:
    for answer in called(allowing.site.browser(), endpoint, ALLOWED):
        said = cors(answer)
        assert said["Access-Control-Allow-Origin"] == ALLOWED
        assert said.get("Access-Control-Allow-Private-Network") in {None, "false"}
        assert "Origin" in answer.headers["Vary"]
        assert "*" not in said.values()


@each(ENDPOINTS)
def test_a_preflight_does_no_work(endpoint: Endpoint, allowing: Scene) -> None:
    before = allowing.site.stored()
    answer, *_ = called(allowing.site.browser(), endpoint, "https://evil.example")
    assert answer.status_code in {200, 404}
    assert not answer.get_data() or answer.json["code"] == "not_found"
    assert "Set-Cookie" not in answer.headers
    assert allowing.site.stored() == before
