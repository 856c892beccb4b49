"""Signing in: by a password, by a second factor after it, by a passkey."""

from __future__ import annotations

from tests.states.model import limits, proofs
from tests.states.model.expected import ANYTHING, Expected, Refused, predicts
from tests.states.model.state import (
    CEREMONY_SECONDS,
    CHALLENGE_SECONDS,
    CODE_TRIES,
    Account,
    Browser,
    Ceremony,
    Challenge,
    Passkey,
    The,
    mailbox,
    rfc3339,
)
from tests.states.model.world import World

PROVE = "prove"


@predicts
def by_password(world: World, by: Browser, identifier: str, password: str) -> Expected:
    by_address = "@" in identifier
    account = world.owner(identifier) if by_address else world.named(identifier)
    typed = mailbox(identifier) if by_address else identifier.strip().lower()
    tried = limits.sign_in(world, by, account, typed)
    if account is None or account.disabled or account.password != password:
        raise Refused(401, "invalid_credentials")
    tried.was_right()
    if account.second_factors:
        return _challenge(world, account)
    return _begin(world, by, account, "password")


@predicts
def by_challenge(
    world: World, by: Browser, challenge: Challenge, method: str, code: str
) -> Expected:
    account = challenge.account
    if challenge.over or challenge.expires_at <= world.now or challenge.tries >= CODE_TRIES:
        raise Refused(410, "challenge_expired")
    challenge.tries += 1
    if account.deleted or account.disabled or challenge.generation != account.generation:
        raise Refused(410, "challenge_expired")
    proofs.second_factor(world, account, by, method, code)
    challenge.over = True
    return _begin(world, by, account, method)


@predicts
def authentication_options(world: World, ceremony: Ceremony) -> Expected:
    ceremony.expires_at = world.now + CEREMONY_SECONDS
    return Expected(200, ANYTHING)


@predicts
def by_passkey(world: World, by: Browser, ceremony: Ceremony, passkey: Passkey | None) -> Expected:
    account = proofs.passkey(world, ceremony, passkey)
    return _begin(world, by, account, "passkey")


def _challenge(world: World, account: Account) -> Expected:
    challenge = Challenge(account, account.generation, world.now + CHALLENGE_SECONDS)
    world.challenges.append(challenge)
    said = {
        "id": The(challenge, "id"),
        "methods": list(account.second_factors),
        "expires_at": rfc3339(challenge.expires_at),
    }
    return Expected(202, {"challenge": said})


def _begin(world: World, by: Browser, account: Account, proof: str) -> Expected:
    new_device = not by.knows(account)
    session = world.begin_session(account, by)
    world.record("session.created", account, session=The(session, "id"), proof=proof)
    if new_device:
        world.mail(account.email, "new_device")
    body = {"user": account.answer(), "session": session.answer(session)}
    return Expected(201, body, opens=session)
