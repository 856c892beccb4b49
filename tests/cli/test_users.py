"""`flask users …`: what the operator does with accounts."""

from __future__ import annotations

import re
from typing import Any

import pytest

from backend.storage import audit
from backend.storage.audit import Event
from backend.storage.tables import ACCOUNTS
from tests.cli.inside import done, done_json, refused, run
from tests.invariants import assert_whole
from tests.meanwhile import Asked, at
from tests.support import KEYS, NEW_PASSWORD, PASSWORD, Browser, Site, assert_problem

NOBODY = "01980000-0000-7000-8000-000000000000"
NAMES = ["ann", "ANN", "ann@example.com", "Ann@Example.com"]


@pytest.fixture
def ann(site: Site, browser: Browser) -> dict[str, Any]:
    return browser.become("ann", display_name="Ann \N{PILE OF POO}")


def newest(site: Site, subject: str) -> Event:
    [event], _ = audit.of_user(site.context.database, subject, limit=1)
    return event


def test_users_are_listed_in_a_table(site: Site, ann: dict[str, Any]) -> None:
    site.browser().become("bob")
    site.make_admin(ann["id"])
    head, *rows = done(site, "users", "list").splitlines()
    assert head.split() == ["USERNAME", "EMAIL", "ROLES", "STATE", "CREATED", "ID"]
    assert [row.split()[:3] for row in rows] == [
        ["ann", "a***@e***.com", "admin"],
        ["bob", "b***@e***.com", rows[1].split()[2]],
    ]
    assert rows[0].split()[-1] == ann["id"]


def test_users_are_listed_as_json(site: Site, ann: dict[str, Any]) -> None:
    site.browser().become("bob")
    assert [user["username"] for user in done_json(site, "users", "list")] == ["ann", "bob"]
    [listed] = done_json(site, "users", "list", "--prefix", "a")
    assert (listed["id"], listed["email"]) == (ann["id"], "a***@e***.com")


def test_more_users_than_a_page_has_are_listed(site: Site) -> None:
    for number in range(103):
        done(site, "users", "create", f"user{number:03}", f"u{number}@example.com", "--link")
    listed = done_json(site, "users", "list")
    assert [user["username"] for user in listed] == [f"user{number:03}" for number in range(103)]


@pytest.mark.parametrize("name", NAMES)
def test_a_user_is_shown_by_username_or_address(site: Site, ann: dict[str, Any], name: str) -> None:
    shown = done_json(site, "users", "show", name)
    assert shown == {**ann, "disabled": False, "passkeys": 0, "sessions": 1}
    assert shown == done_json(site, "users", "show", ann["id"])


def test_a_user_is_shown_for_people(site: Site, ann: dict[str, Any]) -> None:
    lines = dict(re.findall(r"^(\w+) +(.+)$", done(site, "users", "show", "ann"), re.M))
    assert lines["email"] == "ann@example.com"
    assert lines["display_name"] == ann["display_name"]
    assert lines["has_password"] == "yes"
    assert lines["disabled"] == "no"


@pytest.mark.parametrize(
    "command",
    ["show", "disable", "enable", "end-sessions", "reset-second-factors", "grant", "revoke"],
)
@pytest.mark.parametrize("name", ["bob", "bob@example.com", NOBODY, "no@address@at all", ""])
def test_who_is_nobody_is_said(site: Site, command: str, name: str) -> None:
    roles = ["editor"] if command in {"grant", "revoke"} else []
    assert f"Nobody is called {name!r}" in refused(site, "users", command, name, *roles)


def test_what_the_operator_does_is_recorded(site: Site, ann: dict[str, Any]) -> None:
    done(site, "users", "disable", "ann")
    event = newest(site, ann["id"])
    assert (event.action, event.actor, event.user_agent) == ("user.disabled", "operator", "flask")
    done(site, "users", "list")
    assert newest(site, "operator").action == "admin.users_listed"
    assert_whole(site)


