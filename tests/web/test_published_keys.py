"""`GET /.well-known/jwks.json`: the current key and the one before, and how they change."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable

import jwt
import pytest
from jwt import PyJWK

from backend.accounts import token_keys
from backend.accounts.context import Caller
from backend.accounts.token_keys import TooSoon
from tests.support import ORIGIN, Browser, Site
from tests.web.published import key_of, published_keys

OPERATOR = Caller("", "", "", "")


def rotate(site: Site, *, at_once: bool = False) -> str:
    """As `flask keys rotate` does; returns the new key's id."""
    return token_keys.rotate(site.context, OPERATOR, at_once=at_once).id


def token(browser: Browser) -> str:
    return str(browser.post("tokens", {}).json["token"])


def verifies(browser: Browser, token: str) -> bool:
    known = {entry["kid"]: PyJWK(entry) for entry in published_keys(browser)}
    if key_of(token) not in known:
        return False
    options = {"verify_exp": False, "verify_iat": False}
    jwt.decode(token, known[key_of(token)], ["ES256"], audience=ORIGIN, options=options)
    return True


def test_the_keys_are_public_for_anybody_to_keep_for_5_minutes(site: Site) -> None:
    answer = site.browser().get("/.well-known/jwks.json")
    assert answer.content_type == "application/json"
    assert answer.cache_control.public
    assert answer.cache_control.max_age == 300
    assert "Set-Cookie" not in answer.headers


def test_a_key_says_all_that_a_service_needs_and_nothing_private(browser: Browser) -> None:
    [key] = published_keys(browser)
    assert key.keys() == {"kid", "kty", "crv", "x", "y", "use", "alg"}
    assert (key["kty"], key["crv"], key["use"], key["alg"]) == ("EC", "P-256", "sig", "ES256")


def test_a_key_is_named_by_its_thumbprint(browser: Browser) -> None:
    """RFC 7638."""
    [key] = published_keys(browser)
    members = {name: key[name] for name in ("crv", "kty", "x", "y")}
    text = json.dumps(members, separators=(",", ":")).encode()
    thumbprint = base64.urlsafe_b64encode(hashlib.sha256(text).digest()).decode().rstrip("=")
    assert key["kid"] == thumbprint


def test_the_key_is_the_same_for_every_instance_and_after_a_start(site: Site) -> None:
    before = published_keys(site.browser())
    assert published_keys(site.instance().browser()) == before


def test_the_private_key_is_nowhere_to_be_read_in_the_tables(site: Site, browser: Browser) -> None:
    published_keys(browser)
    [stored] = [item for item in site.stored() if item["pk"]["S"] == "KEYS"]
    assert b"PRIVATE" not in stored["keys"]["L"][0]["M"]["sealed"]["B"]


def test_a_rotation_publishes_the_new_key_before_it_signs(site: Site, browser: Browser) -> None:
    browser.become()
    old = key_of(token(browser))
    new = rotate(site)
    assert [key["kid"] for key in published_keys(browser)] == [new, old]
    assert key_of(token(browser)) == old
    # By now no copy of the published keys is older than the rotation.
    site.clock.advance(minutes=31)
    assert key_of(token(browser)) == new


def test_every_instance_changes_keys_at_the_same_moment(site: Site, browser: Browser) -> None:
    browser.become()
    old = key_of(token(browser))
    other = site.instance()
    new = rotate(other)
    # This instance has not read the new key yet; a minute later it has.
    assert [key["kid"] for key in published_keys(browser)] == [old]
    site.clock.advance(minutes=1)
    assert [key["kid"] for key in published_keys(browser)] == [new, old]
    site.clock.advance(minutes=30)
    assert key_of(token(browser)) == new


def test_a_token_of_before_stays_good_until_its_end(site: Site, browser: Browser) -> None:
    browser.become()
    token(browser)
    rotate(site)
    site.clock.advance(minutes=30, seconds=59)
    last_of_old = token(browser)
    site.clock.advance(seconds=1)
    first_of_new = token(browser)
    assert key_of(last_of_old) != key_of(first_of_new)
    site.clock.advance(minutes=5)
    assert verifies(browser, last_of_old)
    assert verifies(browser, first_of_new)


def test_the_next_rotation_waits_for_the_last_token_of_the_key_that_goes(
    site: Site, browser: Browser
) -> None:
    browser.become()
    token(browser)
    rotate(site)
    site.clock.advance(minutes=56, seconds=59)
    with pytest.raises(TooSoon) as refused:
        rotate(site)
    assert refused.value.until == site.clock() + 1
    site.clock.advance(seconds=1)
    rotate(site)
    assert len(published_keys(browser)) == 2


def test_a_key_that_has_leaked_is_taken_out_at_once(site: Site, browser: Browser) -> None:
    browser.become()
    leaked = token(browser)
    rotate(site)
    new = rotate(site, at_once=True)
    assert [key["kid"] for key in published_keys(browser)] == [new]
    assert not verifies(browser, leaked)
    assert key_of(token(browser)) == new


def test_before_the_first_token_a_rotation_makes_the_first_key(
    site: Site, browser: Browser
) -> None:
    first = rotate(site)
    assert [key["kid"] for key in published_keys(browser)] == [first]
    browser.become()
    assert key_of(token(browser)) == first


def test_a_rotation_is_in_the_audit_log(site: Site) -> None:
    new = rotate(site)
    [event] = [item for item in site.stored() if item.get("action", {}).get("S") == "keys.rotated"]
    assert event["actor"]["S"] == "operator"
    assert event["details"]["M"] == {"key": {"S": new}}


def test_the_keys_go_on_under_another_signing_key_once_they_are_rotated(
    make_site: Callable[..., Site],
) -> None:
    """An operator who lost SIGNING_KEY has lost no account by it."""
    site = make_site()
    browser = site.browser()
    browser.become()
    token(browser)
    site = site.instance(SIGNING_KEY="6" * 64)
    browser = site.browser()
    browser.sign_in()
    assert browser.post("tokens", {}).status_code == 500
    new = rotate(site, at_once=True)
    assert key_of(token(browser)) == new
