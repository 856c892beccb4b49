"""Authenticator apps, recovery codes and passkeys of an account."""

from __future__ import annotations

from tests.states.model import limits, proofs
from tests.states.model.expected import ANYTHING, Expected, Invalid, Refused, predicts
from tests.states.model.own import passkey_answer
from tests.states.model.state import (
    CEREMONY_SECONDS,
    MAX_PASSKEYS,
    RECOVERY_CODES,
    Account,
    Browser,
    Ceremony,
    Passkey,
    RecoveryCodes,
    The,
    Totp,
)
from tests.states.model.world import World

ADD = "add"


@predicts
def begin_totp(world: World, by: Browser) -> Expected:
    account = proofs.session(world, by, recent=True).account
    if account.totp and account.totp.confirmed:
        raise Refused(409, "totp_exists")
    account.totp = Totp(world.now)
    world.changed(account)
    body = {"secret": The(account.totp, "secret"), "uri": ANYTHING, "qr": ANYTHING}
    return Expected(201, body)


@predicts
def confirm_totp(world: World, by: Browser, code: str) -> Expected:
    session = proofs.session(world, by, recent=True)
    account = session.account
    if account.totp is None:
        raise Refused(404, "totp_not_found")
    if account.totp.confirmed:
        raise Refused(409, "totp_exists")
    step = proofs.step(world, account, code)
    if step is None:
        raise Refused(401, "invalid_code")
    account.totp.confirmed, account.totp.last_step = True, step
    account.second_factors.insert(0, proofs.TOTP)
    world.changed(account)
    world.end_all(account, but=session)
    world.record("totp.added", account)
    world.mail(account.email, "totp_added")
    return Expected(204)


@predicts
def remove_totp(world: World, by: Browser) -> Expected:
    account = proofs.session(world, by, recent=True).account
    if account.totp is None:
        raise Refused(404, "totp_not_found")
    was_confirmed = account.totp.confirmed
    account.totp, account.recovery, account.second_factors = None, None, []
    world.changed(account)
    if was_confirmed:
        world.record("totp.removed", account)
        world.mail(account.email, "totp_removed")
    return Expected(204)


@predicts
def make_recovery_codes(world: World, by: Browser) -> Expected:
    account = proofs.session(world, by, recent=True).account
    if proofs.TOTP not in account.second_factors:
        raise Refused(404, "totp_not_found")
    limits.recovery_codes(world, account)
    account.recovery = RecoveryCodes(world.now)
    account.second_factors = [proofs.TOTP, proofs.RECOVERY_CODE]
    world.changed(account)
    world.record("recovery_codes.made", account)
    world.mail(account.email, "recovery_codes_made")
    return Expected(201, {"codes": [ANYTHING] * RECOVERY_CODES}, about=account)


@predicts
def registration_options(world: World, by: Browser, ceremony: Ceremony) -> Expected:
    account = proofs.session(world, by, recent=True).account
    _room(account)
    ceremony.subject = account
    ceremony.expires_at = world.now + CEREMONY_SECONDS
    return Expected(200, ANYTHING)


@predicts
def add_passkey(
    world: World, by: Browser, ceremony: Ceremony, holder: str, name: str | None
) -> Expected:
    account = proofs.session(world, by, recent=True).account
    unfit = ceremony.purpose != ADD or ceremony.subject is not account
    if unfit or ceremony.expires_at <= world.now:
        raise Invalid(("/credential", "passkey_invalid"))
    _room(account)
    if ceremony.spent:
        raise Invalid(("/credential", "passkey_invalid"))
    ceremony.spent = True
    # None is as old as the account but the one that it was made with.
    made_at = max(world.now, account.created_at + 1)
    passkey = Passkey(holder, made_at, name=name, account=account)
    account.passkeys.append(passkey)
    world.passkeys.append(passkey)
    world.changed(account)
    world.record("passkey.added", account, passkey=The(passkey, "id"))
    world.mail(account.email, "passkey_added")
    return Expected(201, passkey_answer(passkey))


@predicts
def passkeys(world: World, by: Browser) -> Expected:
    account = proofs.session(world, by).account
    return Expected(200, {"items": [passkey_answer(one) for one in account.passkeys]})


@predicts
def rename_passkey(world: World, by: Browser, passkey: Passkey, name: str | None) -> Expected:
    account = proofs.session(world, by, recent=True).account
    if passkey not in account.passkeys:
        raise Refused(404, "passkey_not_found")
    passkey.name = name
    world.record("passkey.renamed", account, passkey=The(passkey, "id"))
    return Expected(200, passkey_answer(passkey))


@predicts
def remove_passkey(world: World, by: Browser, passkey: Passkey) -> Expected:
    account = proofs.session(world, by, recent=True).account
    if passkey not in account.passkeys:
        raise Refused(404, "passkey_not_found")
    if account.password is None and len(account.passkeys) == 1:
        raise Refused(409, "last_way_in")
    account.passkeys.remove(passkey)
    world.changed(account)
    world.record("passkey.removed", account, passkey=The(passkey, "id"))
    world.mail(account.email, "passkey_removed")
    return Expected(204)


def _room(account: Account) -> None:
    if len(account.passkeys) >= MAX_PASSKEYS:
        raise Refused(409, "passkey_limit_reached")