def test_the_first_admin_is_made(site: Site, browser: Browser, ann: dict[str, Any]) -> None:
    assert done(site, "users", "grant", "ann", "admin") == "ann: admin\n"
    browser.sign_in("ann")
    assert browser.get("admin/users").status_code == 200


def test_roles_are_added_to_and_taken_from_those_that_are_there(
    site: Site, ann: dict[str, Any]
) -> None:
    done(site, "users", "grant", "ann", "editor")
    assert done(site, "users", "grant", "ann", "author", "editor") == "ann: author editor\n"
    assert done(site, "users", "revoke", "ann", "editor", "admin") == "ann: author\n"
    assert done(site, "users", "revoke", "ann", "author") == "ann: no roles\n"


def test_a_role_that_is_none_is_said(site: Site, ann: dict[str, Any]) -> None:
    assert "ROLES is 'Admin'. Use up to 16" in refused(site, "users", "grant", "ann", "Admin")


def test_more_roles_than_a_user_may_have_are_refused(site: Site, ann: dict[str, Any]) -> None:
    done(site, "users", "grant", "ann", *(f"role{number}" for number in range(16)))
    assert "Error:" in refused(site, "users", "grant", "ann", "another")


def test_the_last_admin_stays(site: Site, ann: dict[str, Any]) -> None:
    done(site, "users", "grant", "ann", "admin")
    for command in (["revoke", "ann", "admin"], ["disable", "ann"]):
        assert "Nobody would be left to administer" in refused(site, "users", *command)


def test_a_user_is_disabled_and_enabled(site: Site, browser: Browser, ann: dict[str, Any]) -> None:
    assert done(site, "users", "disable", "ann") == "disabled ann\n"
    assert browser.sign_in("ann").status_code == 401
    assert done(site, "users", "enable", "ann") == "enabled ann\n"
    assert browser.sign_in("ann").status_code == 201


def test_sessions_are_ended(site: Site, browser: Browser, ann: dict[str, Any]) -> None:
    done(site, "users", "end-sessions", "ann")
    assert browser.get("users/me").status_code == 401


def test_second_factors_are_reset(site: Site, ann: dict[str, Any]) -> None:
    site.add_totp(ann["id"])
    assert done_json(site, "users", "show", "ann")["second_factors"] == ["totp"]
    done(site, "users", "reset-second-factors", "ann")
    assert done_json(site, "users", "show", "ann")["second_factors"] == []
    assert newest(site, ann["id"]).actor == "operator"


def test_a_password_that_others_know_is_voided(
    site: Site, ann: dict[str, Any], browser: Browser
) -> None:
    done(site, "users", "void-password", "ann")
    assert browser.get("users/me").status_code == 401
    assert site.browser().sign_in().status_code == 401
    assert not done_json(site, "users", "show", "ann")["has_password"]
    events, _ = audit.of_user(site.context.database, ann["id"], limit=9)
    assert ("password.voided", "operator") in [(one.action, one.actor) for one in events]
    [mail] = [one for one in site.mails("ann@example.com") if "no longer good" in one["subject"]]
    assert "http://localhost/#forgot" in mail["text"]
    browser.forget()
    browser.reset(site.token("ann@example.com"))
    assert browser.sign_in(password=NEW_PASSWORD).status_code == 201
    assert_whole(site)


def test_the_password_of_a_user_who_is_deleted_meanwhile_is_not_voided(
    site: Site, ann: dict[str, Any]
) -> None:
    def voids(operation: str, asked: Asked) -> bool:
        return operation == "UpdateItem" and "password_hash" in str(asked)

    with site.calls.noted(at(voids, lambda: site.delete_user(ann["id"]))):
        refused(site, "users", "void-password", "ann")
    assert newest(site, ann["id"]).action == "user.deleted"
    assert_whole(site)


