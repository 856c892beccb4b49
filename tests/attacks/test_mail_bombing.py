"""Mail bombing: how many mails a stranger can have sent, to one mailbox and in all.

The bounds are those of docs/limits.md, in force: 6 an hour and 10 a day to a mailbox, whatever asks
for them and from however many networks; 500 an hour for the site.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

import pytest

from tests.authenticator import Authenticator
from tests.factors import add_passkey
from tests.support import NEW_PASSWORD, Browser, Site

VICTIM = "victim@example.com"
HOURLY, DAILY = 6, 10
NEW_DEVICE = "A new device signed in"

Bomb = Callable[[Site, Iterator[int]], int]


def somewhere(site: Site, numbers: Iterator[int]) -> Browser:
    """A network that asks for the first time."""
    number = next(numbers)
    return site.browser(f"198.51.{number // 200}.{number % 200 + 1}")


def by_registering(site: Site, numbers: Iterator[int]) -> int:
    browser = somewhere(site, numbers)
    return browser.register(f"name{next(numbers)}", email=VICTIM).status_code


def by_resetting(site: Site, numbers: Iterator[int]) -> int:
    return somewhere(site, numbers).forget(VICTIM).status_code


def by_readdressing(site: Site, numbers: Iterator[int]) -> int:
    browser = somewhere(site, numbers)
    number = next(numbers)
    begun = browser.register(f"name{number}", email=f"own{number}@example.net")
    return browser.readdress(begun, VICTIM).status_code


def by_resending(site: Site, numbers: Iterator[int]) -> int:
    """Each registration gets one more mail, a minute later."""
    browser = somewhere(site, numbers)
    begun = browser.register(f"name{next(numbers)}", email=VICTIM)
    site.clock.advance(minutes=1)
    return browser.resend(begun).status_code if begun.status_code == 202 else begun.status_code


def by_every_way(site: Site, numbers: Iterator[int]) -> int:
    ways = (by_registering, by_resetting, by_readdressing)
    return ways[next(numbers) % 3](site, numbers)


@pytest.mark.parametrize("known", [True, False], ids=["an account", "no account"])
@pytest.mark.parametrize(
    "bomb",
    [
        by_every_way,
        pytest.param(by_registering, marks=pytest.mark.torture),
        pytest.param(by_resetting, marks=pytest.mark.torture),
        pytest.param(by_readdressing, marks=pytest.mark.torture),
        pytest.param(by_resending, marks=pytest.mark.torture),
    ],
)
def test_one_mailbox_gets_six_mails_an_hour_and_ten_a_day(
    limited: Callable[..., Site], bomb: Bomb, known: bool
) -> None:
    site, numbers = limited(), count()
    if known:
        site.browser("203.0.113.1").become("victim", email=VICTIM)
        # What the owner had themselves counts for another day.
        site.clock.advance(days=1)
    before = len(site.mails(VICTIM))
    for bound in (HOURLY, DAILY, DAILY):
        statuses = [bomb(site, numbers) for _ in range(HOURLY + 2)]
        assert 429 in statuses
        assert len(site.mails(VICTIM)) - before == bound
        site.clock.advance(minutes=60)


def test_a_member_cannot_bomb_either(limited: Callable[..., Site]) -> None:
    site = limited()
    for number in range(HOURLY + 2):
        member = site.browser(f"198.51.100.{number}")
        member.become(f"member{number}")
        member.readdress_account(VICTIM)
    assert len(site.mails(VICTIM)) == HOURLY


def test_many_mailboxes_are_bounded_by_the_network_and_by_the_site(
    limited: Callable[..., Site],
) -> None:
    """One network has its share, and all networks together the site's budget."""
    site, numbers = (
        limited(LIMIT_REGISTRATIONS="5/hour 9/day", LIMIT_MAIL="12/hour 20/day"),
        count(),
    )
    one = site.browser("198.51.100.1")
    for _ in range(7):
        one.forget(f"box{next(numbers)}@example.com")
    assert len(site.mails()) == 5
    for _ in range(9):
        somewhere(site, numbers).forget(f"box{next(numbers)}@example.com")
    assert len(site.mails()) == 12


