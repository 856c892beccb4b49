"""WebAuthn (Level 3): who the relying party is, and its options in the specification's JSON."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import urlsplit

from backend.accounts.ceremonies import CEREMONY_SECONDS
from backend.accounts.tokens import encoded
from backend.settings import Settings
from backend.storage.passkeys import Passkey

# ES256, EdDSA and RS256, by their numbers in COSE (RFC 9053).
ALGORITHMS: Final = (-7, -8, -257)
LOCALHOST: Final = "localhost"


def relying_party(settings: Settings) -> str:
    """The domain that passkeys are made for.

    An address of this machine stands for localhost: WebAuthn takes no addresses.
    """
    host = urlsplit(settings.site_url).hostname or LOCALHOST
    return settings.relying_party_id or (LOCALHOST if _is_address(host) else host)


def origins(settings: Settings) -> set[str]:
    """Whose pages may use the passkeys."""
    site = urlsplit(settings.site_url)
    found = {settings.site_url, *settings.allowed_origins}
    if _is_address(site.hostname or ""):
        found.add(f"{site.scheme}://{LOCALHOST}" + (f":{site.port}" if site.port else ""))
    return found


def creation_options(
    settings: Settings,
    challenge: bytes,
    *,
    user_id: str,
    username: str,
    display_name: str | None,
    exclude: Iterable[Passkey] = (),
) -> dict[str, Any]:
    """PublicKeyCredentialCreationOptionsJSON."""
    return {
        "rp": {"id": relying_party(settings), "name": settings.brand_name},
        "user": {
            "id": encoded(uuid.UUID(user_id).bytes),
            "name": username,
            "displayName": display_name or username,
        },
        "challenge": encoded(challenge),
        "pubKeyCredParams": [{"type": "public-key", "alg": number} for number in ALGORITHMS],
        "timeout": 1000 * CEREMONY_SECONDS,
        "excludeCredentials": [_descriptor(passkey) for passkey in exclude],
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": True,
            "userVerification": "required",
        },
        "attestation": "none",
    }


def request_options(settings: Settings, challenge: bytes) -> dict[str, Any]:
    """PublicKeyCredentialRequestOptionsJSON, which names no credential: passkeys are found."""
    return {
        "challenge": encoded(challenge),
        "timeout": 1000 * CEREMONY_SECONDS,
        "rpId": relying_party(settings),
        "allowCredentials": [],
        "userVerification": "required",
    }


def _is_address(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdecimal()


def _descriptor(passkey: Passkey) -> dict[str, Any]:
    return {
        "type": "public-key",
        "id": encoded(passkey.credential_id),
        "transports": passkey.transports,
    }