def test_no_session_that_had_ended_is_good_again_once_a_password_is_voided(
    site: Site, ann: dict[str, Any], browser: Browser
) -> None:
    done(site, "users", "end-sessions", "ann")
    done(site, "users", "void-password", "ann")
    assert browser.get("users/me").status_code == 401


def test_a_voided_password_takes_no_second_factor_away(site: Site, ann: dict[str, Any]) -> None:
    site.add_totp(ann["id"])
    done(site, "users", "void-password", "ann")
    assert done_json(site, "users", "show", "ann")["second_factors"] == ["totp"]


def test_a_user_is_made_with_a_password_from_standard_input(site: Site) -> None:
    options = ("--display-name", "Bob B", "--locale", "DE", "--role", "b", "--role", "a")
    said = done(site, "users", "create", "Bob", "bob@example.com", *options, typed=f"{PASSWORD}\n")
    shown = done_json(site, "users", "show", "bob")
    assert said == f"created Bob ({shown['id']})\n"
    assert (shown["display_name"], shown["locale"], shown["roles"]) == ("Bob B", "de", ["a", "b"])
    assert site.browser().sign_in("bob@example.com").status_code == 201
    assert newest(site, shown["id"]).action == "session.created"
    assert_whole(site)


def test_a_user_is_made_with_a_link_to_set_a_password(site: Site) -> None:
    said = done(site, "users", "create", "bob", "bob@example.com", "--link")
    assert not done_json(site, "users", "show", "bob")["has_password"]
    [token] = re.findall(r"^http://localhost/#reset/(\S+)$", said, re.M)
    bob = site.browser()
    assert bob.reset(token).status_code == 204
    assert bob.reset(token).status_code == 410
    assert site.mails("bob@example.com")[1:] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["a", "bob@example.com"], "USERNAME is 'a'. Use 3 to 32"),
        (["admin", "bob@example.com"], "USERNAME is 'admin'. This username is kept"),
        (["bob", "bob"], "EMAIL is 'bob'. Enter an address"),
        (["bob", "bob@example.com", "--locale", "german"], "--locale is 'german'."),
        (["bob", "bob@example.com", "--display-name", " "], "--display-name is ' '."),
        (["bob", "bob@example.com", "--role", "Admin"], "--role is 'Admin'."),
    ],
)
def test_what_is_not_allowed_is_said(site: Site, arguments: list[str], said: str) -> None:
    assert said in refused(site, "users", "create", *arguments, "--link")
    assert_whole(site)


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("short", "Use at least 15 characters"),
        ("", "Use at least 15 characters"),
        ("bob@example.com", "too close to your username"),
        ("passwordpassword", "Many people use this password"),
    ],
)
def test_a_password_is_judged_as_anywhere(site: Site, password: str, said: str) -> None:
    create = ("users", "create", "bob", "bob@example.com")
    assert said in refused(site, *create, typed=f"{password}\n")
    assert_whole(site)


def test_a_breached_password_is_refused(site: Site) -> None:
    site.rewire(breached=lambda _password: True)
    create = ("users", "create", "bob", "bob@example.com")
    assert "Many people use this password" in refused(site, *create, typed=f"{PASSWORD}\n")


def test_a_username_or_address_that_is_taken_is_said(site: Site, ann: dict[str, Any]) -> None:
    create = ("users", "create")
    assert "username is taken" in refused(site, *create, "Ann", "b@example.com", "--link")
    taken = refused(site, *create, "bob", "ANN@example.com", "--link")
    assert "There is an account with this address" in taken
    assert len(assert_whole(site).users) == 1


def test_an_address_that_stands_under_the_key_before_is_taken(
    site: Site, ann: dict[str, Any]
) -> None:
    keys = f"{'6' * 64}, {KEYS['LOOKUP_KEY']}"
    after = site.instance(LOOKUP_KEY=keys, AUDIT_KEY=KEYS["LOOKUP_KEY"])
    taken = refused(after, "users", "create", "bob", "ann@example.com", "--link")
    assert "There is an account with this address" in taken
    assert len(assert_whole(site).users) == 1


