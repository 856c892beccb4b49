"""Passwords that are set at the same moment: one is, and the others are refused."""

from __future__ import annotations

from functools import partial

from tests.invariants import assert_whole
from tests.races.crowd import also, at_once, outcomes
from tests.support import PASSWORD, Site

CROWD = 50
ROUNDS = 5


def password(number: int) -> str:
    return f"{number} seven quiet harbours"


def accepted(site: Site, passwords: list[str]) -> list[str]:
    return [one for one in passwords if site.browser().sign_in("ann", one).status_code == 201]


def test_of_fifty_who_use_one_reset_token_one_sets_the_password(site: Site) -> None:
    site.browser().become("ann")
    site.browser().forget()
    token = site.token("ann@example.com")
    answers = at_once(
        [partial(site.browser().reset, token, password(number)) for number in range(CROWD)]
    )
    assert outcomes(answers) == {"204": 1, "410 token_invalid": CROWD - 1}
    winner = next(number for number, one in enumerate(answers) if one.status_code == 204)
    assert site.browser().sign_in("ann", password(winner)).status_code == 201
    assert site.browser().sign_in("ann", password(winner - 1)).status_code == 401
    notices = [mail for mail in site.mails() if "was changed" in mail["subject"]]
    assert len(notices) == 1
    assert assert_whole(site).resets == {}


def test_of_many_changes_in_one_session_one_is_made(site: Site) -> None:
    ann = site.browser()
    ann.become("ann")
    answers = at_once(
        [partial(also(ann).change_password, PASSWORD, password(number)) for number in range(20)]
    )
    assert outcomes(answers).pop("204") == 1
    assert outcomes(answers).keys() <= {
        "204",
        "401 not_authenticated",
        "401 invalid_credentials",
    }
    assert len(accepted(site, [password(number) for number in range(20)])) == 1
    assert_whole(site)


def test_a_change_and_a_reset_at_once_leave_one_password(site: Site) -> None:
    for number in range(ROUNDS):
        ann, name = site.browser(), f"ann{number}"
        ann.become(name)
        email = f"{name}@example.com"
        site.browser().forget(email)
        reset, changed = at_once(
            [
                partial(site.browser().reset, site.token(email), password(1)),
                partial(ann.change_password, PASSWORD, password(2)),
            ]
        )
        assert outcomes([reset, changed]) in (
            {"204": 1, "410 token_invalid": 1},
            {"204": 1, "401 not_authenticated": 1},
        )
        winner, loser = (1, 2) if reset.status_code == 204 else (2, 1)
        assert site.browser().sign_in(name, password(winner)).status_code == 201
        assert site.browser().sign_in(name, password(loser)).status_code == 401
