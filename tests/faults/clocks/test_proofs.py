"""Clocks that are 10 minutes off: codes, links, proofs and ceremonies are over by the clock that
judges them, up to 20 minutes sooner or later, and what is good once is so everywhere.
"""

from __future__ import annotations

import pytest

from tests.authenticator import Authenticator
from tests.factors import (
    App,
    add_passkey,
    add_totp,
    answer,
    asserted,
    challenged,
    make_recovery_codes,
)
from tests.faults.clocks.instances import (
    AHEAD,
    BEHIND,
    NAMES,
    Two,
    forget_expired,
    good_for,
    off_by,
    over_at_once,
    pairs,
    served_by,
)
from tests.invariants import assert_whole
from tests.support import PASSWORD, Browser, Site, assert_problem, codes
from tests.tally import Tried

NEW = "ann@example.org"
CODE_MINUTES, STEP_UP_MINUTES, LINK_MINUTES, CHALLENGE_MINUTES, CEREMONY_MINUTES = 10, 5, 60, 10, 5

each_wrong_clock = pytest.mark.parametrize("minutes", [BEHIND, AHEAD], ids=NAMES.get)
each_clock = pytest.mark.parametrize("minutes", NAMES, ids=NAMES.get)


@pytest.fixture
def ann(site: Site) -> Browser:
    """Has an account, and signed in where the clock is right."""
    browser = site.browser()
    browser.become()
    return browser


@pytest.fixture
def app(ann: Browser) -> App:
    """Of Ann; no code of it was used for half an hour."""
    app = add_totp(ann)
    ann.site.clock.advance(minutes=30)
    return app


@good_for(CODE_MINUTES)
def test_a_code_proves_a_mailbox_until_it_is_over_there(two: Two) -> None:
    browser = two.here.browser()
    begun = browser.register()
    verifying, code = served_by(two.there, browser), two.here.code("ann@example.com")
    two.pass_time(minutes=CODE_MINUTES)
    assert codes(verifying.verify(begun, code)) == [("/code", "code_invalid")]
    two.site.clock.advance(seconds=-1)
    assert verifying.verify(begun, code).status_code == 201
    assert_whole(two.site)


@over_at_once(CODE_MINUTES)
def test_where_a_code_is_over_at_once_another_may_be_had_at_once(two: Two) -> None:
    browser = two.here.browser()
    begun = browser.register()
    verifying = served_by(two.there, browser)
    refused = verifying.verify(begun, two.here.code("ann@example.com"))
    assert codes(refused) == [("/code", "code_invalid")]
    assert verifying.resend(begun).status_code == 202
    assert verifying.verify(begun, two.there.code("ann@example.com")).status_code == 201
    assert_whole(two.site)


@pairs(lambda apart: apart < 0)
def test_another_code_may_be_had_21_minutes_later_at_most(two: Two) -> None:
    browser = two.here.browser()
    begun = browser.register()
    resending = served_by(two.there, browser)
    two.pass_time(minutes=1)
    two.site.clock.advance(seconds=-1)
    assert_problem(resending.resend(begun), 429, "rate_limited")
    two.site.clock.advance(seconds=1)
    assert resending.resend(begun).status_code == 202


@pairs()
def test_of_five_wrong_codes_here_and_there_none_is_counted_twice_or_forgotten(two: Two) -> None:
    browser = two.here.browser()
    begun = browser.register()
    code = two.here.code("ann@example.com")
    wrong = "000000" if code != "000000" else "111111"
    instances = [two.here, two.there] * 3
    said = [served_by(one, browser).verify(begun, wrong).status_code for one in instances]
    assert said == [422] * 5 + [410]
    assert_problem(served_by(two.there, browser).verify(begun, code), 410, "code_exhausted")


@pairs()
def test_a_code_moves_an_account_until_it_is_over_there(two: Two, ann: Browser) -> None:
    begun = served_by(two.here, ann).readdress_account(NEW)
    assert begun.status_code == 202
    verifying, code = served_by(two.there, ann), two.here.code(NEW)
    two.pass_time(minutes=max(CODE_MINUTES, two.apart))
    assert_problem(verifying.prove_address(code), 410, "email_change_expired")
    if two.apart < CODE_MINUTES:
        two.site.clock.advance(seconds=-1)
        assert verifying.prove_address(code).status_code == 200
    assert_whole(two.site)


@pairs()
def test_a_link_to_a_new_password_is_good_until_it_is_over_there(two: Two, ann: Browser) -> None:
    two.here.browser().forget()
    token = two.here.token("ann@example.com")
    two.pass_time(minutes=LINK_MINUTES)
    assert_problem(two.there.browser().reset(token), 410, "token_invalid")
    two.site.clock.advance(seconds=-1)
    assert two.there.browser().reset(token).status_code == 204