def test_who_was_about_to_register_with_a_username_that_is_taken_meanwhile_is_told(
    site: Site,
) -> None:
    """Though it was free when they looked: see `holds.py`."""

    def create() -> None:
        done(site.instance(), "users", "create", "bob", "b@example.com", "--link")

    def holds(_operation: str, asked: Asked) -> bool:
        return "'H#bob'" in str(asked) and "Put" in str(asked)

    with site.calls.noted(at(holds, create)):
        answer = site.browser().register("bob")
    assert_problem(answer, 409, "username_taken")
    assert_whole(site)


@pytest.mark.parametrize(("times", "made"), [(59, True), (60, False)])
def test_an_admin_is_made_while_the_admins_change_unless_they_do_so_all_the_time(
    site: Site, times: int, made: bool
) -> None:
    site.make_admin(site.browser().become("root1")["id"])

    def change() -> None:
        site.client.update_item(
            TableName=site.prefix + ACCOUNTS.name,
            Key={"pk": {"S": "ADMINS"}, "sk": {"S": "-"}},
            UpdateExpression="ADD version :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )

    def creates(operation: str, asked: Asked) -> bool:
        return operation == "TransactWriteItems" and "ADMINS" in str(asked)

    create = ("users", "create", "bob", "bob@example.com", "--role", "admin", "--link")
    with site.calls.noted(at(creates, change, times=times)):
        assert run(site, *create).exit_code == (0 if made else 1)
    assert len(assert_whole(site).admins[""]["user_ids"]) == (2 if made else 1)


def test_a_username_that_somebody_registers_with_is_not_taken_away(site: Site) -> None:
    begun = site.browser().register("bob")
    create = ("users", "create", "bob", "b@example.com", "--link")
    assert "username is taken" in refused(site, *create)
    site.clock.advance(minutes=31)
    done(site, *create)
    assert begun.status_code == 202
    assert_whole(site)


def test_a_first_user_can_be_an_admin(site: Site) -> None:
    done(site, "users", "create", "bob", "bob@example.com", "--role", "admin", "--link")
    assert_whole(site)


def test_a_user_is_deleted_once_that_is_confirmed(site: Site, ann: dict[str, Any]) -> None:
    refusal = run(site, "users", "delete", "ann", typed="n\n")
    assert refusal.exit_code == 1
    assert "Delete ann (ann@example.com) for good?" in refusal.stderr
    assert run(site, "users", "delete", "ann", typed="").exit_code == 1
    assert done_json(site, "users", "show", "ann")["id"] == ann["id"]
    assert done(site, "users", "delete", "ann", typed="y\n") == "deleted ann\n"
    assert "Nobody is called 'ann'" in refused(site, "users", "delete", "ann", "--yes")
    assert (newest(site, ann["id"]).action, newest(site, ann["id"]).actor) == (
        "user.deleted",
        "operator",
    )


def test_the_last_admin_is_not_deleted(site: Site, ann: dict[str, Any]) -> None:
    done(site, "users", "grant", "ann", "admin")
    assert "Nobody would be left" in refused(site, "users", "delete", "ann", "--yes")
    done(site, "users", "create", "bob", "bob@example.com", "--link", "--role", "admin")
    done(site, "users", "delete", "ann", "--yes")
    assert "Nobody would be left" in refused(site, "users", "delete", "bob", "--yes")
    assert len(assert_whole(site).users) == 1


def test_a_database_that_does_not_answer_is_said(site: Site) -> None:
    site.client.delete_table(TableName=f"{site.prefix}accounts")
    assert "The database refuses: ResourceNotFoundException" in refused(
        site, "users", "show", "ann"
    )


def test_an_option_that_is_none_is_said(site: Site) -> None:
    result = run(site, "users", "list", "--colour")
    assert result.exit_code == 2
    assert "No such option" in result.stderr
