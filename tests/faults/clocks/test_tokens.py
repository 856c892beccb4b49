"""Clocks that are 10 minutes off: tokens for other services, their keys, and webhooks."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import jwt
import pytest

from backend.accounts import token_keys, webhooks
from backend.accounts.token_keys import TooSoon
from backend.accounts.webhooks import Delivered
from tests.clients.doors import Door, each_kind
from tests.clients.fixtures import AccountSite
from tests.faults.clocks.instances import AHEAD, BEHIND, NAMES, off_by, served_by
from tests.receiver import OPERATOR, SECRET, Receiver
from tests.support import Browser, Site
from tests.web.published import key_of, published_keys

# How old a copy of the published keys may be: CloudFront's, of which a service has one.
COPIED_MINUTES = 10
each_clock = pytest.mark.parametrize("minutes", NAMES, ids=NAMES.get)


@pytest.fixture
def ann(site: Site) -> Browser:
    browser = site.browser()
    browser.become()
    return browser


@pytest.fixture
def everywhere(ann: Browser) -> list[Browser]:
    """Ann, served by each instance."""
    return [served_by(off_by(ann.site, minutes), ann) for minutes in NAMES]


def token(browser: Browser) -> str:
    return str(browser.post("tokens", {}).json["token"])


def keys(browser: Browser) -> list[str]:
    return [key["kid"] for key in published_keys(browser)]


@each_kind
@each_clock
def test_a_service_believes_no_token_of_a_clock_that_is_wrong(
    kind: str, minutes: int, accounts: AccountSite, make: Callable[..., Door]
) -> None:
    made = token(served_by(off_by(accounts.site, minutes), accounts.browser))
    assert make(kind)(made) == ("refused" if minutes else "in")


@each_clock
def test_a_key_signs_nowhere_before_every_copy_of_the_published_keys_has_it(
    minutes: int, ann: Browser, everywhere: list[Browser]
) -> None:
    """Whatever the clock of whoever rotates."""
    [before] = {key_of(token(browser)) for browser in everywhere}
    new = token_keys.rotate(off_by(ann.site, minutes).context, OPERATOR).id
    copies = deque([[before]], maxlen=COPIED_MINUTES)
    signed = set[str]()
    for _ in range(60):
        oldest = set(copies[0])
        signed = {key_of(token(browser)) for browser in everywhere}
        assert signed <= oldest
        copies.append(sorted(set.intersection(*(set(keys(browser)) for browser in everywhere))))
        ann.site.clock.advance(minutes=1)
    assert signed == {new}


@each_clock
def test_no_rotation_makes_a_token_worthless_that_is_good(
    minutes: int, ann: Browser, everywhere: list[Browser]
) -> None:
    """One of before, made by any instance up to 5 minutes ago."""
    rotating = off_by(ann.site, minutes)
    token_keys.rotate(rotating.context, OPERATOR)
    made = deque[str](maxlen=6 * len(everywhere))
    rotated = 0
    while rotated < 2:
        try:
            token_keys.rotate(rotating.context, OPERATOR)
            rotated += 1
        except TooSoon:
            pass
        made.extend(token(browser) for browser in everywhere)
        ann.site.clock.advance(minutes=1)
        assert {key_of(one) for one in made} <= set(keys(ann))


def test_a_clock_that_is_set_right_has_the_published_keys_within_a_minute(
    site: Site, ann: Browser
) -> None:
    other = off_by(site, AHEAD)
    browser = served_by(other, ann)
    token(browser)
    new = token_keys.rotate(site.context, OPERATOR).id
    other.rewire(now=site.clock)
    browser = served_by(other, ann)
    site.clock.advance(minutes=1)
    assert keys(browser)[0] == new


@pytest.mark.parametrize("minutes", [BEHIND, AHEAD], ids=NAMES.get)
def test_a_receiver_that_looks_at_the_time_is_told_by_another_instance(
    minutes: int, make_site: Callable[..., Site], receiver: Receiver
) -> None:
    site = make_site(WEBHOOK_URL=receiver.url, WEBHOOK_SECRET=SECRET)
    receiver.answers[:] = []
    receiver.seeing = lambda: receiver.answers.append(
        204 if abs(receiver.calls[-1].timestamp - site.clock()) <= 300 else 400
    )
    off_by(site, minutes).browser().become()
    site.clock.advance(minutes=12)
    assert webhooks.deliver(site.context, until=site.clock(), seconds=60) == Delivered(taken=1)
    assert receiver.types == ["user.created"] * 2
    assert receiver.calls[0].id == receiver.calls[1].id


def test_what_the_token_says_is_the_time_of_the_instance(site: Site, ann: Browser) -> None:
    ahead = served_by(off_by(site, AHEAD), ann)
    claims = jwt.decode(token(ahead), options={"verify_signature": False})
    assert claims["iat"] == site.clock() + 10 * 60
