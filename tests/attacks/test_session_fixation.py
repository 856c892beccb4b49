"""Session fixation: no token that was there before is worth anything after a change of privilege.

A sign-in beside another session of one's own leaves that one, which the list of sessions shows.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.attacks.scene import Scene
from tests.authenticator import Authenticator
from tests.factors import (
    add_passkey,
    add_totp,
    answer,
    challenged,
    prove_by_passkey,
    sign_up,
    use_passkey,
)
from tests.support import NEW_PASSWORD, Browser, assert_problem, browser_with, session_token
from tests.web.beginnings import person

# Signs the person in, in a browser that may have a cookie already; returns their id.
Way = Callable[[Scene, Browser], str]


def by_password(scene: Scene, browser: Browser) -> str:
    owner, name = person(scene.site)
    assert browser.sign_in(name).status_code == 201
    return id_of(owner)


def by_second_factor(scene: Scene, browser: Browser) -> str:
    owner, name = person(scene.site)
    app = add_totp(owner)
    begun = challenged(browser, name)
    assert answer(browser, begun, app.next_code()).status_code == 201
    return id_of(owner)


def by_passkey(scene: Scene, browser: Browser) -> str:
    owner, _ = person(scene.site)
    authenticator = Authenticator()
    add_passkey(owner, authenticator)
    assert use_passkey(browser, authenticator).status_code == 201
    return id_of(owner)


def by_registering(scene: Scene, browser: Browser) -> str:
    name = f"new{len(scene.site.mails())}"
    return str(browser.become(name)["id"])


def by_registering_with_a_passkey(scene: Scene, browser: Browser) -> str:
    name = f"new{len(scene.site.mails())}"
    begun = sign_up(browser, Authenticator(), name)
    verified = browser.verify(begun, scene.site.code(f"{name}@example.com"))
    return str(verified.json["user"]["id"])


WAYS: list[Way] = [
    by_password,
    by_second_factor,
    by_passkey,
    by_registering,
    by_registering_with_a_passkey,
]


def id_of(browser: Browser) -> str:
    return str(browser.get("users/me").json["id"])


def dead(scene: Scene, token: str) -> bool:
    return browser_with(scene.site, token).get("users/me").status_code == 401


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("planted", ["", "A" * 86, "an attacker's"], ids=repr)
def test_a_cookie_that_was_planted_is_no_way_into_the_account(
    planted: str, way: Way, scene: Scene
) -> None:
    attacker = scene.bob
    token = session_token(attacker) if planted == "an attacker's" else planted
    browser = browser_with(scene.site, token)
    signed_in = way(scene, browser)
    assert session_token(browser) != token
    assert id_of(browser) == signed_in
    # What was planted opens what it opened before.
    if planted == "an attacker's":
        assert id_of(browser_with(scene.site, token)) == id_of(attacker) != signed_in
    else:
        assert dead(scene, token)


@pytest.mark.parametrize("name", ["__Host-session", "Session", "SESSION", "sessions", "user_id"])
def test_no_cookie_of_another_name_is_taken_for_the_session(name: str, scene: Scene) -> None:
    """In production the name begins with `__Host-`, which no sibling subdomain can plant."""
    client = scene.site.app.test_client(use_cookies=False)
    planted = f"{name}={session_token(scene.bob)}"
    for header, status in (
        (planted, 401),
        (f"{planted}; session={session_token(scene.ann)}", 200),
        (f"session={session_token(scene.ann)}; {planted}", 200),
    ):
        told = client.get("/api/v1/users/me", headers={"Cookie": header})
        assert told.status_code == status
        assert status == 401 or told.json["username"] == "ann"


def step_up_by_password(browser: Browser) -> None:
    assert browser.prove().status_code == 204


def step_up_by_code(browser: Browser) -> None:
    app = add_totp(browser)
    proved = browser.post("sessions/current/step-up", {"totp": app.next_code()})
    assert proved.status_code == 204


def step_up_by_passkey(browser: Browser) -> None:
    authenticator = Authenticator()
    add_passkey(browser, authenticator)
    assert prove_by_passkey(browser, authenticator).status_code == 204


def change_of_password(browser: Browser) -> None:
    assert browser.change_password().status_code == 204


@pytest.mark.parametrize(
    "change",
    [step_up_by_password, step_up_by_code, step_up_by_passkey, change_of_password],
    ids=lambda change: change.__name__,
)
def test_who_knew_the_token_before_has_nothing_after(
    change: Callable[[Browser], None], scene: Scene
) -> None:
    browser, _ = person(scene.site)
    before = session_token(browser)
    change(browser)
    assert session_token(browser) != before
    assert browser.get("users/me").status_code == 200
    assert dead(scene, before)


def test_a_proof_gives_nothing_to_another_session_of_the_same_user(scene: Scene) -> None:
    owner, name = person(scene.site)
    other = scene.site.browser()
    other.sign_in(name)
    owner.prove()
    assert_problem(other.get("users/me/export"), 403, "step_up_required")


def reset(scene: Scene, browser: Browser, name: str) -> None:
    browser.forget(f"{name}@example.com")
    token = scene.site.token(f"{name}@example.com")
    assert scene.site.browser().reset(token, NEW_PASSWORD).status_code == 204


def undo(scene: Scene, browser: Browser, name: str) -> None:
    assert scene.site.browser().undo(browser.move(f"{name}@example.net")).status_code == 204


def signing_out(_: Scene, browser: Browser, name: str) -> None:
    assert browser.delete("sessions/current").status_code == 204


def leaving(_: Scene, browser: Browser, name: str) -> None:
    browser.prove()
    assert browser.delete("users/me").status_code == 204


def act(method: str, path: str, body: object = None) -> Callable[[Scene, Browser, str], None]:
    def admin(scene: Scene, browser: Browser, name: str) -> None:
        called = scene.root.call(method, f"admin/users/{id_of(browser)}{path}", body)
        assert called.status_code in {200, 204}

    return admin


@pytest.mark.parametrize(
    "end",
    [
        *[reset, undo, signing_out, leaving],
        *[act("POST", "/disable"), act("POST", "/end-sessions"), act("DELETE", "")],
        *[act("PUT", "/roles", {"roles": roles}) for roles in (["audit"], ["admin"])],
    ],
    ids=["reset", "undo", "sign-out", "leave", "disable", "end", "delete", "role", "admin"],
)
def test_what_ends_a_session_ends_the_token_that_somebody_has_of_it(
    end: Callable[[Scene, Browser, str], None], scene: Scene
) -> None:
    browser, name = person(scene.site)
    first = session_token(browser)
    browser.prove()
    stolen = session_token(browser)
    end(scene, browser, name)
    left = browser.client.get_cookie("session")
    for token in {first, stolen, left.value if left else ""}:
        assert dead(scene, token)
