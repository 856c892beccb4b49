"""Roles: what may be one, and that somebody who administers always remains."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from backend.accounts import roles
from backend.accounts.errors import LastAdmin, Rejected, UserNotFound
from backend.storage import users
from backend.storage.users import User
from tests.invariants import assert_whole
from tests.support import Site

NOBODY = "01980000-0000-7000-8000-000000000000"


Changes = Callable[[User], dict[str, Any]]


def to(**changes: Any) -> Changes:
    return lambda _user: changes


DEMOTED, DISABLED = to(roles=()), to(disabled=True)
either_way = pytest.mark.parametrize("change", [DEMOTED, DISABLED], ids=["demoted", "disabled"])


@pytest.fixture
def ann(site: Site) -> str:
    """The only admin."""
    user: dict[str, Any] = site.browser().become("ann")
    site.make_admin(user["id"])
    return user["id"]


@pytest.fixture
def bob(site: Site) -> str:
    user: dict[str, Any] = site.browser().become("bob")
    return user["id"]


def test_roles_are_in_the_order_of_the_alphabet() -> None:
    assert roles.parse_roles(["editor", "admin", "a-1_b"]) == ("a-1_b", "admin", "editor")
    assert roles.parse_roles([]) == ()


def test_a_user_has_up_to_16() -> None:
    assert len(roles.parse_roles([f"role{number}" for number in range(16)])) == 16


@pytest.mark.parametrize(
    "raw",
    [
        *(["Admin"], ["ad min"], [""], ["1st"], ["admin\n"], ["ädmin"], ["a" * 33]),
        *(["admin", "admin"], [1], [None], [["admin"]], [f"role{number}" for number in range(17)]),
    ],
)
def test_what_is_no_role_is_refused(raw: list[object]) -> None:
    with pytest.raises(Rejected, match="Use up to 16 different names"):
        roles.parse_roles(raw)


@either_way
def test_the_last_admin_stays(site: Site, ann: str, change: Changes) -> None:
    with pytest.raises(LastAdmin):
        roles.change(site.context, ann, change)
    user = users.find(site.context.database, ann)
    assert user
    assert roles.administers(user)
    assert_whole(site)


@either_way
def test_an_admin_beside_another_may_go(site: Site, ann: str, bob: str, change: Changes) -> None:
    site.make_admin(bob)
    _, changed = roles.change(site.context, ann, change)
    assert not roles.administers(changed)
    assert_whole(site)
    with pytest.raises(LastAdmin):
        roles.change(site.context, bob, change)


def test_an_admin_who_is_disabled_does_not_count(site: Site, ann: str, bob: str) -> None:
    site.make_admin(bob)
    roles.change(site.context, bob, DISABLED)
    with pytest.raises(LastAdmin):
        roles.change(site.context, ann, DEMOTED)


def test_an_admin_who_is_enabled_again_counts(site: Site, ann: str, bob: str) -> None:
    site.make_admin(bob)
    roles.change(site.context, bob, DISABLED)
    roles.change(site.context, bob, to(disabled=False))
    roles.change(site.context, ann, DEMOTED)
    assert_whole(site)


def test_the_last_admin_may_have_other_roles_too(site: Site, ann: str) -> None:
    _, changed = roles.change(site.context, ann, to(roles=("admin", "editor")))
    assert changed.roles == ("admin", "editor")
    assert_whole(site)


def test_a_change_ends_the_sessions_of_the_user_alone(site: Site, ann: str) -> None:
    bob, cat = site.browser(), site.browser()
    bob_id = bob.become("bob")["id"]
    cat.become("cat")
    roles.change(site.context, bob_id, to(roles=("editor",)))
    assert bob.get("users/me").status_code == 401
    assert cat.get("users/me").status_code == 200


def test_no_session_outlives_a_change_that_was_begun_before_others_were_ended(site: Site) -> None:
    bob = site.browser()
    seen = users.find(site.context.database, bob.become("bob")["id"])
    assert seen
    bob.delete("sessions")
    with pytest.raises(users.Stale):
        users.change(site.context.database, seen, site.clock(), epoch=seen.epoch + 1, roles=("a",))


def test_what_is_so_already_is_left_alone(site: Site) -> None:
    bob = site.browser()
    bob_id = bob.become("bob")["id"]
    before, after = roles.change(site.context, bob_id, to(roles=()))
    assert after == before
    assert bob.get("users/me").status_code == 200


def test_nobody_is_given_no_role(site: Site) -> None:
    with pytest.raises(UserNotFound):
        roles.change(site.context, NOBODY, to(roles=("admin",)))
