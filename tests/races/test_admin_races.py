"""Admins who go at the same moment: one always stays."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from backend.accounts import roles
from backend.accounts.errors import LastAdmin
from tests.invariants import assert_whole
from tests.races.crowd import at_once
from tests.support import Site

ROUNDS = 10
CHANGES: list[dict[str, Any]] = [{"roles": ()}, {"disabled": True}]


def goes(site: Site, user_id: str, change: dict[str, Any]) -> bool:
    try:
        roles.change(site.context, user_id, **change)
    except LastAdmin:
        return False
    return True


@pytest.mark.parametrize("change", CHANGES, ids=["demoted", "disabled"])
def test_of_two_last_admins_who_go_at_once_one_stays(site: Site, change: dict[str, Any]) -> None:
    both = [site.browser().become(name)["id"] for name in ("ann", "bob")]
    for _ in range(ROUNDS):
        for user_id in both:
            roles.change(site.context, user_id, roles=("admin",), disabled=False)
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
