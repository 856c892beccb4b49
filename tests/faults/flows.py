"""What people do, each begun afresh for somebody, and how it is seen to have been done once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from werkzeug.test import TestResponse

from tests.invariants import stored
from tests.races.crowd import also
from tests.support import (
    NEW_PASSWORD,
    PASSWORD,
    Browser,
    Site,
    administrator,
    assert_problem,
    browser_with,
    registration_id,
    session_token,
)
from tests.web.published import key_of, published_keys


@dataclass(frozen=True)
class Flow:
    """`act` makes the request, `done` is its answer when all is well.

    `repeated` are the answers to its repetition after a 503. `check` asserts that the request was
    carried out once and as a whole, `mails` that so many mails came of it when it was `done`.
    """

    act: Callable[[], TestResponse]
    done: str
    repeated: set[str]
    check: Callable[[], None]
    mailbox: str = ""
    mails: int = 0


def register(site: Site, name: str) -> Flow:
    browser, email = site.browser(), f"{name}@example.com"
    body = {"username": name, "email": email, "password": PASSWORD}
    headers = {"Idempotency-Key": f"the-key-of-{name}"}

    def check() -> None:
        again = browser.post("users", body, headers=headers)
        assert again.status_code == 202
        assert list(_registrations(site, name)) == [registration_id(again)]
        prove(browser, again, email)

    return Flow(
        lambda: browser.post("users", body, headers=headers), "202", {"202"}, check, email, 1
    )


def register_taken(site: Site, name: str) -> Flow:
    site.browser().register(name)
    browser = site.browser()
    body = {"username": name, "email": f"other{name}@example.com", "password": PASSWORD}
    headers = {"Idempotency-Key": f"another-key-{name}"}
    taken = "409 username_taken"

    def check() -> None:
        assert len(_registrations(site, name)) == 1

    return Flow(lambda: browser.post("users", body, headers=headers), taken, {taken}, check)


def resend(site: Site, name: str) -> Flow:
    browser, email = site.browser(), f"{name}@example.com"
    begun = browser.register(name)
    site.clock.advance(seconds=61)
    path = f"registrations/{registration_id(begun)}/resend"
    return Flow(
        lambda: browser.post(path),
        "202",
        # Where the code was replaced after all, the next one may be asked for a minute later.
        {"202", "429 rate_limited"},
        lambda: prove(browser, begun, email),
        email,
        2,
    )


def change_address(site: Site, name: str) -> Flow:
    browser, email = site.browser(), f"{name}@example.com"
    begun = browser.register(name, email=f"mistyped-{email}")
    path = f"registrations/{registration_id(begun)}"
    return Flow(
        lambda: browser.patch(path, {"email": email}),
        "202",
        {"202"},
        lambda: prove(browser, begun, email),
        email,
        1,
    )


def verify(site: Site, name: str) -> Flow:
    browser = site.browser()
    begun = browser.register(name)
    code = site.code(f"{name}@example.com")

    def check() -> None:
        owned = [user for user in stored(site).users.values() if user["name_key"] == name]
        assert len(owned) == 1
        assert browser.sign_in(name).status_code == 201

    return Flow(lambda: browser.verify(begun, code), "201", {"201", "409 account_exists"}, check)


def sign_in(site: Site, name: str) -> Flow:
    site.browser().become(name)
    browser = site.browser()

    def check() -> None:
        assert browser.get("users/me").json["username"] == name

    return Flow(lambda: browser.sign_in(name), "201", {"201"}, check)


def use(site: Site, name: str) -> Flow:
    browser = member(site, name)
    # After so long, a use is written down.
    site.clock.advance(minutes=6)

    def check() -> None:
        [session] = browser.get("sessions").json["items"]
        assert session["last_seen_at"] > session["created_at"]

    return Flow(lambda: browser.get("users/me"), "200", {"200"}, check)


def rename(site: Site, name: str) -> Flow:
    browser = member(site, name)
    etag = browser.get("users/me").headers["ETag"]

    def check() -> None:
        user = browser.get("users/me").json
        assert user["username"] == f"{name}-new"
        names = stored(site).names
        assert [key for key, owner in names.items() if owner["user_id"] == user["id"]] == [
            f"{name}-new"
        ]

    return Flow(
        lambda: browser.change({"username": f"{name}-new"}, etag),
        "200",
        # Where the change was made after all, the version is another.
        {"200", "412 precondition_failed"},
        check,
    )


def change_profile(site: Site, name: str) -> Flow:
    browser = member(site, name)
    etag = browser.get("users/me").headers["ETag"]

    def check() -> None:
        assert browser.get("users/me").json["display_name"] == "New"

    return Flow(
        lambda: browser.change({"display_name": "New"}, etag),
        "200",
        {"200", "412 precondition_failed"},
        check,
    )


def end_others(site: Site, name: str) -> Flow:
    browser, other = member(site, name), site.browser()
    other.sign_in(name)

    def check() -> None:
        assert other.get("users/me").status_code == 401
        assert len(browser.get("sessions").json["items"]) == 1

    return Flow(lambda: browser.delete("sessions"), "204", {"204"}, check)


def end_one(site: Site, name: str) -> Flow:
    browser, other = member(site, name), site.browser()
    ended = other.sign_in(name).json["session"]["id"]

    def check() -> None:
        assert other.get("users/me").status_code == 401
        assert len(browser.get("sessions").json["items"]) == 1

    return Flow(
        lambda: browser.delete(f"sessions/{ended}"),
        "204",
        {"204", "404 session_not_found"},
        check,
    )


def sign_out(site: Site, name: str) -> Flow:
    browser = member(site, name)
    window = also(browser)

    def check() -> None:
        assert window.get("users/me").status_code == 401

    return Flow(
        lambda: browser.delete("sessions/current"),
        "204",
        {"204", "401 not_authenticated"},
        check,
    )


def forget(site: Site, name: str) -> Flow:
    site.browser().become(name)
    browser, email = site.browser(), f"{name}@example.com"

    def check() -> None:
        if len(site.mails(email)) == 1:
            # The link was never sent, and another can be.
            assert browser.forget(email).status_code == 202
        assert browser.reset(site.token(email)).status_code == 204

    return Flow(lambda: browser.forget(email), "202", {"202"}, check, email, 2)


def reset(site: Site, name: str) -> Flow:
    site.browser().become(name)
    browser, email = site.browser(), f"{name}@example.com"
    browser.forget(email)
    token = site.token(email)

    def check() -> None:
        assert browser.sign_in(name, NEW_PASSWORD).status_code == 201
        assert_problem(browser.reset(token), 410, "token_invalid")

    return Flow(
        lambda: browser.reset(token),
        "204",
        # Where the password was set after all, the token is spent.
        {"204", "410 token_invalid"},
        check,
    )


def change_password(site: Site, name: str) -> Flow:
    browser, other = member(site, name), site.browser()
    other.sign_in(name)

    def check() -> None:
        assert other.get("users/me").status_code == 401
        assert site.browser().sign_in(name, NEW_PASSWORD).status_code == 201

    return Flow(
        browser.change_password,
        "204",
        # Where the password was changed after all, this session has a token that nobody knows.
        {"204", "401 not_authenticated"},
        check,
    )


def disable(site: Site, name: str) -> Flow:
    admin, bob = administrator(site, name), member(site, f"{name}-bob")
    bob_id = bob.get("users/me").json["id"]

    def check() -> None:
        assert bob.get("users/me").status_code == 401
        assert admin.get(f"admin/users/{bob_id}").json["disabled"]

    return Flow(lambda: admin.post(f"admin/users/{bob_id}/disable"), "200", {"200"}, check)


def enable(site: Site, name: str) -> Flow:
    admin, bob = administrator(site, name), member(site, f"{name}-bob")
    path = f"admin/users/{bob.get('users/me').json['id']}"
    admin.post(f"{path}/disable")

    def check() -> None:
        assert not admin.get(path).json["disabled"]
        assert bob.get("users/me").status_code == 401
        assert bob.sign_in(f"{name}-bob").status_code == 201

    return Flow(lambda: admin.post(f"{path}/enable"), "200", {"200"}, check)


def give_roles(site: Site, name: str) -> Flow:
    admin, bob = administrator(site, name), member(site, f"{name}-bob")
    path = f"admin/users/{bob.get('users/me').json['id']}"
    admin.prove()

    def check() -> None:
        assert bob.get("users/me").status_code == 401
        assert admin.get(path).json["roles"] == ["admin"]

    return Flow(
        lambda: admin.call("PUT", f"{path}/roles", {"roles": ["admin"]}), "200", {"200"}, check
    )


def reset_second_factors(site: Site, name: str) -> Flow:
    admin, bob = administrator(site, name), member(site, f"{name}-bob")
    path = f"admin/users/{bob.get('users/me').json['id']}"
    site.add_totp(bob.get("users/me").json["id"])
    admin.prove()

    def check() -> None:
        assert admin.get(path).json["second_factors"] == []

    return Flow(lambda: admin.post(f"{path}/reset-second-factors"), "200", {"200"}, check)


def delete_other(site: Site, name: str) -> Flow:
    admin, bob = administrator(site, name), member(site, f"{name}-bob")
    path = f"admin/users/{bob.get('users/me').json['id']}"
    admin.prove()

    def check() -> None:
        assert_problem(admin.get(path), 404, "user_not_found")
        assert site.browser().register(f"{name}-bob").status_code == 202

    return Flow(lambda: admin.delete(path), "204", {"204", "404 user_not_found"}, check)


def end_sessions_of(site: Site, name: str) -> Flow:
    admin, bob = administrator(site, name), member(site, f"{name}-bob")
    path = f"admin/users/{bob.get('users/me').json['id']}/end-sessions"

    def check() -> None:
        assert bob.get("users/me").status_code == 401
        assert admin.get("users/me").status_code == 200

    return Flow(lambda: admin.post(path), "200", {"200"}, check)


def begin_email_change(site: Site, name: str) -> Flow:
    browser, email = member(site, name), f"new-{name}@example.com"
    browser.prove()

    def check() -> None:
        if not site.mails(email):
            # The code was never sent, and another can be.
            assert browser.post("users/me/email-changes", {"email": email}).status_code == 202
        assert browser.prove_address(site.code(email)).json["email"] == email

    return Flow(
        lambda: browser.post("users/me/email-changes", {"email": email}),
        "202",
        {"202"},
        check,
        email,
        1,
    )


def change_email(site: Site, name: str) -> Flow:
    browser, old, new = member(site, name), f"{name}@example.com", f"new-{name}@example.com"
    browser.readdress_account(new)
    code = site.code(new)

    def check() -> None:
        assert browser.get("users/me").json["email"] == new
        assert site.browser().sign_in(new).status_code == 201
        assert site.browser().sign_in(old).status_code == 401
        # Whatever broke, the way back is in the old mailbox.
        assert site.browser().undo(site.token(old, "undo")).status_code == 204

    return Flow(
        lambda: browser.prove_address(code),
        "200",
        # Where the address was changed after all, there is no change any more.
        {"200", "410 email_change_expired"},
        check,
        old,
        2,
    )


def undo_email_change(site: Site, name: str) -> Flow:
    browser, old = member(site, name), f"{name}@example.com"
    token = browser.move(f"new-{name}@example.com")

    def check() -> None:
        assert browser.get("users/me").status_code == 401
        assert site.browser().sign_in(old).json["user"]["email"] == old
        assert_problem(browser.undo(token), 410, "token_invalid")

    return Flow(
        lambda: site.browser().undo(token),
        "204",
        # Where it was undone after all, the token is spent.
        {"204", "410 token_invalid"},
        check,
    )


def have_token(site: Site, name: str) -> Flow:
    """The first of a new instance, where there may be no key yet."""
    browser = browser_with(site.instance(), session_token(member(site, name)))

    def check() -> None:
        [key] = published_keys(site.instance().browser())
        assert key_of(browser.post("tokens").json["token"]) == key["kid"]

    return Flow(lambda: browser.post("tokens"), "201", {"201"}, check)


def delete_account(site: Site, name: str) -> Flow:
    browser, email = member(site, name), f"{name}@example.com"
    user_id = browser.get("users/me").json["id"]
    browser.move(f"new-{name}@example.com")
    browser.prove()

    def check() -> None:
        left = [item for item in site.stored() if user_id in str(item) or name in str(item)]
        tables = {item["pk"]["S"].partition("#")[0] for item in left}
        # Numbers of mails and tries, remembered for a day, and the log, which names nobody.
        assert tables <= {"A", "L"}, left
        assert site.browser().sign_in(name).status_code == 401
        assert site.browser().become(name, email=email)["email"] == email

    return Flow(
        lambda: browser.delete("users/me"),
        "204",
        # Where it was deleted after all, there is no session any more.
        {"204", "401 not_authenticated"},
        check,
        f"new-{name}@example.com",
        2,
    )


ALL = [
    have_token,
    register,
    register_taken,
    resend,
    change_address,
    verify,
    sign_in,
    use,
    rename,
    change_profile,
    end_others,
    end_one,
    sign_out,
    forget,
    reset,
    change_password,
    disable,
    enable,
    give_roles,
    end_sessions_of,
    reset_second_factors,
    delete_other,
    begin_email_change,
    change_email,
    undo_email_change,
    delete_account,
]


def prove(browser: Browser, begun: TestResponse, email: str) -> None:
    """The registration becomes an account, with another code where the first was never sent."""
    mails = browser.site.mails(email)
    verified = browser.verify(begun, mails[0]["subject"][:6]) if mails else None
    if verified is None or verified.status_code != 201:
        browser.site.clock.advance(seconds=61)
        assert browser.post(f"registrations/{registration_id(begun)}/resend").status_code == 202
        verified = browser.verify(begun, browser.site.code(email))
    assert verified.status_code == 201, verified.json


def member(site: Site, name: str) -> Browser:
    browser = site.browser()
    browser.become(name)
    return browser


def _registrations(site: Site, name: str) -> list[str]:
    found = stored(site).registrations
    return [key for key, registration in found.items() if registration["name_key"] == name]
