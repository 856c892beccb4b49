"""Token confusion: what proves one thing proves nothing else, nor the same for somebody else.

All that Ann holds is tried wherever a proof is asked for, by somebody who has come by it.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest
from werkzeug.test import TestResponse

from tests.attacks.scene import Scene
from tests.authenticator import Authenticator
from tests.factors import App, add_passkey, answer, challenged, make_recovery_codes
from tests.support import (
    NEW_PASSWORD,
    PASSWORD,
    Browser,
    Site,
    assert_problem,
    browser_with,
    codes,
    registration_id,
    session_token,
)
from tests.tally import Tried
from tests.web.beginnings import person

KEY = {"Idempotency-Key": "the-key-of-ivy"}


@dataclass(frozen=True)
class Holder:
    """Somebody with every kind of proof, all of them good: `proofs` by their kinds."""

    site: Site
    browser: Browser
    name: str
    proofs: Mapping[str, str]


def holder(site: Site) -> Holder:
    ann, name = person(site)
    user_id = ann.get("users/me").json["id"]
    passkey = add_passkey(ann, Authenticator())
    app = App(site, site.add_totp(user_id))
    recovery = make_recovery_codes(ann)[0]
    undo = ann.move(f"{name}@example.net")
    ann.readdress_account(f"{name}@example.org")
    ann.forget(f"{name}@example.net")
    new = f"{name}.new"
    registered = site.browser().register(new)
    device = ann.client.get_cookie("device")
    assert device
    proofs = {
        "session": session_token(ann),
        "device": device.value,
        "access token": ann.post("tokens", {}).json["token"],
        "reset link": site.token(f"{name}@example.net"),
        "undo link": undo,
        "code of a change": site.code(f"{name}@example.org"),
        "code of a registration": site.code(f"{new}@example.com"),
        "registration": registration_id(registered),
        "challenge": challenged(site.browser(), name),
        "recovery code": recovery,
        "cursor": ann.get("users/me/events?limit=1").json["next_cursor"],
        "options": ann.post("passkeys/authentication-options").json["challenge"],
        "passkey": passkey["id"],
        "user id": user_id,
        "session id": ann.get("sessions").json["items"][0]["id"],
        "request id": ann.get("users/me").headers["X-Request-Id"],
        "app's code": app.next_code(),
    }
    return Holder(site, ann, name, proofs)


@dataclass(frozen=True)
class Thief:
    """Bob, who has an app of his own, with somebody's proof: each door is asked anew."""

    site: Site
    browser: Browser
    name: str
    victim: str

    def as_session(self, proof: str) -> TestResponse:
        return browser_with(self.site, proof).get("users/me")

    def as_bearer(self, proof: str) -> TestResponse:
        headers = {"Authorization": f"Bearer {proof}", "X-Session": proof}
        return self.site.browser().get("users/me", headers=headers)

    def as_query(self, proof: str) -> TestResponse:
        names = ("session", "token", "access_token", "__Host-session")
        query = dict.fromkeys(names, proof)
        return self.site.browser().get("users/me", query_string=query)

    def as_reset_link(self, proof: str) -> TestResponse:
        return self.site.browser().reset(proof)

    def as_undo_link(self, proof: str) -> TestResponse:
        return self.site.browser().undo(proof)

    def as_password(self, proof: str) -> TestResponse:
        return self.site.browser().sign_in(self.victim, proof)

    def as_identifier(self, proof: str) -> TestResponse:
        return self.site.browser().sign_in(proof, PASSWORD)

    def as_code_of_a_registration(self, proof: str) -> TestResponse:
        new = f"b{len(self.site.mails())}"
        return self.site.browser().verify(self.site.browser().register(new), proof)

    def as_registration(self, proof: str) -> TestResponse:
        return self.site.browser().post(f"registrations/{proof}/verify", {"code": "000000"})

    def as_challenge(self, proof: str) -> TestResponse:
        return answer(self.site.browser(), proof, "000000")

    def as_apps_code(self, proof: str) -> TestResponse:
        return answer(self.site.browser(), challenged(self.site.browser(), self.name), proof)

    def as_recovery_code(self, proof: str) -> TestResponse:
        begun = challenged(self.site.browser(), self.name)
        return answer(self.site.browser(), begun, proof, "recovery_code")

    def as_step_up(self, proof: str) -> TestResponse:
        return self.browser.post("sessions/current/step-up", {"totp": proof})

    def as_current_password(self, proof: str) -> TestResponse:
        return self.browser.change_password(proof)

    def as_code_of_a_change(self, proof: str) -> TestResponse:
        begun = self.browser.readdress_account(f"{self.name}@example.org")
        assert begun.status_code == 202
        return self.browser.prove_address(proof)

    def as_cursor(self, proof: str) -> TestResponse:
        return self.browser.get("users/me/events", query_string={"cursor": proof})

    def as_passkey(self, proof: str) -> TestResponse:
        return self.browser.delete(f"passkeys/{proof}")

    def as_session_id(self, proof: str) -> TestResponse:
        return self.browser.delete(f"sessions/{proof}")


