"""A virtual authenticator: a device that keeps passkeys, in the hands of the test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import CDPSession, Page

OPTIONS = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
# A browser that offers no passkeys in fields, so that only the button asks for one.
OFFERS_NONE = "PublicKeyCredential.isConditionalMediationAvailable = async () => false"


@dataclass(frozen=True)
class Authenticator:
    session: CDPSession
    id: str

    @property
    def passkeys(self) -> list[dict[str, Any]]:
        found = self._send("getCredentials")["credentials"]
        return list(found)

    def recognise(self, *, the_person: bool) -> None:
        """Whether fingerprint, face or PIN are right from now on."""
        self._send("setUserVerified", isUserVerified=the_person)

    def touch(self, *, touched: bool) -> None:
        """Whether somebody is there to touch it, and so each request is answered at once."""
        self._send("setAutomaticPresenceSimulation", enabled=touched)

    def _send(self, command: str, **members: Any) -> dict[str, Any]:
        found: dict[str, Any] = self.session.send(
            f"WebAuthn.{command}", {"authenticatorId": self.id, **members}
        )
        return found


def plugged_into(page: Page) -> Authenticator:
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable", {"enableUI": False})
    added = session.send("WebAuthn.addVirtualAuthenticator", {"options": OPTIONS})
    return Authenticator(session, added["authenticatorId"])
