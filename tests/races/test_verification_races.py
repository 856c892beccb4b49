"""Codes that are typed at the same moment: one account, one session, no more than five tries."""

import re
from functools import partial

import pytest

from tests.invariants import assert_whole
from tests.races.crowd import at_once, outcomes
from tests.support import Site, registration_id

CROWD = 50


def codes(site: Site) -> dict[str, str]:
    """The code that was mailed for each registration."""
    links = (re.search(r"#verify/([^/]+)/(\d{6})", mail["text"]) for mail in site.mails())
    return {link[1]: link[2] for link in links if link}


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def test_of_fifty_who_prove_one_mailbox_one_gets_it(site: Site) -> None:
    browsers = [site.browser() for _ in range(CROWD)]
    begun = [
        browser.register(f"ann{number}", email="ann@example.com")
        for number, browser in enumerate(browsers)
    ]
    mailed = codes(site)
    answers = at_once(
        [
            partial(browser.verify, answer, mailed[registration_id(answer)])
            for browser, answer in zip(browsers, begun, strict=True)
        ]
    )
    assert outcomes(answers) == {"201": 1, "409 account_exists": CROWD - 1}
    found = assert_whole(site)
    assert (len(found.users), len(found.names), len(found.mailboxes)) == (1, 1, 1)
    assert len(found.sessions) == 1


@pytest.mark.parametrize(("callers", "judged"), [(5, 5), (CROWD, 5)])
def test_the_right_code_given_many_times_makes_one_account(
    site: Site, callers: int, judged: int
) -> None:
    begun = site.browser().register("ann")
    code = site.code("ann@example.com")
    answers = at_once([partial(site.browser().verify, begun, code) for _ in range(callers)])
    expected = {"201": 1, "409 account_exists": judged - 1, "410 code_exhausted": callers - judged}
    assert outcomes(answers) == {name: number for name, number in expected.items() if number}
    found = assert_whole(site)
    assert (len(found.users), len(found.sessions)) == (1, 1)


def test_of_fifty_wrong_codes_five_are_judged(site: Site) -> None:
    begun = site.browser().register("ann")
    code = site.code("ann@example.com")
    answers = at_once([partial(site.browser().verify, begun, wrong(code)) for _ in range(CROWD)])
    assert outcomes(answers) == {"422 code_invalid": 5, "410 code_exhausted": CROWD - 5}
    left = [answer.json["attempts_left"] for answer in answers if answer.status_code == 422]
    assert sorted(left) == [0, 1, 2, 3, 4]
    assert site.browser().verify(begun, code).status_code == 410
    assert assert_whole(site).users == {}


def test_a_code_proves_only_the_mailbox_it_was_sent_to_while_the_address_changes(
    site: Site,
) -> None:
    for number in range(10):
        browser, other = site.browser(), site.browser()
        old, new = f"old{number}@example.com", f"new{number}@example.com"
        begun = browser.register(f"ann{number}", email=old)
        change = f"registrations/{registration_id(begun)}"
        changed, verified = at_once(
            [
                partial(other.patch, change, {"email": new}),
                partial(browser.verify, begun, site.code(old)),
            ]
        )
        assert changed.status_code == 202
        assert outcomes([verified]).keys() <= {"201", "422 code_invalid"}
        if verified.status_code == 201:
            assert verified.json["user"]["email"] == old
    assert_whole(site)
