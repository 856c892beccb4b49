"""What people look at, and what they ask for before they act; nothing of an account changes."""

from __future__ import annotations

from typing import Any

from tests.faults.flows import Flow, member
from tests.support import Browser, Site, administrator


def health(site: Site, name: str) -> Flow:
    return _reading(site.browser(), "health")


def published_keys(site: Site, name: str) -> Flow:
    member(site, name).post("tokens")
    return _reading(site.instance().browser(), "/.well-known/jwks.json")


def me(site: Site, name: str) -> Flow:
    return _reading(member(site, name), "users/me")


def own_user(site: Site, name: str) -> Flow:
    browser = member(site, name)
    return _reading(browser, f"users/{browser.get('users/me').json['id']}")


def sessions(site: Site, name: str) -> Flow:
    return _reading(member(site, name), "sessions")


def own_events(site: Site, name: str) -> Flow:
    return _reading(member(site, name), "users/me/events")


def export(site: Site, name: str) -> Flow:
    browser = member(site, name)
    browser.prove()
    return _reading(browser, "users/me/export")


def passkeys(site: Site, name: str) -> Flow:
    return _reading(member(site, name), "passkeys")


def options_to_add(site: Site, name: str) -> Flow:
    browser = member(site, name)
    browser.prove()
    return _asking(browser, "passkeys/registration-options")


def options_to_sign_in(site: Site, name: str) -> Flow:
    return _asking(site.browser(), "passkeys/authentication-options")


def options_to_sign_up(site: Site, name: str) -> Flow:
    body = {"username": name, "email": f"{name}@example.com"}
    return _asking(site.browser(), "registrations/passkey-options", body)


def all_users(site: Site, name: str) -> Flow:
    return _reading(administrator(site, name), "admin/users?limit=2")


def other_user(site: Site, name: str) -> Flow:
    browser = administrator(site, name)
    return _reading(browser, f"admin/users/{browser.get('users/me').json['id']}")


def user_by_address(site: Site, name: str) -> Flow:
    return _asking(administrator(site, name), "admin/users/find", {"email": f"{name}@example.com"})


def all_events(site: Site, name: str) -> Flow:
    return _reading(administrator(site, name), "admin/events?limit=2")


ALL = [
    health,
    published_keys,
    me,
    own_user,
    sessions,
    own_events,
    export,
    passkeys,
    options_to_add,
    options_to_sign_in,
    options_to_sign_up,
    all_users,
    other_user,
    user_by_address,
    all_events,
]


def _reading(browser: Browser, path: str) -> Flow:
    return _flow(browser, "GET", path, None)


def _asking(browser: Browser, path: str, body: Any = None) -> Flow:
    return _flow(browser, "POST", path, body)


def _flow(browser: Browser, method: str, path: str, body: Any) -> Flow:
    def check() -> None:
        assert browser.call(method, path, body).status_code == 200

    return Flow(lambda: browser.call(method, path, body), "200", {"200"}, check)
