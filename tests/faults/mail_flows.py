"""What makes the site send a letter, and such of it as no other list of flows has."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from tests.faults import factor_flows, flows
from tests.faults.every_flow import Begin
from tests.faults.flows import Flow, member
from tests.invariants import stored
from tests.support import PASSWORD, Site, registration_id


def register_known(site: Site, name: str) -> Flow:
    """With the address of an account, whose owner is told."""
    email = f"{name}@example.com"
    member(site, name)
    browser, told = site.browser(), _letters(site, email, "You already have an account")
    body = {"username": f"{name}-2", "email": email, "password": PASSWORD}
    headers = {"Idempotency-Key": f"another-key-{name}"}
    act = partial(browser.post, "users", body, headers=headers)

    def check() -> None:
        if not told():
            site.clock.advance(seconds=61)
            path = f"registrations/{registration_id(act())}/resend"
            assert browser.post(path).status_code == 202
        assert told()
        assert _accounts(site) == [name]

    return Flow(act, "202", {"202"}, check, email, 2)


def forget_unknown(site: Site, name: str) -> Flow:
    browser, email = site.browser(), f"{name}@example.com"
    told = _letters(site, email, "There is no account for you")

    def check() -> None:
        if not told():
            assert browser.forget(email).status_code == 202
        assert told()
        assert _accounts(site) == []

    return Flow(lambda: browser.forget(email), "202", {"202"}, check, email, 1)


def begin_change_to_taken(site: Site, name: str) -> Flow:
    """To the address of another account, whose owner is told."""
    email = f"{name}-bob@example.com"
    member(site, f"{name}-bob")
    browser, told = member(site, name), _letters(site, email, "Your address")
    browser.prove()
    act = partial(browser.post, "users/me/email-changes", {"email": email})

    def check() -> None:
        if not told():
            assert act().status_code == 202
        assert told()
        assert browser.get("users/me").json["email"] == f"{name}@example.com"

    return Flow(act, "202", {"202"}, check, email, 2)


ASKING: Final[list[Begin]] = [
    flows.register,
    flows.resend,
    flows.change_address,
    factor_flows.register_with_key,
    register_known,
    flows.forget,
    forget_unknown,
    flows.begin_email_change,
    begin_change_to_taken,
]
NOTIFYING: Final[list[Begin]] = [
    flows.sign_in,
    flows.reset,
    flows.change_password,
    flows.disable,
    flows.reset_second_factors,
    flows.delete_other,
    flows.undo_email_change,
    flows.delete_account,
    factor_flows.confirm_app,
    factor_flows.remove_app,
    factor_flows.make_codes,
    factor_flows.answer_by_app,
    factor_flows.answer_by_recovery_code,
    factor_flows.add_key,
    factor_flows.remove_key,
    factor_flows.use_key,
]
# Waits for its letter, the way back, to be sent.
WAITING: Final[list[Begin]] = [flows.change_email]
ALL: Final = [*ASKING, *NOTIFYING, *WAITING]


def _letters(site: Site, email: str, subject: str) -> Callable[[], int]:
    """How many letters of this subject the mailbox has by then."""
    return lambda: len([mail for mail in site.mails(email) if mail["subject"].startswith(subject)])


def _accounts(site: Site) -> list[str]:
    return [user["name_key"] for user in stored(site).users.values()]