# Whoever holds these may do what they are for, until they end.
BEARER = {"as_session": "session", "as_reset_link": "reset link", "as_undo_link": "undo link"}
DOORS = [name for name in vars(Thief) if name.startswith("as_")]


@pytest.fixture(scope="module")
def ann(scene: Scene) -> Holder:
    return holder(scene.site)


@pytest.fixture(scope="module")
def thief(scene: Scene, ann: Holder) -> Thief:
    bob, name = person(scene.site)
    scene.site.add_totp(bob.get("users/me").json["id"])
    return Thief(scene.site, bob, name, ann.name)


@pytest.mark.parametrize("door", DOORS)
def test_no_proof_opens_another_door_or_the_same_for_somebody_else(
    door: str, ann: Holder, thief: Thief, tried: Tried
) -> None:
    own = BEARER.get(door)
    proofs = {kind: proof for kind, proof in ann.proofs.items() if kind != own}
    tried("attack", len(proofs) - 1)
    for kind, proof in proofs.items():
        refused = getattr(thief, door)(proof)
        assert 400 <= refused.status_code < 500, kind
        assert "Set-Cookie" not in refused.headers


def test_each_proof_opens_its_own_door(scene: Scene) -> None:
    """Else nothing above would show anything."""
    ann = holder(scene.site)
    proofs, stranger = ann.proofs, scene.site.browser

    def challenge(code: str, method: str) -> TestResponse:
        return answer(stranger(), challenged(stranger(), ann.name), code, method)

    opened: list[Callable[[], TestResponse]] = [
        lambda: browser_with(scene.site, proofs["session"]).get("users/me"),
        lambda: ann.browser.get("users/me/events", query_string={"cursor": proofs["cursor"]}),
        lambda: answer(stranger(), proofs["challenge"], proofs["app's code"]),
        lambda: challenge(proofs["recovery code"], "recovery_code"),
        lambda: stranger().post(
            f"registrations/{proofs['registration']}/verify",
            {"code": proofs["code of a registration"]},
        ),
        lambda: ann.browser.prove_address(proofs["code of a change"]),
        lambda: ann.browser.delete(f"passkeys/{proofs['passkey']}"),
        lambda: stranger().undo(proofs["undo link"]),
    ]
    for door in opened:
        assert door().status_code < 300
    reset = holder(scene.site).proofs["reset link"]
    assert stranger().reset(reset, NEW_PASSWORD).status_code == 204


def test_the_key_of_anothers_request_gives_nothing_of_it(scene: Scene, tried: Tried) -> None:
    body = {"username": "ivy", "email": "ivy@example.com", "password": PASSWORD}
    first = scene.site.browser().post("users", body, headers=KEY)
    others = [
        {"username": "ivan", "email": "ivan@example.com", "password": PASSWORD},
        {**body, "password": NEW_PASSWORD},
        {**body, "email": "ivan@example.com"},
        {**body, "username": "IVY"},
        {**body, "display_name": "Ivy"},
    ]
    tried("attack", len(others) - 1)
    for other in others:
        refused = scene.bob.post("users", other, headers=KEY)
        assert_problem(refused, 422, "idempotency_key_reused")
        assert codes(refused) == [("", "idempotency_key_reused")]
        assert registration_id(first) not in refused.text


@pytest.mark.parametrize("part", ["user", "session", "secret"])
def test_parts_of_two_tokens_are_no_token(part: str, scene: Scene) -> None:
    """The ids in a token are known to others; the secret is of one session alone."""
    anns, bobs = (
        urlsafe_b64decode(session_token(browser) + "==") for browser in (scene.ann, scene.bob)
    )
    start, end = {"user": (0, 16), "session": (16, 32), "secret": (32, 64)}[part]
    mixed = anns[:start] + bobs[start:end] + anns[end:]
    token = urlsafe_b64encode(mixed).decode().rstrip("=")
    assert_problem(browser_with(scene.site, token).get("users/me"), 401, "not_authenticated")
