"""What admins do with the accounts of others, and what they read."""

from __future__ import annotations

from typing import Any

from tests.states.model import proofs
from tests.states.model.expected import ANYTHING, Expected, Invalid, Refused, predicts
from tests.states.model.members import judge
from tests.states.model.state import DAY, Account, Browser, Event, The, rfc3339
from tests.states.model.world import World

BAD_ROLE = "Not a role"
# A page of all events looks so many days back from the end of tomorrow.
DAYS_BACK = 31


@predicts
def list_users(world: World, by: Browser, prefix: str, limit: int) -> Expected:
    admin = proofs.admin(world, by)
    world.record("admin.users_listed", admin)
    everybody = sorted(world.there(), key=lambda one: one.username.lower())
    found = [one for one in everybody if one.username.lower().startswith(prefix.lower())]
    items = [_listed(account) for account in found[:limit]]
    more = ANYTHING if len(found) > limit else None
    return Expected(200, {"items": items, "next_cursor": more})


@predicts
def find_user(world: World, by: Browser, email: str) -> Expected:
    admin = proofs.admin(world, by)
    judge({"email": email})
    account = world.owner(email)
    world.record(
        "admin.user_found", account or admin, actor=admin, found="yes" if account else "no"
    )
    if account is None:
        raise Refused(404, "user_not_found")
    return _shown(world, account)


@predicts
def read_user(world: World, by: Browser, account: Account) -> Expected:
    admin = proofs.admin(world, by)
    _there(account)
    world.record("admin.user_read", account, actor=admin)
    return _shown(world, account)


@predicts
def disable(world: World, by: Browser, account: Account) -> Expected:
    admin = proofs.admin(world, by)
    _there(account)
    was_disabled = account.disabled
    _change(world, account, disabled=True, roles=account.roles)
    world.record("user.disabled", account, actor=admin)
    if not was_disabled:
        world.mail(account.email, "account_disabled")
    return _shown(world, account)


@predicts
def enable(world: World, by: Browser, account: Account) -> Expected:
    admin = proofs.admin(world, by)
    _there(account)
    _change(world, account, disabled=False, roles=account.roles)
    world.record("user.enabled", account, actor=admin)
    return _shown(world, account)


@predicts
def set_roles(world: World, by: Browser, account: Account, roles: list[str]) -> Expected:
    admin = proofs.admin(world, by, recent=True)
    if BAD_ROLE in roles:
        raise Invalid(("/roles", "role_invalid"))
    _there(account)
    _change(world, account, disabled=account.disabled, roles=sorted(roles))
    world.record("roles.changed", account, actor=admin, roles=" ".join(account.roles))
    return _shown(world, account)


@predicts
def end_sessions(world: World, by: Browser, account: Account) -> Expected:
    admin = proofs.admin(world, by)
    _there(account)
    world.end_all(account)
    world.record("sessions.ended", account, actor=admin)
    return _shown(world, account)


@predicts
def reset_second_factors(world: World, by: Browser, account: Account) -> Expected:
    admin = proofs.admin(world, by, recent=True)
    _there(account)
    account.totp, account.recovery, account.second_factors = None, None, []
    world.changed(account)
    world.record("second_factors.reset", account, actor=admin)
    world.mail(account.email, "second_factors_reset")
    return _shown(world, account)


@predicts
def delete(world: World, by: Browser, account: Account) -> Expected:
    admin = proofs.admin(world, by, recent=True)
    _there(account)
    if world.admins() == [account]:
        raise Refused(409, "last_admin")
    world.delete(account)
    world.record("user.deleted", account, actor=admin)
    world.mail(account.email, "account_deleted")
    return Expected(204)


@predicts
def events_of(world: World, by: Browser, account: Account, limit: int) -> Expected:
    admin = proofs.admin(world, by)
    found = [_event(one) for one in reversed(world.events) if one.subject is account]
    world.record("admin.events_read", account, actor=admin)
    return Expected(200, {"items": found[:limit], "next_cursor": ANYTHING})


@predicts
def events(world: World, by: Browser, limit: int) -> Expected:
    admin = proofs.admin(world, by)
    earliest = ((world.now + DAY) // DAY - (DAYS_BACK - 1)) * DAY
    found = [_event(one) for one in reversed(world.events) if one.at >= earliest]
    world.record("admin.events_read", admin)
    return Expected(200, {"items": found[:limit], "next_cursor": ANYTHING})


def _there(account: Account) -> None:
    if account.deleted:
        raise Refused(404, "user_not_found")


def _change(world: World, account: Account, *, disabled: bool, roles: list[str]) -> None:
    """All sessions end, unless it is so already; somebody who administers always stays."""
    if (account.disabled, account.roles) == (disabled, roles):
        return
    before = account.disabled, account.roles
    account.disabled, account.roles = disabled, roles
    if not world.admins():
        account.disabled, account.roles = before
        raise Refused(409, "last_admin")
    world.changed(account)
    world.end_all(account)


def _shown(world: World, account: Account) -> Expected:
    more = {
        "disabled": account.disabled,
        "passkeys": len(account.passkeys),
        "sessions": len(world.sessions_of(account)),
    }
    return Expected(200, account.answer() | more)


def _listed(account: Account) -> dict[str, Any]:
    local, _, domain = account.email.partition("@")
    name, _, last = domain.rpartition(".")
    return {
        "id": The(account.registration, "id"),
        "username": account.username,
        "email": f"{local[0]}***@{name[0]}***.{last}",
        "roles": account.roles,
        "disabled": account.disabled,
        "created_at": rfc3339(account.created_at),
    }


def _event(event: Event) -> dict[str, Any]:
    return {
        "id": ANYTHING,
        "at": rfc3339(event.at),
        "action": event.action,
        "subject": The(event.subject.registration, "id"),
        "actor": The(event.actor.registration, "id"),
        "request_id": ANYTHING,
        "ip_prefix": ANYTHING,
        "user_agent": ANYTHING,
        "details": event.details,
    }
