"""Who registers at the same moment as others: one has the username, one mail goes out."""

from functools import partial

from tests.invariants import assert_whole
from tests.races.crowd import at_once, outcomes
from tests.support import PASSWORD, Site

CROWD = 50


def test_of_fifty_who_want_a_username_one_gets_it(site: Site) -> None:
    answers = at_once(
        [
            partial(site.browser().register, "ann", email=f"ann{number}@example.com")
            for number in range(CROWD)
        ]
    )
    assert outcomes(answers) == {"202": 1, "409 username_taken": CROWD - 1}
    assert len(assert_whole(site).registrations) == 1
    assert len(site.mails()) == 1


def test_of_many_who_want_spellings_of_one_username_one_gets_it(site: Site) -> None:
    spellings = ["ann", "Ann", "ANN", "aNN", "anN", "AnN", "aNn", "ANn"]
    answers = at_once(
        [
            partial(site.browser().register, spelling, email=f"ann{number}@example.com")
            for number, spelling in enumerate(spellings)
        ]
    )
    assert outcomes(answers) == {"202": 1, "409 username_taken": len(spellings) - 1}
    assert len(assert_whole(site).registrations) == 1


def test_fifty_repetitions_with_one_key_are_one_registration(site: Site) -> None:
    body = {"username": "ann", "email": "ann@example.com", "password": PASSWORD}
    repeat = {"Idempotency-Key": "the-key-of-ann"}
    answers = at_once(
        [partial(site.browser().post, "users", body, headers=repeat) for _ in range(CROWD)]
    )
    assert outcomes(answers) == {"202": CROWD}
    assert len({answer.data for answer in answers}) == 1
    assert len(assert_whole(site).registrations) == 1
    assert len(site.mails()) == 1


def test_of_two_requests_with_one_key_only_the_repetitions_of_the_first_are_answered(
    site: Site,
) -> None:
    repeat = {"Idempotency-Key": "one-key-for-two"}
    answers = at_once(
        [
            partial(
                site.browser().post,
                "users",
                {"username": name, "email": f"{name}@example.com", "password": PASSWORD},
                headers=repeat,
            )
            for name in ["ann", "bob"] * 10
        ]
    )
    assert outcomes(answers) == {"202": 10, "422 idempotency_key_reused": 10}
    assert len(assert_whole(site).registrations) == 1


def test_of_twenty_resends_one_sends_a_mail(site: Site) -> None:
    begun = site.browser().register("ann")
    resend = f"registrations/{begun.json['registration']['id']}/resend"
    site.clock.advance(seconds=60)
    answers = at_once([partial(site.browser().post, resend) for _ in range(20)])
    assert outcomes(answers) == {"202": 1, "429 rate_limited": 19}
    assert len(site.mails()) == 2
    assert site.browser().verify(begun, site.code("ann@example.com")).status_code == 201
