"""Spoofed hosts and addresses, and calls that go around CloudFront: no word of a caller counts.

Each answer of the edge's secret stands in tests/web/test_production.py.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.attacks.endpoints import ENDPOINTS, Endpoint, each
from tests.attacks.gateway import PRODUCTION, URL
from tests.deploy.runtime import SECRET
from tests.support import PASSWORD, Browser, Site, assert_problem
from tests.tally import Tried

EVIL = "evil.example"
NEW_SECRET = "the secret after that"
# What proxies tell an app about the caller, and what some apps believe.
FORGED = {
    "X-Forwarded-Host": EVIL,
    "X-Forwarded-Server": EVIL,
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Port": "1337",
    "X-Forwarded-Prefix": "/evil",
    "X-Forwarded-For": "198.51.100.1",
    "X-Host": EVIL,
    "X-HTTP-Host-Override": EVIL,
    "X-Original-Host": EVIL,
    "X-Original-URL": "/api/v1/health",
    "X-Rewrite-URL": "/api/v1/health",
    "Forwarded": f"for=198.51.100.1;host={EVIL};proto=http",
    "X-Real-IP": "198.51.100.1",
    "True-Client-IP": "198.51.100.1",
    "CF-Connecting-IP": "198.51.100.1",
    "X-Client-IP": "198.51.100.1",
    "X-Cluster-Client-IP": "198.51.100.1",
    "Fastly-Client-IP": "198.51.100.1",
    "CloudFront-Viewer-Country": "XX",
    "Via": f"1.1 {EVIL}",
    "Referer": f"https://{EVIL}/",
}
AROUND: list[dict[str, str]] = [
    *[
        {},
        {"X-Origin-Secret": ""},
        {"X-Origin-Secret": "x" * 32},
        {"X-Origin-Secret": f"{SECRET} x"},
    ],
    *[{"X-Origin-Secret": f"{SECRET},{NEW_SECRET}"}, {"Origin-Secret": SECRET}],
    *[{"Authorization": f"Bearer {SECRET}"}, {"Cookie": f"X-Origin-Secret={SECRET}"}],
    {"CloudFront-Viewer-Address": "192.0.2.1:1", "Via": "2.0 x.cloudfront.net (CloudFront)"},
    {"X-Forwarded-For": "127.0.0.1", "X-Amz-Cf-Id": "x", "User-Agent": "Amazon CloudFront"},
]


@pytest.fixture(scope="module")
def stage(engine_url: str, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(engine_url, tmp_path_factory.mktemp("stage"), PRODUCTION)


@pytest.fixture(scope="module")
def ann(stage: Site) -> Browser:
    browser = stage.browser("203.0.113.7")
    browser.become("ann")
    return browser


@each(ENDPOINTS)
def test_nobody_goes_around_cloudfront(
    endpoint: Endpoint, stage: Site, ann: Browser, tried: Tried
) -> None:
    """Also with a session, and with what CloudFront would say."""
    before = stage.stored()
    tried("attack", 3 * len(AROUND) - 1)
    for headers in AROUND:
        own = {"Origin": URL, "Sec-Fetch-Site": "same-origin", **headers}
        for method in (endpoint.method, "OPTIONS", "HEAD"):
            answer = ann.client.open(endpoint.path(), base_url=URL, method=method, headers=own)
            assert answer.status_code == 403
            assert method == "HEAD" or answer.json["code"] == "direct_call_refused"
            assert answer.headers["Cache-Control"] == "no-store"
    assert stage.stored() == before


def test_a_secret_that_was_replaced_opens_nothing(stage: Site) -> None:
    both = stage.instance(ORIGIN_SECRET=f"{NEW_SECRET}, {SECRET}")
    after = stage.instance(ORIGIN_SECRET=NEW_SECRET)
    for site, secret, status in (
        *[(both, SECRET, 200), (both, NEW_SECRET, 200), (after, NEW_SECRET, 200)],
        *[(after, SECRET, 403), (stage, NEW_SECRET, 403)],
        *[(both, f"{NEW_SECRET}, {SECRET}", 403), (both, ",", 403), (both, "", 403)],
    ):
        headers = {"X-Origin-Secret": secret}
        answer = site.app.test_client().get("/api/v1/health", headers=headers)
        assert answer.status_code == status, secret


@pytest.mark.parametrize("host", [EVIL, f"{EVIL}:443", f"accounts.example.com.{EVIL}", "localhost"])
def test_no_host_that_a_caller_says_is_in_an_answer_or_a_mail(
    host: str, stage: Site, tried: Tried
) -> None:
    """Poisoned links of a new password are the oldest of these."""
    name = f"user{len(stage.mails())}"
    forged: Any = {"headers": {**FORGED, "Host": host}}
    browser = stage.browser()
    body = {"username": name, "email": f"{name}@example.com", "password": PASSWORD}
    begun = browser.post("users", body, **forged)
    path = f"registrations/{begun.json['registration']['id']}/verify"
    code = {"code": stage.code(f"{name}@example.com")}
    verified = browser.post(path, code, **forged)
    answers = [
        *[begun, verified, browser.post("password-resets", {"email": body["email"]}, **forged)],
        *[browser.get("users/me", **forged), browser.get("nothing", **forged)],
        *[browser.get("openapi.json", **forged), browser.get("docs", **forged)],
    ]
    tried("attack", len(answers) - 1)
    assert verified.headers["Location"] == f"/api/v1/users/{verified.json['user']['id']}"
    for answer in answers:
        assert EVIL not in answer.text + str(answer.headers)
        assert "Domain" not in answer.headers.get("Set-Cookie", "")
    mails = [text for mail in stage.mails(body["email"]) for text in (mail["text"], mail["html"])]
    assert len(mails) == 4
    for text in mails:
        assert URL in text
        assert EVIL not in text


@pytest.mark.parametrize("name", [*FORGED, "all"])
def test_no_address_that_a_caller_says_is_taken_for_theirs(name: str, stage: Site) -> None:
    stage.browser().become(f"u{name.lower().replace('-', '')}")
    signing_in = stage.browser("203.0.113.9")
    forged = FORGED if name == "all" else {name: FORGED[name]}
    signed_in = signing_in.sign_in(f"u{name.lower().replace('-', '')}", headers=forged)
    assert signed_in.json["session"]["ip_prefix"] == "203.0.113.9/32"


@pytest.mark.parametrize("headers", [FORGED, {"CloudFront-Viewer-Address": "198.51.100.1:1"}])
def test_on_a_machine_of_ones_own_the_address_is_the_peers(
    headers: dict[str, str], site: Site, browser: Browser
) -> None:
    browser.become("ann")
    signed_in = site.browser("192.0.2.9").sign_in(headers=headers)
    assert signed_in.json["session"]["ip_prefix"] == "192.0.2.9/32"


@pytest.mark.parametrize("said", ["", ":", "x", "127.0.0.1", "a.b.c.d:1", "[::1", "%00:1", "1:1"])
def test_what_is_no_address_of_cloudfronts_lets_nobody_in(said: str, ann: Browser) -> None:
    answer = ann.sign_in(headers={"CloudFront-Viewer-Address": said})
    assert_problem(answer, 500, "internal_error")
