"""A forgotten password; another address, and the way back."""

from __future__ import annotations

from tests.states.model import proofs
from tests.states.model.expected import ANYTHING, Expected, Invalid, Refused, predicts
from tests.states.model.members import judge
from tests.states.model.state import (
    CODE_SECONDS,
    CODE_TRIES,
    RESET_SECONDS,
    REVOKED_SECONDS,
    UNDO_SECONDS,
    Account,
    Browser,
    EmailChange,
    Former,
    Letter,
    Reset,
    as_mailed,
    mailbox,
    rfc3339,
)
from tests.states.model.world import Owner, World


@predicts
def begin_reset(world: World, email: str) -> Expected:
    judge({"email": email})
    account = world.owner(email)
    if account is None or account.disabled:
        world.mail(as_mailed(email), "no_account")
        world.resets[mailbox(email)] = None
    else:
        _begin_reset(world, account, world.mail(account.email, "password_reset"))
    return Expected(202, {})


@predicts
def complete_reset(world: World, letter: Letter, password: str) -> Expected:
    judge({"password": password})
    reset = _reset(world, letter)
    account = reset.account
    del world.resets[mailbox(account.email)]
    world.set_password(account, password)
    world.changed(account)
    world.end_all(account)
    world.record("password.reset", account)
    world.mail(account.email, "password_changed")
    return Expected(204)


@predicts
def begin_email_change(world: World, by: Browser, email: str) -> Expected:
    account = proofs.session(world, by, recent=True).account
    judge({"email": email})
    taken = world.mailbox_taken(email, account)
    letter = world.mail(as_mailed(email), "address_taken" if taken else "email_change_code")
    until = world.now + CODE_SECONDS
    account.email_change = EmailChange(
        as_mailed(email), letter, not taken, account.generation, until
    )
    world.record("email.change_begun", account)
    return Expected(202, {"email_change": {"expires_at": rfc3339(until)}})


@predicts
def verify_email_change(world: World, by: Browser, code: str) -> Expected:
    account = proofs.session(world, by).account
    change = account.email_change
    if change is None or change.expires_at <= world.now or change.generation != account.generation:
        raise Refused(410, "email_change_expired")
    if change.tries >= CODE_TRIES:
        raise Refused(410, "code_exhausted")
    change.tries += 1
    if not change.good or change.letter.secret != code:
        raise Invalid(("/code", "code_invalid"), attempts_left=CODE_TRIES - change.tries)
    if world.mailbox_taken(change.email, account):
        raise Refused(410, "email_change_expired")
    _move(world, account, change)
    return Expected(200, account.answer(), {"ETag": ANYTHING}, about=account)


@predicts
def undo_email_change(world: World, letter: Letter) -> Expected:
    former = _former(world, letter)
    account = former.account
    for later in account.former:
        if later.left_in > former.left_in:
            later.over = True
    former.over = True
    del world.mailboxes[mailbox(account.email)]
    _let_go(world, account)
    account.email, account.email_verified_at = former.email, world.now
    world.mailboxes[mailbox(account.email)] = Owner(account)
    _revoke(account, former.left_at)
    world.changed(account)
    world.end_all(account)
    world.record("email.change_undone", account)
    letter = world.mail(account.email, "email_change_undone")
    _begin_reset(world, account, letter)
    return Expected(204)


def _begin_reset(world: World, account: Account, letter: Letter) -> None:
    until = world.now + RESET_SECONDS
    world.resets[mailbox(account.email)] = Reset(account, letter, account.generation, until)


def _reset(world: World, letter: Letter) -> Reset:
    found = [one for one in world.resets.values() if one and one.letter is letter]
    for reset in found:
        account = reset.account
        if (
            not account.deleted
            and not account.disabled
            and world.resets.get(mailbox(account.email)) is reset
            and reset.expires_at > world.now
            and reset.generation == account.generation
        ):
            return reset
    raise Refused(410, "token_invalid")


def _move(world: World, account: Account, change: EmailChange) -> None:
    account.email_change = None
    if mailbox(change.email) != mailbox(account.email):
        until = world.now + UNDO_SECONDS
        letter = world.mail(account.email, "email_changed")
        account.former.append(
            Former(account, account.email, letter, world.now, account.version, until)
        )
        world.keep_mailbox(account, until)
        world.mailboxes[mailbox(change.email)] = Owner(account)
    account.email, account.email_verified_at = change.email, world.now
    world.changed(account)
    world.record("email.changed", account)


def _former(world: World, letter: Letter) -> Former:
    """What the link leads back to, for as long as it is kept, whatever happened meanwhile."""
    every = (former for account in world.there() for former in account.former)
    former = next((one for one in every if one.letter is letter), None)
    if (
        former is None
        or former.over
        or former.expires_at <= world.now
        or mailbox(former.email) == mailbox(former.account.email)
    ):
        raise Refused(410, "token_invalid")
    return former


def _revoke(account: Account, left_at: int) -> None:
    """What came since the address was left goes, and factors of the day before."""
    since = left_at - REVOKED_SECONDS
    if account.password_changed_at >= left_at:
        account.password = None
    account.passkeys = [
        one
        for one in account.passkeys
        if one.created_at < since or one.created_at <= account.created_at
    ]
    if account.totp and account.totp.made_at >= since:
        account.totp, account.recovery, account.second_factors = None, None, []
    elif account.recovery and account.recovery.made_at >= since:
        account.recovery = None
        account.second_factors = [one for one in account.second_factors if one == proofs.TOTP]


def _let_go(world: World, account: Account) -> None:
    """Mailboxes that no link leads back to are kept no longer."""
    led = {mailbox(one.email) for one in account.former if not one.over}
    for one in account.former:
        if one.over and mailbox(one.email) not in led:
            world.let_go(account, one.email)
