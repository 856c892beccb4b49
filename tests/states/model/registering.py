"""Registration, as the contract has it."""

from __future__ import annotations

import json
from typing import Any

from tests.states.model.expected import ANYTHING, Expected, Invalid, Refused, predicts
from tests.states.model.members import judge
from tests.states.model.state import (
    CEREMONY_SECONDS,
    CODE_SECONDS,
    CODE_TRIES,
    REGISTRATION_SECONDS,
    REMEMBERED_SECONDS,
    RESEND_SECONDS,
    Account,
    Browser,
    Ceremony,
    Passkey,
    Registration,
    The,
    as_mailed,
    mailbox,
    rfc3339,
)
from tests.states.model.world import Hold, Owner, Remembered, World

SIGN_UP = "sign up"


@predicts
def register(
    world: World,
    body: dict[str, Any],
    key: str | None = None,
    ceremony: Ceremony | None = None,
    holder: str = "",
) -> Expected:
    judge(body)
    asked = (*[body.get(name) for name in ("username", "password")], as_mailed(body["email"]))
    asked += (json.dumps(body.get("passkey")),)
    known = world.remembered.get(key) if key else None
    if known and known.until > world.now:
        return _again(known, asked)
    if world.name_taken(body["username"]):
        _remember(world, key, asked, None)
        raise Refused(409, "username_taken")
    if ceremony and (ceremony.spent or ceremony.expires_at <= world.now):
        raise Invalid(("/passkey", "passkey_invalid"))
    registration = _begin(world, body, ceremony, holder)
    answer = _answer(registration)
    _remember(world, key, asked, answer)
    return Expected(202, answer)


@predicts
def passkey_options(world: World, body: dict[str, Any], ceremony: Ceremony) -> Expected:
    judge(body)
    if world.name_taken(body["username"]):
        raise Refused(409, "username_taken")
    ceremony.expires_at = world.now + CEREMONY_SECONDS
    return Expected(200, ANYTHING)


@predicts
def change_email(world: World, registration: Registration, email: str) -> Expected:
    judge({"email": email})
    _pending(world, registration)
    registration.email = as_mailed(email)
    _send_code(world, registration)
    return Expected(202, _answer(registration))


@predicts
def resend(world: World, registration: Registration) -> Expected:
    _pending(world, registration)
    if registration.resend_after > world.now:
        raise Refused(429, "rate_limited")
    _send_code(world, registration)
    return Expected(202, _answer(registration))


@predicts
def verify(world: World, by: Browser, registration: Registration, code: str) -> Expected:
    _count_try(world, registration)
    letter = registration.letter
    right = letter is not None and letter.secret == code and registration.code_until > world.now
    if not right:
        left = CODE_TRIES - registration.tries
        raise Invalid(("/code", "code_invalid"), attempts_left=left)
    if registration.account or world.mailbox_taken(registration.email):
        raise Refused(409, "account_exists")
    if world.named(registration.username):
        raise Refused(409, "username_taken")
    account = _account(world, registration)
    session = world.begin_session(account, by)
    world.record("user.created", account, session=The(session, "id"))
    where = {"Location": f"/api/v1/users/{account.id}"}
    return Expected(201, {"user": account.answer()}, where, opens=session)


def _again(known: Remembered, asked: tuple[Any, ...]) -> Expected:
    if known.asked != asked:
        raise Invalid(("", "idempotency_key_reused"))
    if known.answer is None:
        raise Refused(409, "username_taken")
    return Expected(202, known.answer)


def _remember(
    world: World, key: str | None, asked: tuple[Any, ...], answer: dict[str, Any] | None
) -> None:
    if key:
        world.remembered[key] = Remembered(asked, world.now + REMEMBERED_SECONDS, answer)


def _begin(
    world: World, body: dict[str, Any], ceremony: Ceremony | None, holder: str
) -> Registration:
    registration = Registration(
        username=body["username"],
        email=as_mailed(body["email"]),
        password=body.get("password"),
        display_name=body.get("display_name"),
        locale=body.get("locale"),
        expires_at=world.now + REGISTRATION_SECONDS,
    )
    if ceremony:
        ceremony.spent = True
        registration.id = str(ceremony.subject)
        registration.passkey = Passkey(holder, world.now)
        world.passkeys.append(registration.passkey)
    world.holds[registration.username.lower()] = Hold(registration, registration.expires_at)
    world.registrations.append(registration)
    _send_code(world, registration)
    return registration


def _send_code(world: World, registration: Registration) -> None:
    """A code, or a notice where the mailbox has an account."""
    exists = world.mailbox_taken(registration.email)
    letter = world.mail(registration.email, "account_exists" if exists else "registration_code")
    registration.letter = None if exists else letter
    registration.codes += [] if exists else [letter]
    registration.code_until = world.now + CODE_SECONDS
    registration.resend_after = world.now + RESEND_SECONDS
    registration.tries = 0


def _answer(registration: Registration) -> dict[str, Any]:
    return {
        "registration": {
            "id": The(registration, "id"),
            "expires_at": rfc3339(registration.expires_at),
            "resend_after": rfc3339(registration.resend_after),
        }
    }


def _pending(world: World, registration: Registration) -> None:
    if registration.gone or registration.expires_at <= world.now:
        raise Refused(404, "registration_not_found")


def _count_try(world: World, registration: Registration) -> None:
    if registration.gone:
        raise Refused(404, "registration_not_found")
    if registration.expires_at <= world.now:
        raise Refused(410, "registration_expired")
    if registration.tries >= CODE_TRIES:
        raise Refused(410, "code_exhausted")
    registration.tries += 1


def _account(world: World, registration: Registration) -> Account:
    account = Account(
        registration=registration,
        username=registration.username,
        email=registration.email,
        password=registration.password,
        display_name=registration.display_name,
        locale=registration.locale,
        created_at=world.now,
        updated_at=world.now,
        email_verified_at=world.now,
    )
    if registration.passkey:
        registration.passkey.account = account
        account.passkeys.append(registration.passkey)
    registration.account = account
    world.accounts.append(account)
    world.mailboxes[mailbox(account.email)] = Owner(account)
    return account
