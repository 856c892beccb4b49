"""Usernames and profiles that are changed at the same moment."""

from functools import partial

from tests.invariants import assert_whole
from tests.races.crowd import also, at_once, outcomes
from tests.support import Browser, Site

ROUNDS = 10


def member(site: Site, username: str) -> Browser:
    browser = site.browser()
    browser.become(username)
    return browser


def test_of_two_who_change_to_one_username_one_gets_it(site: Site) -> None:
    ann, bob = member(site, "ann"), member(site, "bob")
    for number in range(ROUNDS):
        change = {"username": f"new{number}"}
        answers = at_once([partial(ann.change, change), partial(bob.change, change)])
        assert outcomes(answers) == {"200": 1, "409 username_taken": 1}
    assert_whole(site)


def test_a_username_goes_to_a_member_or_to_a_newcomer_and_not_to_both(site: Site) -> None:
    ann = member(site, "ann")
    for number in range(ROUNDS):
        name = f"new{number}"
        renamed, registered = at_once(
            [partial(ann.change, {"username": name}), partial(site.browser().register, name)]
        )
        assert outcomes([renamed, registered]) in (
            {"200": 1, "409 username_taken": 1},
            {"202": 1, "409 username_taken": 1},
        )
        assert_whole(site)


def test_of_twenty_changes_to_one_version_one_is_made(site: Site) -> None:
    ann = member(site, "ann")
    etag = ann.get("users/me").headers["ETag"]
    answers = at_once(
        [partial(also(ann).change, {"display_name": f"Ann {number}"}, etag) for number in range(20)]
    )
    assert outcomes(answers) == {"200": 1, "412 precondition_failed": 19}
    [made] = [answer.json for answer in answers if answer.status_code == 200]
    assert ann.get("users/me").json == made


def test_of_twenty_usernames_for_one_version_one_is_taken_and_the_rest_stay_free(
    site: Site,
) -> None:
    ann = member(site, "ann")
    etag = ann.get("users/me").headers["ETag"]
    names = [f"ann{number}" for number in range(20)]
    answers = at_once([partial(also(ann).change, {"username": name}, etag) for name in names])
    assert outcomes(answers) == {"200": 1, "412 precondition_failed": 19}
    taken = ann.get("users/me").json["username"]
    assert list(assert_whole(site).names) == [taken]
    free = next(name for name in names if name != taken)
    assert site.browser().register(free).status_code == 202
