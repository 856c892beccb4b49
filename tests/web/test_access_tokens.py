"""`POST /tokens`: a short token by which another service knows who is signed in."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime

import jwt
import pytest
from jwt import PyJWK

from tests.support import ORIGIN, Browser, Site, assert_problem, browser_with, codes, session_token
from tests.web.published import key_of, published_keys


def claims(browser: Browser, token: str, audience: str = ORIGIN) -> dict[str, object]:
    """As a service reads it that has only the published keys, and goes by the site's clock."""
    known = {entry["kid"]: PyJWK(entry) for entry in published_keys(browser)}
    key = known[jwt.get_unverified_header(token)["kid"]]
    return jwt.decode(token, key, ["ES256"], audience=audience, options={"verify_exp": False})


def test_a_token_says_who_for_whom_and_until_when(site: Site, browser: Browser) -> None:
    user = browser.become()
    site.make_admin(user["id"])
    session = browser.sign_in().json["session"]
    answer = browser.post("tokens", {})
    assert answer.status_code == 201
    assert answer.json.keys() == {"token", "expires_at"}
    found = claims(browser, answer.json["token"])
    now = site.clock()
    assert uuid.UUID(str(found.pop("jti"))).version == 7
    assert found == {
        "iss": ORIGIN,
        "sub": user["id"],
        "aud": ORIGIN,
        "exp": now + 300,
        "iat": now,
        "sid": session["id"],
        "roles": ["admin"],
    }
    assert datetime.fromisoformat(answer.json["expires_at"]).timestamp() == now + 300


def test_a_token_is_signed_with_es256_by_a_published_key(browser: Browser) -> None:
    browser.become()
    header = jwt.get_unverified_header(browser.post("tokens", {}).json["token"])
    [published] = published_keys(browser)
    assert header == {"alg": "ES256", "typ": "JWT", "kid": published["kid"]}


def test_no_two_tokens_are_the_same(browser: Browser) -> None:
    browser.become()
    first, second = (claims(browser, browser.post("tokens").json["token"]) for _ in range(2))
    assert first["jti"] != second["jti"]


@pytest.mark.parametrize("more", [{}, {"content_type": "application/json"}], ids=["none", "typed"])
def test_the_body_may_be_left_out(browser: Browser, more: dict[str, str]) -> None:
    browser.become()
    assert browser.post("tokens", **more).status_code == 201


def test_a_token_is_for_an_audience_of_the_settings(make_site: Callable[..., Site]) -> None:
    site = make_site(TOKEN_AUDIENCES="https://billing.example.com, wiki")
    browser = site.browser()
    browser.become()
    for body, audience in (
        ({}, "https://billing.example.com"),
        ({"audience": "https://billing.example.com"}, "https://billing.example.com"),
        ({"audience": "wiki"}, "wiki"),
    ):
        token = browser.post("tokens", body).json["token"]
        assert claims(browser, token, audience)["aud"] == audience


@pytest.mark.parametrize("audience", ["https://evil.example.com", ORIGIN.upper(), f"{ORIGIN}/"])
def test_no_other_audience_is_taken(audience: str, browser: Browser) -> None:
    browser.become()
    refused = browser.post("tokens", {"audience": audience})
    assert_problem(refused, 422, "audience_invalid")
    assert codes(refused) == [("/audience", "audience_invalid")]


def test_the_site_itself_is_no_audience_where_others_are_named(
    make_site: Callable[..., Site],
) -> None:
    browser = make_site(TOKEN_AUDIENCES="wiki").browser()
    browser.become()
    assert_problem(browser.post("tokens", {"audience": ORIGIN}), 422, "audience_invalid")


@pytest.mark.parametrize("audience", [None, "", 7, ["wiki"]])
def test_an_audience_is_a_text(audience: object, browser: Browser) -> None:
    browser.become()
    assert browser.post("tokens", {"audience": audience}).status_code == 422


def test_a_token_needs_a_session_that_is_in_force(site: Site, browser: Browser) -> None:
    assert_problem(browser.post("tokens", {}), 401, "not_authenticated")
    browser.become()
    ended = browser_with(site, session_token(browser))
    browser.delete("sessions/current")
    assert_problem(ended.post("tokens", {}), 401, "not_authenticated")


def test_a_token_opens_nothing_here(site: Site, browser: Browser) -> None:
    browser.become()
    token = browser.post("tokens", {}).json["token"]
    assert_problem(browser_with(site, token).get("users/me"), 401, "not_authenticated")
    bearer = site.browser().get("users/me", headers={"Authorization": f"Bearer {token}"})
    assert_problem(bearer, 401, "not_authenticated")


def test_a_page_of_another_origin_gets_no_token(browser: Browser) -> None:
    browser.become()
    refused = browser.post("tokens", {}, headers={"Origin": "https://evil.example.com"})
    assert_problem(refused, 403, "cross_origin_refused")


def test_a_token_of_another_installation_has_another_key(
    site: Site, make_site: Callable[..., Site]
) -> None:
    mine, other = site.browser(), make_site().browser()
    mine.become()
    token = mine.post("tokens", {}).json["token"]
    [theirs] = published_keys(other)
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(token, PyJWK(theirs), ["ES256"], audience=ORIGIN)
    assert key_of(token) != theirs["kid"]
