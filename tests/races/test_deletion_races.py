"""An account that is deleted at the same moment as it is used: nothing is left behind."""

from __future__ import annotations

from functools import partial

from tests.invariants import assert_whole
from tests.races.crowd import also, at_once, outcomes
from tests.support import Browser, Site

ROUNDS = 5


def member(site: Site, username: str) -> Browser:
    browser = site.browser()
    browser.become(username)
    browser.prove()
    return browser


def test_who_signs_in_meanwhile_leaves_no_session(site: Site) -> None:
    for number in range(ROUNDS):
        ann = member(site, f"ann{number}")
        deleted, *answers = at_once(
            [
                partial(ann.delete, "users/me"),
                *[partial(site.browser().sign_in, f"ann{number}") for _ in range(10)],
            ]
        )
        assert deleted.status_code == 204
        assert outcomes(answers).keys() <= {"201", "401 invalid_credentials"}
        assert site.browser().sign_in(f"ann{number}").status_code == 401
        found = assert_whole(site)
        assert (found.users, found.sessions) == ({}, {})


def test_twenty_deletions_at_once_are_one(site: Site) -> None:
    ann = member(site, "ann")
    answers = at_once([partial(also(ann).delete, "users/me") for _ in range(20)])
    assert outcomes(answers).keys() <= {"204", "401 not_authenticated"}
    assert outcomes(answers)["204"] >= 1
    assert assert_whole(site).users == {}


def test_of_many_deletions_by_admins_at_once_one_is_made(site: Site) -> None:
    site.browser().become("root1")
    root = site.browser()
    site.make_admin(root.sign_in("root1").json["user"]["id"])
    root.sign_in("root1")
    root.prove()
    user_id = site.browser().become("ann")["id"]
    answers = at_once([partial(also(root).delete, f"admin/users/{user_id}") for _ in range(10)])
    assert outcomes(answers).keys() <= {"204", "404 user_not_found"}
    assert outcomes(answers)["204"] >= 1
    assert list(assert_whole(site).names) == ["root1"]


def test_who_changes_meanwhile_is_deleted_all_the_same(site: Site) -> None:
    for number in range(ROUNDS):
        ann = member(site, f"ann{number}")
        etag = ann.get("users/me").headers["ETag"]
        deleted, _ = at_once(
            [
                partial(ann.delete, "users/me"),
                partial(also(ann).change, {"username": f"new{number}"}, etag),
            ]
        )
        assert deleted.status_code == 204
        found = assert_whole(site)
        assert (found.users, found.names, found.mailboxes) == ({}, {}, {})


def test_of_two_admins_who_go_at_once_one_stays(site: Site) -> None:
    admins = [site.browser() for _ in range(2)]
    for number, admin in enumerate(admins):
        site.make_admin(admin.become(f"ann{number}")["id"])
        admin.sign_in(f"ann{number}")
        admin.prove()
    answers = at_once([partial(admin.delete, "users/me") for admin in admins])
    assert outcomes(answers) == {"204": 1, "409 last_admin": 1}
    stayed = admins[[answer.status_code for answer in answers].index(409)]
    assert stayed.get("users/me").json["roles"] == ["admin"]
    assert_whole(site)
