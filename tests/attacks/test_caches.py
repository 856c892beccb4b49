"""Caches: none may keep a private answer, and nobody can put into one what others get."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from backend.storage.database import Unavailable
from tests.attacks.endpoints import ENDPOINTS, Endpoint, each
from tests.attacks.scene import Scene
from tests.support import assert_problem
from tests.tally import Tried

PUBLIC = {"GET /openapi.json", "GET /.well-known/jwks.json"}
PRIVATE = [endpoint for endpoint in ENDPOINTS if endpoint.safe and endpoint.private]
# What makes a path look like that of a file that a cache keeps (web cache deception).
SUFFIXES = [
    *["/x.css", ".css", ";x.css", "%3bx.css", "%2fx.css", "%252fx.css", "%00.css", "%0ax.css"],
    *[
        "%23x.css",
        "%3fx.css",
        "/..%2fx.js",
        "/%2e%2e/x.js",
        "//x.png",
        "/.css",
        "\\x.css",
        "?x.css",
    ],
]
# What proxies before the app are often told by, and no cache's key has in it.
UNKEYED = {
    "Forwarded": "host=evil.example;proto=http",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Scheme": "nothttps",
    "X-Forwarded-Port": "1337",
    "X-Forwarded-Prefix": "/evil",
    "X-Forwarded-For": "192.0.2.66",
    "X-Host": "evil.example",
    "X-Original-URL": "/api/v1/users/me",
    "X-Rewrite-URL": "/api/v1/users/me",
    "X-HTTP-Method-Override": "POST",
    "X-Original-Host": "evil.example",
    "Accept-Language": "de",
    "Accept": "text/html",
    "Accept-Encoding": "gzip",
    "Origin": "https://evil.example",
    "Cookie": "session=evil; language=de",
    "Range": "bytes=0-1",
    "User-Agent": "<script>",
    "If-None-Match": "*",
    "X-Request-Id": "evil",
    "Referer": "https://evil.example/",
}


def assert_kept_by_nobody(answer: TestResponse) -> None:
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Expires" not in answer.headers


def attempts(scene: Scene, endpoint: Endpoint) -> Iterator[TestResponse]:
    """Each kind of answer that there is: successes and refusals, of anybody."""
    path = endpoint.path(**scene.ids)
    for browser in scene.callers().values():
        for method in ("OPTIONS", "HEAD", "TRACE", "PUT"):
            yield browser.call(method, path, data=b"{", content_type="application/json")
        # What has a body refuses this one, so that nothing changes.
        for body, media_type in ((b"{", "application/json"), (b"{}", "text/plain")):
            if endpoint.body or endpoint.safe:
                sent: dict[str, Any] = {"data": body, "content_type": media_type}
                yield browser.call(endpoint.method, path, **sent)
    stranger = scene.site.browser()
    yield stranger.call(endpoint.method, path)
    yield stranger.call(endpoint.method, path, headers={"Origin": "https://evil.example"})


@each([endpoint for endpoint in ENDPOINTS if str(endpoint) not in PUBLIC])
def test_no_answer_of_an_endpoint_is_kept_whoever_asks_and_whatever_it_is(
    endpoint: Endpoint, scene: Scene, tried: Tried
) -> None:
    answers = list(attempts(scene, endpoint))
    tried("attack", len(answers) - 1)
    for answer in answers:
        assert_kept_by_nobody(answer)


@each(ENDPOINTS)
@pytest.mark.parametrize(
    ("failure", "status"), [(Unavailable("down"), 503), (RuntimeError("broken"), 500)], ids=str
)
def test_no_failure_is_kept(
    endpoint: Endpoint, failure: Exception, status: int, scene: Scene
) -> None:
    """Not even by where a public answer stands: it would stay after the failure is over."""

    def fail(_operation: str, _asked: dict[str, Any]) -> None:
        raise failure

    scene.site.context.token_keys.until = 0
    with scene.site.calls.noted(fail):
        answer = scene.root.call(endpoint.method, endpoint.path(**scene.ids))
    if answer.status_code >= 400:
        assert_kept_by_nobody(answer)
    if endpoint.private:
        assert_problem(answer, status, answer.json["code"])


@pytest.mark.parametrize("path", ["/", "/api", "/api/v1", "/api/v1/nothing", "/.well-known/x"])
def test_what_is_not_there_is_kept_by_nobody(path: str, scene: Scene) -> None:
    for browser in scene.callers().values():
        assert_kept_by_nobody(browser.get(path))


@each(PRIVATE)
def test_a_path_that_looks_like_a_file_gives_nothing_that_is_kept(
    endpoint: Endpoint, scene: Scene, tried: Tried
) -> None:
    tried("attack", len(SUFFIXES) - 1)
    for suffix in SUFFIXES:
        answer = scene.root.get(endpoint.path(**scene.ids) + suffix)
        assert_kept_by_nobody(answer)
        assert answer.status_code in {404, 405} or suffix.startswith("?")


@pytest.mark.parametrize("path", ["/api/v1/openapi.json", "/.well-known/jwks.json"])
def test_nothing_that_one_caller_sends_is_in_what_a_cache_gives_to_others(
    path: str, scene: Scene, tried: Tried
) -> None:
    tried("attack", len(UNKEYED) - 1)
    stranger = scene.site.browser()

    def answered(**sent: Any) -> tuple[int, bytes, dict[str, str]]:
        answer = stranger.client.get(path, **sent)
        headers = {name: value for name, value in answer.headers if name != "X-Request-Id"}
        return answer.status_code, answer.get_data(), headers

    clean = answered()
    assert clean[0] == 200
    assert "Set-Cookie" not in clean[2]
    for name, value in UNKEYED.items():
        assert answered(headers={name: value}) == clean, name
    assert answered(query_string={"callback": "evil", "utm": "<script>"}) == clean
    assert answered(base_url="https://evil.example") == clean
