"""CSRF: a page of another site can change nothing, whatever it sends and whoever is signed in.

What a single endpoint says to each header stands in tests/web/test_cross_site.py.
"""

from __future__ import annotations

import json
from itertools import product

import pytest

from tests.attacks.endpoints import UNSAFE, Endpoint, each
from tests.attacks.scene import Scene
from tests.support import assert_problem
from tests.tally import Tried

pytestmark = pytest.mark.usefixtures("unchanged")

# What browsers send, and what they would send for a page that found a way to leave a header out.
HEADERS = [
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "https://evil.example"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "null", "Sec-Fetch-Site": "none"},
    {"Origin": "null"},
    {"Origin": "http://evil.localhost", "Sec-Fetch-Site": "same-site"},
    {"Origin": "http://localhost:8080", "Sec-Fetch-Site": "same-site"},
    {"Origin": "https://localhost", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "http://localhost, https://evil.example"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "same-origin, cross-site"},
    {"Referer": "http://localhost/", "Origin": "https://evil.example"},
    {"X-HTTP-Method-Override": "GET", "Origin": "https://evil.example"},
]
JSON = json.dumps({"email": "evil@example.com", "code": "123456", "roles": ["admin"]})
# What a form can send, JSON in disguise, and what a script sends.
BODIES = [
    ("", ""),
    ("application/x-www-form-urlencoded", "email=evil@example.com&password=x"),
    ("text/plain", JSON),
    ("text/plain; application/json", JSON[:-1] + ', "a": "="}'),
    ("multipart/form-data; boundary=x", '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n'),
    ("application/json", JSON),
]
# Forms know but one unsafe method; the first body is the empty one.
FORMS = BODIES[1:-1]


@each(UNSAFE)
def test_a_page_of_another_site_changes_nothing(
    endpoint: Endpoint, scene: Scene, tried: Tried
) -> None:
    shapes = list(product(HEADERS, BODIES))
    tried("attack", len(shapes) - 1)
    path = endpoint.path(**scene.ids)
    for headers, (media_type, body) in shapes:
        client = scene.root.client
        sent = {"headers": headers, "data": body, "content_type": media_type or None}
        answer = client.open(path, method=endpoint.method, **sent)
        assert_problem(answer, 403, "cross_origin_refused")
        assert "Set-Cookie" not in answer.headers


@each([endpoint for endpoint in UNSAFE if endpoint.body])
def test_a_form_changes_nothing_where_no_header_says_whose_it_is(
    endpoint: Endpoint, scene: Scene, tried: Tried
) -> None:
    """As browsers sent them before 2020; these leave our cookies out, which are SameSite=Lax."""
    tried("attack", len(FORMS) - 1)
    for media_type, body in FORMS:
        answer = scene.root.client.open(
            endpoint.path(**scene.ids), method=endpoint.method, data=body, content_type=media_type
        )
        assert_problem(answer, 415, "unsupported_media_type")


@each(UNSAFE)
def test_a_link_with_another_method_in_it_is_a_link(endpoint: Endpoint, scene: Scene) -> None:
    """No header, query or member makes a GET into something else."""
    overrides = {"X-HTTP-Method-Override": endpoint.method, "X-HTTP-Method": endpoint.method}
    query = {"_method": endpoint.method, "method": endpoint.method}
    answer = scene.root.get(endpoint.path(), headers=overrides, query_string=query)
    assert answer.status_code in {200, 404, 405}
    assert "Set-Cookie" not in answer.headers
