"""What admins do with the accounts of others."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import Any

import pytest
from werkzeug.test import TestResponse

from backend.accounts.administration import masked
from backend.storage import audit
from backend.storage.audit import Event
from tests.invariants import assert_whole
from tests.meanwhile import Asked, at, changed_before_each
from tests.support import Browser, Site, administrator, assert_problem, codes

NOBODY = "01980000-0000-7000-8000-000000000000"
NO_IDS = [NOBODY, "0", "ann", "%00", "A" * 3000, NOBODY.upper()]


@pytest.fixture
def admin(site: Site) -> Browser:
    """Signed in, and proved a moment ago."""
    browser = administrator(site, "root1")
    browser.prove()
    return browser


@pytest.fixture
def bob(site: Site, admin: Browser) -> Browser:
    browser = site.browser()
    browser.become("bob", display_name="Bob B")
    return browser


@pytest.fixture
def bob_id(bob: Browser) -> str:
    user: dict[str, Any] = bob.get("users/me").json
    return user["id"]


def newest(site: Site, user_id: str) -> Event:
    [event], _ = audit.of_user(site.context.database, user_id, limit=1)
    return event


def assert_recorded(site: Site, answer: TestResponse, action: str, subject: str) -> Event:
    """The newest event of the subject is this one: who, what, whom, when, in which request."""
    event = newest(site, subject)
    assert (event.action, event.subject, event.at) == (action, subject, site.clock())
    [admin] = [user for user in assert_whole(site).users.values() if user["username"] == "root1"]
    assert event.actor == admin["id"]
    assert event.request_id == answer.headers["X-Request-Id"]
    return event


def usernames(answer: TestResponse) -> list[str]:
    assert answer.status_code == 200, answer.json
    return [user["username"] for user in answer.json["items"]]


def pages(browser: Browser, query: str) -> list[list[str]]:
    """The usernames of each page."""
    found, cursor = [], ""
    while True:
        answer = browser.get(f"admin/users?{query}{cursor}")
        found.append(usernames(answer))
        if answer.json["next_cursor"] is None:
            return found
        cursor = f"&cursor={answer.json['next_cursor']}"


def test_users_are_listed_by_username_with_masked_addresses(site: Site, admin: Browser) -> None:
    bob = site.browser().become("Bob", email="bob.b@mail.example.co.uk")
    site.browser().become("0zero")
    answer = admin.get("admin/users")
    assert usernames(answer) == ["0zero", "Bob", "root1"]
    assert answer.json["items"][1] == {
        "id": bob["id"],
        "username": "Bob",
        "email": "b***@m***.uk",
        "roles": [],
        "disabled": False,
        "created_at": bob["created_at"],
    }
    assert answer.json.keys() == {"items", "next_cursor"}


@pytest.mark.parametrize(
    ("email", "shown"),
    [
        ("a@example.com", "a***@e***.com"),
        ("ann@a.de", "a***@a***.de"),
        ("élise@xn--mnchen-3ya.example", "é***@x***.example"),
        ("a@b@example.com", "a***@e***.com"),
    ],
)
def test_of_an_address_little_is_shown(email: str, shown: str) -> None:
    assert masked(email) == shown


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 6])
def test_every_user_is_on_one_page_whatever_its_length(
    site: Site, admin: Browser, limit: int
) -> None:
    names = ["1st", "amy", "ann", "bob", "zoe"]
    for name in names:
        site.browser().become(name)
    found = pages(admin, f"limit={limit}")
    assert [*chain(*found)] == ["1st", "amy", "ann", "bob", "root1", "zoe"]
    assert all(len(page) == limit for page in found[:-1])


@pytest.mark.parametrize(
    ("prefix", "found"),
    [
        *(("a", ["amy", "ann", "anna"]), ("an", ["ann", "anna"]), ("AN", ["ann", "anna"])),
        *(("ann", ["ann", "anna"]), ("anna", ["anna"]), ("annab", []), (".", []), ("é", [])),
        *(("%00", []), ("a" * 3000, []), ("%F0%9F%8E%B7", [])),
    ],
)
def test_a_prefix_finds_who_begins_with_it(
    site: Site, admin: Browser, prefix: str, found: list[str]
) -> None:
    for name in ("amy", "ann", "anna", "bob"):
        site.browser().become(name)
    assert usernames(admin.get(f"admin/users?prefix={prefix}")) == found
    assert [*chain(*pages(admin, f"limit=1&prefix={prefix}"))] == found


def test_a_renamed_user_is_listed_once_under_the_new_name(
    site: Site, admin: Browser, bob: Browser
) -> None:
    bob.change({"username": "ziggy"})
    assert usernames(admin.get("admin/users")) == ["root1", "ziggy"]


def test_a_cursor_is_good_for_its_own_list_alone(site: Site, admin: Browser, bob: Browser) -> None:
    cursor = admin.get("admin/users?limit=1").json["next_cursor"]
    for path in (f"admin/users?prefix=b&cursor={cursor}", f"admin/events?cursor={cursor}"):
        assert_problem(admin.get(path), 400, "cursor_invalid")
    assert_problem(admin.get("admin/users?limit=101"), 400, "limit_invalid")


def test_listing_is_recorded(site: Site, admin: Browser) -> None:
    admin_id = admin.get("users/me").json["id"]
    answer = admin.get("admin/users?prefix=bob")
    event = assert_recorded(site, answer, "admin.users_listed", admin_id)
    assert event.details == {}


@pytest.mark.parametrize("email", ["bob@example.com", "BOB@Example.com"])
def test_a_user_is_found_by_address(site: Site, admin: Browser, bob_id: str, email: str) -> None:
    answer = admin.post("admin/users/find", {"email": email})
    assert answer.status_code == 200
    assert (answer.json["id"], answer.json["email"]) == (bob_id, "bob@example.com")
    event = assert_recorded(site, answer, "admin.user_found", bob_id)
    assert event.details == {"found": "yes"}


def test_an_address_that_nobody_has_is_not_found_and_recorded_without_it(
    site: Site, admin: Browser
) -> None:
    answer = admin.post("admin/users/find", {"email": "eve@example.com"})
    assert_problem(answer, 404, "user_not_found")
    admin_id = admin.get("users/me").json["id"]
    event = assert_recorded(site, answer, "admin.user_found", admin_id)
    assert event.details == {"found": "no"}


def test_what_is_no_address_is_said(admin: Browser) -> None:
    answer = admin.post("admin/users/find", {"email": "no address"})
    assert codes(answer) == [("/email", "email_invalid")]


def test_a_user_is_read_with_all_that_an_admin_needs(
    site: Site, admin: Browser, bob: Browser, bob_id: str
) -> None:
    site.browser().sign_in("bob")
    answer = admin.get(f"admin/users/{bob_id}")
    own = bob.get("users/me").json
    assert answer.json == {**own, "disabled": False, "passkeys": 0, "sessions": 2}
    assert_recorded(site, answer, "admin.user_read", bob_id)


@pytest.mark.parametrize("user_id", NO_IDS)
@pytest.mark.parametrize(
    "call",
    [
        *("GET ", "DELETE ", "POST /disable", "POST /enable", "POST /end-sessions"),
        *("POST /reset-second-factors", "PUT /roles"),
    ],
)
def test_what_is_nobody_is_not_found(admin: Browser, call: str, user_id: str) -> None:
    method, _, act = call.partition(" ")
    body = {"roles": []} if method == "PUT" else None
    answer = admin.call(method, f"admin/users/{user_id}{act}", body)
    assert_problem(answer, 404, "user_not_found")


def test_what_would_have_happened_to_nobody_is_not_recorded(site: Site, admin: Browser) -> None:
    admin.post(f"admin/users/{NOBODY}/end-sessions")
    assert audit.of_user(site.context.database, NOBODY, limit=1) == ([], None)


def test_second_factors_of_a_user_who_is_deleted_meanwhile_are_not_found(
    site: Site, admin: Browser, bob_id: str
) -> None:
    site.add_totp(bob_id)

    def resets(operation: str, asked: Asked) -> bool:
        return operation == "TransactWriteItems" and bob_id in str(asked)

    with site.calls.noted(at(resets, lambda: site.delete_user(bob_id))):
        answer = admin.post(f"admin/users/{bob_id}/reset-second-factors")
    assert newest(site, bob_id).action == "user.deleted"
    assert_problem(answer, 404, "user_not_found")
    assert_whole(site)


def test_a_session_that_was_ended_never_begins_again(
    site: Site, admin: Browser, bob: Browser, bob_id: str
) -> None:
    for act in ("disable", "enable"):
        admin.post(f"admin/users/{bob_id}/{act}")
    again = site.browser()
    again.sign_in("bob")
    for _ in range(3):
        assert again.delete("sessions").status_code == 204
        assert_problem(bob.get("users/me"), 401, "not_authenticated")


def test_roles_of_a_user_who_changes_before_each_write_are_said_to_be_unavailable(
    site: Site, admin: Browser, bob_id: str
) -> None:
    def sets(operation: str, asked: Asked) -> bool:
        return operation in {"TransactWriteItems", "UpdateItem"} and bob_id in str(asked)

    with site.calls.noted(changed_before_each(sets, site, bob_id)):
        answer = admin.call("PUT", f"admin/users/{bob_id}/roles", {"roles": ["editor"]})
    assert_problem(answer, 503, "unavailable")
    assert admin.get(f"admin/users/{bob_id}").json["roles"] == []


def test_a_user_whose_deletion_has_begun_is_not_enabled(
    site: Site, admin: Browser, bob_id: str
) -> None:
    site.change_user(bob_id, disabled=True, leaving="a session")
    assert_problem(admin.post(f"admin/users/{bob_id}/enable"), 404, "user_not_found")


def test_a_disabled_user_is_out_at_once_and_cannot_sign_in(
    site: Site, admin: Browser, bob: Browser, bob_id: str
) -> None:
    answer = admin.post(f"admin/users/{bob_id}/disable")
    assert (answer.status_code, answer.json["disabled"], answer.json["sessions"]) == (200, True, 0)
    assert_problem(bob.get("users/me"), 401, "not_authenticated")
    assert_problem(bob.sign_in("bob"), 401, "invalid_credentials")
    assert_recorded(site, answer, "user.disabled", bob_id)


def test_an_enabled_user_signs_in_anew(
    site: Site, admin: Browser, bob: Browser, bob_id: str
) -> None:
    admin.post(f"admin/users/{bob_id}/disable")
    answer = admin.post(f"admin/users/{bob_id}/enable")
    assert (answer.status_code, answer.json["disabled"]) == (200, False)
    assert_problem(bob.get("users/me"), 401, "not_authenticated")
    assert bob.sign_in("bob").status_code == 201


def test_enabling_is_recorded(site: Site, admin: Browser, bob_id: str) -> None:
    answer = admin.post(f"admin/users/{bob_id}/enable")
    assert_recorded(site, answer, "user.enabled", bob_id)


def test_whoever_is_disabled_is_told_once_and_not_from_where(
    site: Site, admin: Browser, bob_id: str
) -> None:
    for _ in range(2):
        admin.post(f"admin/users/{bob_id}/disable")
    subject = "Your account at Latchstring was disabled"
    [mail] = [mail for mail in site.mails("bob@example.com") if mail["subject"] == subject]
    assert "127.0.0.1" not in mail["text"]


def test_ending_sessions_ends_them_all_and_no_others(
    site: Site, admin: Browser, bob: Browser, bob_id: str
) -> None:
    other = site.browser()
    other.sign_in("bob")
    answer = admin.post(f"admin/users/{bob_id}/end-sessions")
    assert (answer.status_code, answer.json["sessions"]) == (200, 0)
    assert [one.get("users/me").status_code for one in (bob, other, admin)] == [401, 401, 200]
    assert bob.sign_in("bob").status_code == 201
    assert newest(site, bob_id).action == "session.created"


def test_ending_sessions_is_recorded(site: Site, admin: Browser, bob_id: str) -> None:
    answer = admin.post(f"admin/users/{bob_id}/end-sessions")
    assert_recorded(site, answer, "sessions.ended", bob_id)


def test_roles_are_given_and_taken(site: Site, admin: Browser, bob: Browser, bob_id: str) -> None:
    answer = admin.call("PUT", f"admin/users/{bob_id}/roles", {"roles": ["editor", "admin"]})
    assert (answer.status_code, answer.json["roles"]) == (200, ["admin", "editor"])
    event = assert_recorded(site, answer, "roles.changed", bob_id)
    assert event.details == {"roles": "admin editor"}
    assert_problem(bob.get("users/me"), 401, "not_authenticated")
    bob.sign_in("bob")
    assert bob.get("admin/users").status_code == 200
    admin.call("PUT", f"admin/users/{bob_id}/roles", {"roles": []})
    bob.sign_in("bob")
    assert_problem(bob.get("admin/users"), 404, "not_found")


@pytest.mark.parametrize(
    "value",
    [
        *("admin", None, {}, [1], ["Admin"], [""], ["a", "a"], ["a b"]),
        [f"role{number}" for number in range(17)],
    ],
)
def test_what_are_no_roles_is_said(admin: Browser, bob_id: str, value: object) -> None:
    answer = admin.call("PUT", f"admin/users/{bob_id}/roles", {"roles": value})
    assert codes(answer) == [("/roles", "role_invalid")]


def test_second_factors_are_taken_from_who_lost_them_and_the_user_is_told(
    site: Site, admin: Browser, bob_id: str
) -> None:
    site.add_totp(bob_id)
    assert admin.get(f"admin/users/{bob_id}").json["second_factors"] == ["totp"]
    answer = admin.post(f"admin/users/{bob_id}/reset-second-factors")
    assert (answer.status_code, answer.json["second_factors"]) == (200, [])
    assert_recorded(site, answer, "second_factors.reset", bob_id)
    assert "second factors" in site.mails("bob@example.com")[0]["subject"]


@pytest.mark.parametrize(
    ("call", "body"),
    [
        ("PUT /roles", {"roles": ["admin"]}),
        ("POST /reset-second-factors", None),
        ("DELETE ", None),
    ],
)
def test_what_opens_an_account_needs_a_recent_proof(
    site: Site, admin: Browser, bob_id: str, call: str, body: Any
) -> None:
    site.clock.advance(minutes=5)
    method, _, act = call.partition(" ")
    answer = admin.call(method, f"admin/users/{bob_id}{act}", body)
    assert_problem(answer, 403, "step_up_required")


def test_a_deleted_user_is_gone_and_names_are_free(
    site: Site, admin: Browser, bob: Browser, bob_id: str
) -> None:
    answer = admin.delete(f"admin/users/{bob_id}")
    assert answer.status_code == 204
    event = assert_recorded(site, answer, "user.deleted", bob_id)
    assert (event.ip_prefix, event.user_agent) == (
        "127.0.0.1/32",
        newest(site, event.actor).user_agent,
    )
    assert_problem(bob.get("users/me"), 401, "not_authenticated")
    assert_problem(admin.get(f"admin/users/{bob_id}"), 404, "user_not_found")
    assert_problem(admin.delete(f"admin/users/{bob_id}"), 404, "user_not_found")
    site.browser().become("bob")


def test_the_last_admin_stays(site: Site, admin: Browser) -> None:
    own = f"admin/users/{admin.get('users/me').json['id']}"
    assert_problem(admin.call("PUT", f"{own}/roles", {"roles": []}), 409, "last_admin")
    assert_problem(admin.post(f"{own}/disable"), 409, "last_admin")
    assert_problem(admin.delete(own), 409, "last_admin")
    assert admin.get("admin/users").status_code == 200
    assert_whole(site)


def test_where_an_admin_is_disabled_another_one_acts(
    make_site: Callable[..., Site], site: Site, admin: Browser, bob: Browser, bob_id: str
) -> None:
    site.make_admin(bob_id)
    bob.sign_in("bob")
    admin_id = admin.get("users/me").json["id"]
    assert bob.post(f"admin/users/{admin_id}/disable").status_code == 200
    assert_problem(admin.get("admin/users"), 404, "not_found")
