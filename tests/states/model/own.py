"""One's own sessions, profile, password, log, export, tokens, deletion."""

from __future__ import annotations

from typing import Any

from tests.states.model import proofs
from tests.states.model.expected import ANYTHING, Expected, Invalid, Refused, predicts
from tests.states.model.members import judge
from tests.states.model.state import (
    Account,
    Browser,
    Ceremony,
    Event,
    Passkey,
    Session,
    The,
    rfc3339,
)
from tests.states.model.world import World

TOKEN_SECONDS = 5 * 60


@predicts
def me(world: World, by: Browser) -> Expected:
    account = proofs.session(world, by).account
    return Expected(200, account.answer(), {"ETag": ANYTHING}, about=account)


@predicts
def read(world: World, by: Browser, account: Account) -> Expected:
    reader = proofs.session(world, by).account
    if account is not reader and (not reader.administers or account.deleted):
        raise Refused(404, "user_not_found")
    return Expected(200, account.answer())


@predicts
def change(world: World, by: Browser, body: dict[str, Any], *, conditional: bool) -> Expected:
    account = proofs.session(world, by).account
    judge(body)
    if not conditional:
        raise Refused(428, "precondition_required")
    if by.etag_of != (account, account.version):
        raise Refused(412, "precondition_failed")
    if any(getattr(account, name) != value for name, value in body.items()):
        _change(world, account, body)
    return Expected(200, account.answer(), {"ETag": ANYTHING}, about=account)


@predicts
def change_password(world: World, by: Browser, current: str | None, password: str) -> Expected:
    session = proofs.session(world, by)
    account = session.account
    judge({"password": password})
    if current is None and account.password is None:
        proofs.session(world, by, recent=True)
    elif current is None:
        raise Invalid(("/current_password", "required"))
    else:
        proofs.password(world, session, current)
    world.set_password(account, password)
    world.changed(account)
    world.end_all(account, but=session)
    world.record("password.changed", account)
    world.mail(account.email, "password_changed")
    return Expected(204, opens=session)


@predicts
def sessions(world: World, by: Browser) -> Expected:
    current = proofs.session(world, by)
    found = world.sessions_of(current.account)
    return Expected(200, {"items": [session.answer(current) for session in found]})


@predicts
def end_session(world: World, by: Browser, session: Session) -> Expected:
    current = proofs.session(world, by)
    if session.account is not current.account or not world.in_force(session):
        raise Refused(404, "session_not_found")
    session.over = True
    world.record("session.ended", session.account, session=The(session, "id"))
    return Expected(204, clears=session is current)


@predicts
def sign_out(world: World, by: Browser) -> Expected:
    session = proofs.session(world, by)
    session.over = True
    world.record("session.ended", session.account, session=The(session, "id"))
    return Expected(204, clears=True)


@predicts
def end_others(world: World, by: Browser) -> Expected:
    session = proofs.session(world, by)
    world.end_all(session.account, but=session)
    world.record("sessions.ended", session.account, kept=The(session, "id"))
    return Expected(204)


@predicts
def step_up_by_password(world: World, by: Browser, password: str) -> Expected:
    session = proofs.session(world, by)
    proofs.password(world, session, password)
    return _proved(world, session, "password")


@predicts
def step_up_by_totp(world: World, by: Browser, code: str) -> Expected:
    session = proofs.session(world, by)
    proofs.second_factor(world, session.account, session, proofs.TOTP, code)
    return _proved(world, session, proofs.TOTP)


@predicts
def step_up_by_passkey(
    world: World, by: Browser, ceremony: Ceremony, passkey: Passkey | None
) -> Expected:
    session = proofs.session(world, by)
    if proofs.passkey(world, ceremony, passkey) is not session.account:
        raise Refused(401, "invalid_credentials")
    return _proved(world, session, "passkey")


@predicts
def events(world: World, by: Browser, limit: int) -> Expected:
    account = proofs.session(world, by).account
    found = [_event(one) for one in reversed(world.events) if one.subject is account]
    return Expected(200, {"items": found[:limit], "next_cursor": ANYTHING})


@predicts
def export(world: World, by: Browser) -> Expected:
    session = proofs.session(world, by, recent=True)
    account, now = session.account, world.now
    world.record("user.exported", account)
    change = account.email_change
    body = {
        "user": account.answer(),
        "sessions": [one.answer(session) for one in world.sessions_of(account)],
        "passkeys": [passkey_answer(one) for one in account.passkeys],
        "totp": account.totp
        and {
            "created_at": rfc3339(account.totp.made_at),
            "confirmed": account.totp.confirmed,
        },
        "recovery_codes": account.recovery
        and {"made_at": rfc3339(account.recovery.made_at), "left": len(account.recovery.codes)},
        "email_change": {"email": change.email, "expires_at": rfc3339(change.expires_at)}
        if change and change.expires_at > now
        else None,
        "former_addresses": [
            {"email": one.email, "kept_until": rfc3339(one.expires_at)}
            for one in account.former
            if one.expires_at > now and not one.over
        ],
        "events": [_event(one) for one in reversed(world.events) if one.subject is account],
        "events_cursor": None,
    }
    return Expected(200, body)


@predicts
def delete(world: World, by: Browser) -> Expected:
    account = proofs.session(world, by, recent=True).account
    if world.admins() == [account]:
        raise Refused(409, "last_admin")
    world.delete(account)
    world.record("user.deleted", account)
    world.mail(account.email, "account_deleted")
    return Expected(204, clears=True)


@predicts
def token(world: World, by: Browser) -> Expected:
    account = proofs.session(world, by).account
    body = {"token": ANYTHING, "expires_at": rfc3339(world.now + TOKEN_SECONDS)}
    return Expected(201, body, about=account)


def passkey_answer(passkey: Passkey) -> dict[str, Any]:
    return {
        "id": The(passkey, "id"),
        "name": passkey.name,
        "created_at": rfc3339(passkey.created_at),
        "last_used_at": rfc3339(passkey.last_used_at) if passkey.last_used_at else None,
        "backed_up": True,
    }


def _change(world: World, account: Account, body: dict[str, Any]) -> None:
    username = body.get("username", account.username)
    if world.name_taken(username, account):
        raise Refused(409, "username_taken")
    if username.lower() != account.username.lower():
        world.rename(account, username)
    for name, value in body.items():
        setattr(account, name, value)
    world.changed(account)
    world.record("user.updated", account, members=", ".join(sorted(body)))


def _proved(world: World, session: Session, proof: str) -> Expected:
    session.proved_at = world.now
    world.record("step_up.passed", session.account, proof=proof)
    return Expected(204, opens=session)


def _event(event: Event) -> dict[str, Any]:
    own = event.actor is event.subject
    return {
        "id": ANYTHING,
        "at": rfc3339(event.at),
        "action": event.action,
        "actor": "self" if own else "admin",
        "ip_prefix": ANYTHING if own else None,
        "user_agent": ANYTHING if own else None,
        "details": event.details,
    }
