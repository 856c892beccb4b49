"""What proves who somebody is: a session, a recent proof, a code, a passkey."""

from __future__ import annotations

from tests.factors import step_code
from tests.states.model import limits
from tests.states.model.expected import Refused
from tests.states.model.state import (
    ADMIN,
    STEP_UP_SECONDS,
    Account,
    Browser,
    Ceremony,
    Passkey,
    Session,
)
from tests.states.model.world import World

TOTP, RECOVERY_CODE = "totp", "recovery_code"
TOTP_SECONDS = 30


def session(world: World, by: Browser, *, recent: bool = False) -> Session:
    """The session that the browser is in; with a proof of the last minutes, if that is asked."""
    found = world.session_of(by)
    if found is None:
        raise Refused(401, "not_authenticated")
    if recent and found.proved_at + STEP_UP_SECONDS <= world.now:
        raise Refused(403, "step_up_required")
    return found


def admin(world: World, by: Browser, *, recent: bool = False) -> Account:
    """For anybody but an admin there is nothing."""
    found = world.session_of(by)
    if found is None or ADMIN not in found.account.roles:
        raise Refused(404, "not_found")
    return session(world, by, recent=recent).account


def password(world: World, session: Session, given: str) -> None:
    tried = limits.password(world, session)
    if session.account.password != given:
        raise Refused(401, "invalid_credentials")
    tried.was_right()


def second_factor(
    world: World, account: Account, by: Browser | Session, method: str, code: str
) -> None:
    """A code that is right is used up."""
    tried = limits.second_factor(world, account, by)
    use = {TOTP: _use_totp, RECOVERY_CODE: _use_recovery_code}[method]
    if not use(world, account, code):
        world.record("second_factor.refused", account, method=method)
        raise Refused(401, "invalid_code")
    tried.was_right()


def step(world: World, account: Account, code: str) -> int | None:
    """Of now, or one off, and later than any that was used."""
    if account.totp is None:
        return None
    now = world.now // TOTP_SECONDS
    steps = (one for one in (now - 1, now, now + 1) if one > account.totp.last_step)
    return next((one for one in steps if step_code(account.totp.secret, one) == code), None)


def passkey(world: World, ceremony: Ceremony, used: Passkey | None) -> Account:
    """Whose it is: each challenge is good once."""
    account = used.account if used else None
    if (
        used is None
        or account is None
        or account.deleted
        or account.disabled
        or used not in account.passkeys
        or ceremony.spent
        or ceremony.expires_at <= world.now
    ):
        raise Refused(401, "invalid_credentials")
    ceremony.spent = True
    used.last_used_at = world.now
    return account


def _use_totp(world: World, account: Account, code: str) -> bool:
    found = step(world, account, code)
    if account.totp is None or not account.totp.confirmed or found is None:
        return False
    account.totp.last_step = found
    return True


def _use_recovery_code(world: World, account: Account, code: str) -> bool:
    codes, code = account.recovery, code.lower()
    if codes is None or code not in codes.codes:
        return False
    codes.codes.remove(code)
    codes.used.append(code)
    if not codes.codes:
        account.second_factors.remove(RECOVERY_CODE)
    world.changed(account)
    world.record("recovery_code.used", account, left=str(len(codes.codes)))
    world.mail(account.email, "recovery_code_used")
    return True
