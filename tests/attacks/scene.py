"""One installation that many attacks are tried on: none of them may change anything in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.authenticator import Authenticator
from tests.factors import add_passkey, challenged
from tests.support import Browser, Site, registration_id


@dataclass(frozen=True)
class Scene:
    """Ann has one of everything, Bob nothing, and Root is an admin; Bob and Root have just proved
    that it is them. `ids` are of what is Ann's, by the names that paths have for them.
    """

    site: Site
    ann: Browser
    bob: Browser
    root: Browser
    ids: dict[str, str]

    def callers(self) -> dict[str, Browser]:
        return {"nobody": self.site.browser(), "bob": self.bob, "root": self.root}

    def state(self) -> list[dict[str, Any]]:
        """All that is stored, but for the log of what was tried and the counters of tries."""
        tried = ("A#", "L#")
        return [item for item in self.site.stored() if not item["pk"]["S"].startswith(tried)]


def set_up(site: Site) -> Scene:
    ann, bob, root = site.browser(), site.browser(), site.browser()
    user = ann.become("ann")
    passkey = add_passkey(ann, Authenticator())
    site.add_totp(user["id"])
    pending = site.browser().register("cat")
    ids = {
        "user_id": user["id"],
        "session_id": ann.get("sessions").json["items"][0]["id"],
        "passkey_id": passkey["id"],
        "registration_id": registration_id(pending),
        "challenge_id": challenged(site.browser(), "ann"),
    }
    bob.become("bob")
    site.make_admin(root.become("root1")["id"])
    root.sign_in("root1")
    # The first who asks for the keys has them made.
    bob.get("/.well-known/jwks.json")
    for browser in (bob, root):
        assert browser.prove().status_code == 204
    return Scene(site, ann, bob, root, ids)
