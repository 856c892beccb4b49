"""Sessions that are ended at the same moment as they are used, begun or ended."""

from functools import partial

from tests.invariants import assert_whole
from tests.races.crowd import also, at_once, outcomes
from tests.support import Browser, Site

ROUNDS = 10


def signed_in(site: Site) -> tuple[Browser, str]:
    """A new session of ann, and its id."""
    browser = site.browser()
    answer = browser.sign_in("ann")
    assert answer.status_code == 201, answer.json
    return browser, answer.json["session"]["id"]


def test_of_two_sessions_that_end_all_others_one_remains(site: Site) -> None:
    site.browser().become("ann")
    for _ in range(ROUNDS):
        (one, _), (other, _) = signed_in(site), signed_in(site)
        answers = at_once([partial(one.delete, "sessions"), partial(other.delete, "sessions")])
        assert outcomes(answers) == {"204": 1, "401 not_authenticated": 1}
        remaining = one if answers[0].status_code == 204 else other
        assert len(remaining.get("sessions").json["items"]) == 1


def test_a_session_that_is_used_while_it_is_ended_stays_ended(site: Site) -> None:
    owner = site.browser()
    owner.become("ann")
    for _ in range(ROUNDS):
        used, session_id = signed_in(site)
        # After so long, each use is written down.
        site.clock.advance(minutes=6)
        ended, *answers = at_once(
            [
                partial(owner.delete, f"sessions/{session_id}"),
                *[partial(also(used).get, "users/me") for _ in range(8)],
            ]
        )
        assert ended.status_code == 204
        assert outcomes(answers).keys() <= {"200", "401 not_authenticated"}
        assert used.get("users/me").status_code == 401
        assert not any(key.endswith(session_id) for key in assert_whole(site).sessions)


def test_a_session_that_is_signed_out_while_it_ends_all_others_stays_ended(site: Site) -> None:
    site.browser().become("ann")
    for _ in range(ROUNDS):
        browser, session_id = signed_in(site)
        windows = [also(browser) for _ in range(2)]
        at_once(
            [partial(windows[0].delete, "sessions/current"), partial(windows[1].delete, "sessions")]
        )
        assert browser.get("users/me").status_code == 401
        assert not any(key.endswith(session_id) for key in assert_whole(site).sessions)


def test_a_session_that_is_ended_many_times_at_once_is_ended(site: Site) -> None:
    owner = site.browser()
    owner.become("ann")
    ended, session_id = signed_in(site)
    answers = at_once([partial(also(owner).delete, f"sessions/{session_id}") for _ in range(20)])
    assert outcomes(answers)["204"] >= 1
    assert outcomes(answers).keys() <= {"204", "404 session_not_found"}
    assert ended.get("users/me").status_code == 401
    assert len(owner.get("sessions").json["items"]) == 1


def test_twenty_sign_ins_are_twenty_sessions(site: Site) -> None:
    owner = site.browser()
    owner.become("ann")
    answers = at_once([partial(site.browser().sign_in, "ann") for _ in range(20)])
    assert outcomes(answers) == {"201": 20}
    tokens = {answer.headers.getlist("Set-Cookie")[0] for answer in answers}
    assert len(tokens) == 20
    assert len(owner.get("sessions").json["items"]) == 21