def test_an_ipv6_subscriber_is_one_network(limited: Callable[..., Site]) -> None:
    site = limited(LIMIT_REGISTRATIONS="5/hour 9/day")
    for number in range(7):
        site.browser(f"2001:db8:1:2::{number + 1:x}").forget(f"box{number}@example.com")
    assert len(site.mails()) == 5


def test_wrong_tries_mail_nobody(limited: Callable[..., Site]) -> None:
    """So an owner is not mailed by whoever guesses."""
    site = limited()
    owner = site.browser()
    owner.become("victim", email=VICTIM)
    for number in range(30):
        site.browser(f"198.51.100.{number}").sign_in(VICTIM, "not the password at all")
    owner.prove("not the password at all")
    assert len(site.mails(VICTIM)) == 1


def test_who_knows_a_password_cannot_use_up_the_budget_by_signing_in(
    limited: Callable[..., Site],
) -> None:
    """Right sign-ins are unlimited, and each from a new device is told: six times an hour."""
    site = limited(LIMIT_MAIL="10/hour 20/day")
    site.browser("203.0.113.1").become("victim", email=VICTIM)
    for number in range(30):
        assert site.browser(f"198.51.100.{number}").sign_in(VICTIM).status_code == 201
    assert len(told(site, NEW_DEVICE)) == HOURLY
    assert site.browser().register("somebody").status_code == 202
    site.clock.advance(minutes=60)
    for number in range(30):
        assert site.browser(f"198.51.100.{number}").sign_in(VICTIM).status_code == 201
    assert len(told(site, NEW_DEVICE)) == DAILY


def test_each_account_has_its_own_share_of_notices(limited: Callable[..., Site]) -> None:
    site = limited()
    for name in ("thief", "victim"):
        site.browser().become(name)
    for name, times in (("thief", 2 * DAILY), ("victim", 1)):
        for _ in range(times):
            site.browser().sign_in(name)
    assert len(told(site, NEW_DEVICE)) == 1


def test_what_strangers_have_mailed_holds_no_notice_back(limited: Callable[..., Site]) -> None:
    site = limited()
    site.browser().become("victim", email=VICTIM)
    while site.browser("198.51.100.1").forget(VICTIM).status_code != 429:
        pass
    site.browser().sign_in(VICTIM)
    assert len(told(site, NEW_DEVICE)) == 1


def test_no_share_that_is_used_up_holds_back_what_a_thief_does_next(
    limited: Callable[..., Site],
) -> None:
    """The share is of one kind of notice, and the mailbox's share is for those who ask."""
    site = limited()
    thief = site.browser()
    thief.become("victim", email=VICTIM)
    for number in range(2 * DAILY):
        site.browser(f"198.51.100.{number}").sign_in(VICTIM)
        site.browser(f"198.51.100.{number}").forget(VICTIM)
    add_passkey(thief, Authenticator())
    assert thief.change_password().status_code == 204
    assert thief.prove(NEW_PASSWORD).status_code == 204
    assert thief.delete("users/me").status_code == 204
    assert len(told(site, "A passkey was added")) == 1
    assert len(told(site, "Your password")) == 1
    assert len(told(site, "Your account at Latchstring is deleted")) == 1


def test_no_share_that_is_used_up_holds_back_the_link_that_takes_an_account_back(
    limited: Callable[..., Site],
) -> None:
    site = limited()
    thief = site.browser()
    thief.become("victim", email=VICTIM)
    for number in range(2 * DAILY):
        site.browser(f"198.51.100.{number}").sign_in(VICTIM)
        site.browser(f"198.51.100.{number}").forget(VICTIM)
    token = thief.move("thief@example.net")
    assert site.browser().undo(token).status_code == 204
    assert len(told(site, "Your account at Latchstring has its old address again")) == 1


def told(site: Site, subject: str) -> list[str]:
    """The subjects of the victim's mails that begin so."""
    subjects = [mail["subject"] for mail in site.mails(VICTIM)]
    return [one for one in subjects if one.startswith(subject)]
