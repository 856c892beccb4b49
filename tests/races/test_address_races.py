"""Addresses that are changed at the same moment: a mailbox has one owner, a token one winner."""

from __future__ import annotations

import re
from functools import partial

from backend.storage.registrations import CODE_TRIES
from tests.invariants import assert_whole
from tests.races.crowd import also, at_once, outcomes
from tests.support import Browser, Site

CROWD = 50
ROUNDS = 5


def member(site: Site, username: str) -> Browser:
    browser = site.browser()
    browser.become(username)
    return browser


def test_of_many_who_prove_one_mailbox_one_gets_it(site: Site) -> None:
    members = [member(site, f"ann{number}") for number in range(10)]
    codes = []
    for one in members:
        one.readdress_account("new@example.com")
        codes.append(site.code("new@example.com"))
    answers = at_once(
        [partial(one.prove_address, code) for one, code in zip(members, codes, strict=True)]
    )
    assert outcomes(answers) == {"200": 1, "410 email_change_expired": 9}
    assert_whole(site)


def test_a_mailbox_goes_to_a_member_or_to_a_newcomer_and_not_to_both(site: Site) -> None:
    for number in range(ROUNDS):
        ann, new = member(site, f"ann{number}"), f"new{number}@example.com"
        ann.readdress_account(new)
        code = site.code(new)
        newcomer = site.browser()
        begun = newcomer.register(f"bert{number}", email=new)
        other = site.code(new)
        moved, verified = at_once(
            [partial(ann.prove_address, code), partial(newcomer.verify, begun, other)]
        )
        assert outcomes([moved, verified]) in (
            {"200": 1, "409 account_exists": 1},
            {"201": 1, "410 email_change_expired": 1},
        )
        assert_whole(site)


def test_the_right_code_given_many_times_moves_once(site: Site) -> None:
    ann = member(site, "ann")
    ann.readdress_account("new@example.com")
    code = site.code("new@example.com")
    answers = at_once([partial(also(ann).prove_address, code) for _ in range(CROWD)])
    found = outcomes(answers)
    assert found.pop("200") == 1
    assert found.keys() <= {"410 email_change_expired", "410 code_exhausted"}
    assert len(assert_whole(site).former) == 1
    # Each that was judged has sent its link before it moved, and one of them is good.
    letters = [mail["text"] for mail in site.mails("ann@example.com") if "#undo/" in mail["text"]]
    assert len(letters) <= CODE_TRIES
    tokens = [token for text in letters for token in re.findall(r"#undo/(\S+)", text)]
    undone = outcomes([site.browser().undo(token) for token in tokens])
    assert undone["204"] == 1


def test_of_fifty_wrong_codes_five_are_judged(site: Site) -> None:
    ann = member(site, "ann")
    ann.readdress_account("new@example.com")
    answers = at_once([partial(also(ann).prove_address, "no code") for _ in range(CROWD)])
    assert outcomes(answers) == {"422 code_invalid": 5, "410 code_exhausted": CROWD - 5}
    left = [answer.json["attempts_left"] for answer in answers if answer.status_code == 422]
    assert sorted(left) == [0, 1, 2, 3, 4]


def test_of_fifty_who_use_one_undo_token_one_wins(site: Site) -> None:
    ann = member(site, "ann")
    token = ann.move("new@example.com")
    answers = at_once([partial(site.browser().undo, token) for _ in range(CROWD)])
    assert outcomes(answers) == {"204": 1, "410 token_invalid": CROWD - 1}
    assert site.browser().sign_in("ann@example.com").status_code == 201
    assert_whole(site)


def test_a_thief_who_moves_on_while_the_owner_goes_back_does_not_get_away(site: Site) -> None:
    for number in range(ROUNDS):
        thief, name = member(site, f"ann{number}"), f"ann{number}"
        token = thief.move(f"second{number}@example.com")
        third = f"third{number}@example.com"
        thief.readdress_account(third)
        undone, moved = at_once(
            [
                partial(site.browser().undo, token),
                partial(thief.prove_address, site.code(third)),
            ]
        )
        assert undone.status_code == 204
        assert outcomes([moved]).keys() <= {
            "200",
            "410 email_change_expired",
            "401 not_authenticated",
        }
        assert site.browser().sign_in(f"{name}@example.com").status_code == 201
        assert thief.get("users/me").status_code == 401
        assert_whole(site)