@good_for(STEP_UP_MINUTES)
def test_a_recent_proof_lasts_until_it_is_over_there(two: Two, ann: Browser) -> None:
    assert served_by(two.here, ann).prove().status_code == 204
    there = served_by(two.there, ann)
    two.pass_time(minutes=STEP_UP_MINUTES)
    assert_problem(there.get("users/me/export"), 403, "step_up_required")
    two.site.clock.advance(seconds=-1)
    assert there.get("users/me/export").status_code == 200


@over_at_once(STEP_UP_MINUTES)
def test_where_a_proof_is_over_at_once_one_given_there_is_recent(two: Two, ann: Browser) -> None:
    assert served_by(two.here, ann).prove().status_code == 204
    there = served_by(two.there, ann)
    assert_problem(there.get("users/me/export"), 403, "step_up_required")
    assert there.prove().status_code == 204
    assert there.get("users/me/export").status_code == 200


@pairs()
def test_a_challenge_is_answered_until_it_is_over_there(two: Two, app: App) -> None:
    challenge = challenged(two.here.browser())
    two.pass_time(minutes=max(CHALLENGE_MINUTES, two.apart))
    code, there = App(two.there, app.secret).code(), two.there.browser()
    assert_problem(answer(there, challenge, code), 410, "challenge_expired")
    if two.apart < CHALLENGE_MINUTES:
        two.site.clock.advance(seconds=-1)
        code = App(two.there, app.secret).code()
        assert answer(there, challenge, code).status_code == 201
    else:
        assert answer(there, challenged(there), code).status_code == 201


@each_wrong_clock
def test_a_code_of_an_app_is_refused_where_the_clock_is_wrong_and_is_not_used_up(
    minutes: int, site: Site, app: App
) -> None:
    wrong, right, code = off_by(site, minutes).browser(), site.browser(), app.code()
    assert_problem(answer(wrong, challenged(wrong), code), 401, "invalid_code")
    assert answer(right, challenged(right), code).status_code == 201


@each_clock
def test_a_recovery_code_signs_in_whatever_the_clock(
    minutes: int, site: Site, ann: Browser, app: App
) -> None:
    code = make_recovery_codes(ann)[0]
    browser = off_by(site, minutes).browser()
    signed_in = answer(browser, challenged(browser), code, "recovery_code")
    assert signed_in.status_code == 201


def test_a_code_of_an_app_that_was_used_opens_nothing_where_its_time_comes_later(
    site: Site, app: App
) -> None:
    behind, right, code = off_by(site, BEHIND).browser(), site.browser(), app.code()
    assert answer(right, challenged(right), code).status_code == 201
    site.clock.advance(minutes=10)
    assert_problem(answer(behind, challenged(behind), code), 401, "invalid_code")


def test_a_code_of_an_app_that_was_never_used_is_good_once_where_its_time_comes_later(
    site: Site, app: App
) -> None:
    behind, code = off_by(site, BEHIND).browser(), app.code()
    site.clock.advance(minutes=10)
    assert answer(behind, challenged(behind), code).status_code == 201
    assert_problem(answer(behind, challenged(behind), code), 401, "invalid_code")


@pairs()
def test_a_passkeys_answer_is_good_until_it_is_over_there(two: Two, ann: Browser) -> None:
    phone = Authenticator()
    add_passkey(ann, phone)
    credential = asserted(two.here.browser(), phone)
    two.pass_time(minutes=max(CEREMONY_MINUTES, two.apart))
    there = two.there.browser()
    refused = there.post("sessions/passkey", {"credential": credential})
    assert_problem(refused, 401, "invalid_credentials")
    if two.apart < CEREMONY_MINUTES:
        two.site.clock.advance(seconds=-1)
    else:
        credential = asserted(there, phone)
    assert there.post("sessions/passkey", {"credential": credential}).status_code == 201


@pairs()
def test_a_passkeys_answer_is_good_once_whoever_forgets_it(two: Two, ann: Browser) -> None:
    """Once it is over by the clock of AWS, the table may forget that it was used."""
    phone = Authenticator()
    add_passkey(ann, phone)
    here, there = two.here.browser(), two.there.browser()
    body = {"credential": asserted(here, phone)}
    assert here.post("sessions/passkey", body).status_code == 201
    two.site.clock.advance(minutes=max(0, two.off[0] + CEREMONY_MINUTES))
    forget_expired(two.site)
    assert_problem(there.post("sessions/passkey", body), 401, "invalid_credentials")
    assert_problem(here.post("sessions/passkey", body), 401, "invalid_credentials")


@each_clock
def test_a_password_signs_in_whatever_the_clock(
    minutes: int, site: Site, ann: Browser, tried: Tried
) -> None:
    assert off_by(site, minutes).browser().sign_in("ann", PASSWORD).status_code == 201
