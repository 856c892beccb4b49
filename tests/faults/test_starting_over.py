"""The app was killed, and whoever was asking does not repeat it: they start over another day.

Or look at what has become of it, and find all of it or nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from tests.faults import flows
from tests.faults.crashes import AFTER, BEFORE, Crashes
from tests.faults.every_flow import Begin, each
from tests.faults.proxy import Fault, Proxy
from tests.faults.served import ServedSite
from tests.invariants import assert_whole
from tests.races.crowd import outcome
from tests.support import NEW_PASSWORD, PASSWORD, Site, administrator
from tests.tally import Tried

pytestmark = [pytest.mark.usefixtures("hurried"), pytest.mark.torture]

each_moment = pytest.mark.parametrize("moment", [BEFORE, AFTER], ids=["before", "after"])


def register(site: Site, name: str) -> None:
    # Until then the registration that was begun has the username.
    site.clock.advance(minutes=31)
    site.browser().become(name)


def sign_in_or_register(site: Site, name: str) -> None:
    if site.browser().sign_in(name).status_code != 201:
        register(site, name)
    assert site.browser().sign_in(name).status_code == 201


def reset(site: Site, name: str) -> None:
    browser, email = site.browser(), f"{name}@example.com"
    assert browser.forget(email).status_code == 202
    assert browser.reset(site.token(email)).status_code == 204
    assert browser.sign_in(name, NEW_PASSWORD).status_code == 201


def change_email(site: Site, name: str) -> None:
    browser, wanted = site.browser(), f"new-{name}@example.com"
    if browser.sign_in(name).json["user"]["email"] != wanted:
        browser.move(wanted)
    assert browser.get("users/me").json["email"] == wanted


def have_an_admin_delete(site: Site, name: str) -> None:
    """Who is being deleted cannot sign in any more, and an admin sees them, or nobody."""
    admin = administrator(site, f"boss-{name}")
    admin.prove()
    for user in admin.get(f"admin/users?prefix={name}").json["items"]:
        assert admin.delete(f"admin/users/{user['id']}").status_code == 204
    site.browser().become(name)


STARTING_OVER: dict[Begin, Callable[[Site, str], None]] = {
    flows.register: register,
    flows.verify: sign_in_or_register,
    flows.forget: reset,
    flows.reset: reset,
    flows.begin_email_change: change_email,
    flows.change_email: change_email,
    flows.delete_account: have_an_admin_delete,
}


@each_moment
@each([*STARTING_OVER])
def test_whoever_starts_over_is_served(
    served: ServedSite, proxy: Proxy, begin: Begin, moment: Fault, tried: Tried
) -> None:
    crashes = Crashes.of_app(served, proxy, moment)
    for call in itertools.count(1):
        name = f"ann{call:03}"
        crashed = crashes.amid(begin(served, name).act, call)
        tried("crash")
        STARTING_OVER[begin](served, name)
        found = assert_whole(served).users.values()
        assert [user["username"] for user in found].count(name) == 1
        if not crashed.midway:
            break
    assert call > 1


@each_moment
@each([flows.reset, flows.change_password])
def test_one_password_is_right(
    served: ServedSite, proxy: Proxy, begin: Begin, moment: Fault, tried: Tried
) -> None:
    crashes = Crashes.of_app(served, proxy, moment)
    for call in itertools.count(1):
        name = f"ann{call:03}"
        crashed = crashes.amid(begin(served, name).act, call)
        tried("crash")
        browser = served.browser()
        answers = [outcome(browser.sign_in(name, word)) for word in (PASSWORD, NEW_PASSWORD)]
        assert sorted(answers) == ["201", "401 invalid_credentials"]
        if not crashed.midway:
            break
    assert answers[1] == "201"
