"""`POST /sessions`: a username or an address with its password."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from backend.storage import sessions
from tests.meanwhile import Asked, at
from tests.support import (
    PASSWORD,
    Browser,
    Site,
    assert_problem,
    browser_with,
    codes,
    session_token,
)

SESSION = {"id", "created_at", "last_seen_at", "expires_at", "user_agent", "ip_prefix", "current"}
NOBODY = "01980000-0000-7000-8000-000000000000"


@pytest.mark.parametrize(
    "identifier",
    [
        *["ann", "ANN", "Ann", " ann ", "ann@example.com", "ANN@Example.Com"],
        *[" ann@example.com ", "\uff41nn@example.com"],
    ],
)
def test_one_signs_in_with_username_or_address_in_any_case(identifier: str, site: Site) -> None:
    user = site.browser().become("ann")
    browser = site.browser()
    answer = browser.sign_in(identifier)
    assert answer.status_code == 201
    assert answer.json["user"] == user
    assert answer.json["session"].keys() == SESSION
    assert answer.json["session"]["current"] is True
    assert browser.get("users/me").json == user


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        ({"password": PASSWORD}, ("/identifier", "required")),
        ({"identifier": "ann"}, ("/password", "required")),
        ({"identifier": "", "password": PASSWORD}, ("/identifier", "required")),
        ({"identifier": "ann", "password": ""}, ("/password", "required")),
        ({"identifier": None, "password": PASSWORD}, ("/identifier", "invalid_type")),
        ({"identifier": ["ann"], "password": PASSWORD}, ("/identifier", "invalid_type")),
        ({"identifier": {"$ne": ""}, "password": PASSWORD}, ("/identifier", "invalid_type")),
        ({"identifier": "ann", "password": 7}, ("/password", "invalid_type")),
        ({"identifier": "a" * 1025, "password": PASSWORD}, ("/identifier", "too_long")),
        ({"identifier": "ann", "password": "a" * 1025}, ("/password", "too_long")),
        ({"identifier": "ann", "password": PASSWORD, "id": NOBODY}, ("/id", "unknown_member")),
    ],
)
def test_a_sign_in_may_not_be(
    body: dict[str, Any], refused: tuple[str, str], browser: Browser
) -> None:
    browser.become("ann")
    answer = browser.post("sessions", body)
    assert_problem(answer, 422, refused[1])
    assert codes(answer) == [refused]
    assert "Set-Cookie" not in answer.headers


def test_every_sign_in_gets_a_token_and_a_session_of_its_own(browser: Browser) -> None:
    browser.become()
    tokens, sessions = {session_token(browser)}, set()
    for _ in range(3):
        sessions.add(browser.sign_in().json["session"]["id"])
        tokens.add(session_token(browser))
    assert len(tokens) == 4
    assert len(sessions) == 3
    assert all(len(urlsafe_b64decode(value + "==")) >= 16 for value in tokens)


def test_a_token_put_into_the_browser_beforehand_is_not_taken_over(site: Site) -> None:
    site.browser().become("ann")
    attacker = site.browser()
    attacker.become("mallory")
    victim = browser_with(site, session_token(attacker))
    victim.sign_in("ann")
    assert session_token(victim) != session_token(attacker)
    assert attacker.get("users/me").json["username"] == "mallory"


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(browser: Browser) -> None:
    browser.become()
    cookie = browser.client.get_cookie("session")
    assert (cookie.path, cookie.http_only, cookie.same_site) == ("/", True, "Lax")
    assert cookie.domain == "localhost"
    assert cookie.origin_only


def test_the_cookie_lives_as_long_as_the_session_may(make_site: Callable[..., Site]) -> None:
    browser = make_site(SESSION_ABSOLUTE_DAYS="3", SESSION_IDLE_DAYS="1").browser()
    browser.become()
    assert browser.client.get_cookie("session").max_age == 3 * 86400


def test_the_device_stays_known_for_as_long_as_browsers_keep_a_cookie(browser: Browser) -> None:
    browser.become()
    assert browser.client.get_cookie("device").max_age == 400 * 86400


@pytest.mark.parametrize(
    "leave", [Site.delete_user, partial(Site.change_user, disabled=True)], ids=["gone", "disabled"]
)
def test_who_leaves_meanwhile_is_refused_and_left_no_session(
    leave: Callable[[Site, str], None], site: Site, browser: Browser
) -> None:
    user_id = browser.become()["id"]
    browser.delete("sessions/current")

    def begins(operation: str, asked: Asked) -> bool:
        return operation == "PutItem" and f"S#{user_id}" in str(asked)

    with site.calls.noted(at(begins, partial(leave, site, user_id))):
        assert_problem(browser.sign_in(), 401, "invalid_credentials")
    assert sessions.of_user(site.context.database, user_id) == []


def test_a_disabled_user_signs_in_again_once_enabled(site: Site, browser: Browser) -> None:
    user = browser.become()
    site.change_user(user["id"], disabled=True)
    assert_problem(browser.sign_in(), 401, "invalid_credentials")
    site.change_user(user["id"], disabled=False)
    assert browser.sign_in().status_code == 201


@pytest.mark.parametrize(
    "nobody", ["bob", "bob@example.com", "\U0001f600" * 1024, "@" + "\U0001f600" * 1023]
)
def test_a_known_browser_that_names_nobody_is_refused_as_any_other(
    nobody: str, browser: Browser
) -> None:
    browser.become("ann")
    assert_problem(browser.sign_in(nobody), 401, "invalid_credentials")


def test_nothing_is_looked_for_under_a_longer_key_than_the_database_has(site: Site) -> None:
    """DynamoDB refuses a sort key of more than 1,024 bytes; the engine of the tests does not."""
    sort_keys: list[str] = []

    def note(_operation: str, asked: dict[str, Any]) -> None:
        tables = asked.get("RequestItems", {}).values()
        sort_keys.extend(key["sk"]["S"] for table in tables for key in table["Keys"])

    with site.calls.noted(note):
        site.browser().sign_in("\U0001f600" * 1024)
    assert sort_keys
    assert max(len(key.encode()) for key in sort_keys) <= 1024


def test_the_longest_name_signs_in(site: Site) -> None:
    site.browser().become("a" * 32)
    assert site.browser().sign_in("a" * 32).status_code == 201


def test_a_known_browser_saves_a_round_trip(site: Site, browser: Browser) -> None:
    browser.become("ann")

    def lookups(browser: Browser) -> int:
        asked: list[str] = []
        with site.calls.noted(lambda operation, _asked: asked.append(operation)):
            assert browser.sign_in("ann").status_code == 201
        return asked.count("BatchGetItem")

    assert lookups(browser) == lookups(site.browser()) - 1


def test_a_peer_without_an_address_counts_as_this_machine(site: Site) -> None:
    browser = site.browser("")
    browser.become()
    assert browser.sign_in().json["session"]["ip_prefix"] == "127.0.0.1/32"
