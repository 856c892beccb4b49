"""Admins who go at the same moment: one always stays."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from werkzeug.test import TestResponse

from backend.accounts import roles
from backend.accounts.errors import LastAdmin
from tests.invariants import assert_whole
from tests.races.crowd import at_once
from tests.support import Browser, Site

ROUNDS = 10
ADMIN: dict[str, Any] = {"roles": ("admin",), "disabled": False}
CHANGES: list[dict[str, Any]] = [{"roles": ()}, {"disabled": True}]


def goes(site: Site, user_id: str, change: dict[str, Any]) -> bool:
    try:
        roles.change(site.context, user_id, lambda _: change)
    except LastAdmin:
        return False
    return True


@pytest.mark.parametrize("change", CHANGES, ids=["demoted", "disabled"])
def test_of_two_last_admins_who_go_at_once_one_stays(site: Site, change: dict[str, Any]) -> None:
    both = [site.browser().become(name)["id"] for name in ("ann", "bob")]
    for _ in range(ROUNDS):
        for user_id in both:
            roles.change(site.context, user_id, lambda _: ADMIN)
        gone = at_once([partial(goes, site, user_id, change) for user_id in both])
        assert sorted(gone) == [False, True]
        assert_whole(site)


def test_of_eight_admins_who_go_at_once_one_stays(site: Site) -> None:
    everybody = [site.browser().become(f"user{number}")["id"] for number in range(8)]
    for user_id in everybody:
        site.make_admin(user_id)
    gone = at_once([partial(goes, site, user_id, CHANGES[0]) for user_id in everybody])
    assert sorted(gone) == [False] + [True] * 7
    [admins] = assert_whole(site).admins.values()
    assert len(admins["user_ids"]) == 1


@pytest.mark.parametrize("act", ["roles", "disable"])
def test_of_the_last_two_admins_who_remove_each_other_at_once_one_stays(
    site: Site, act: str
) -> None:
    ids = [site.browser().become(name)["id"] for name in ("ann", "bob")]
    for _ in range(ROUNDS):
        for user_id in ids:
            roles.change(site.context, user_id, lambda _: ADMIN)
        ann, bob = proved(site, "ann"), proved(site, "bob")
        at_once([partial(remove, ann, ids[1], act), partial(remove, bob, ids[0], act)])
        [admins] = assert_whole(site).admins.values()
        assert len(admins["user_ids"]) == 1


def proved(site: Site, username: str) -> Browser:
    browser = site.browser()
    browser.sign_in(username)
    browser.prove()
    return browser


def remove(admin: Browser, user_id: str, act: str) -> TestResponse:
    if act == "roles":
        return admin.call("PUT", f"admin/users/{user_id}/roles", {"roles": []})
    return admin.post(f"admin/users/{user_id}/disable")


def test_of_two_admins_who_delete_each_other_at_once_one_stays(site: Site) -> None:
    for number in range(ROUNDS // 2):
        names = [f"ann{number}", f"bob{number}"]
        ids = [site.browser().become(name)["id"] for name in names]
        for user_id in ids:
            site.make_admin(user_id)
        for left in {*assert_whole(site).users} - {*ids}:
            roles.change(site.context, left, lambda _: {"roles": ()})
        ann, bob = (proved(site, name) for name in names)
        at_once(
            [
                partial(ann.delete, f"admin/users/{ids[1]}"),
                partial(bob.delete, f"admin/users/{ids[0]}"),
            ]
        )
        [admins] = assert_whole(site).admins.values()
        assert len(admins["user_ids"]) == 1
