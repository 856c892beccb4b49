"""What is believed of an authenticator's answer (WebAuthn Level 3, 7.1 and 7.2).

Parsing, CBOR, keys and signatures are fido2's, which takes long to import: only who judges an
answer imports this module.
"""

from __future__ import annotations

import hashlib
import struct
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from fido2 import cbor
from fido2.cose import CoseKey
from fido2.webauthn import (
    AuthenticationResponse,
    AuthenticatorData,
    CollectedClientData,
    RegistrationResponse,
)

from backend.accounts import webauthn
from backend.settings import Settings
from backend.storage.passkeys import Passkey

CREDENTIAL_ID_BYTES: Final = 1023
TRANSPORTS: Final = ("ble", "hybrid", "internal", "nfc", "smart-card", "usb")
# What fido2 raises for what is not of the right form, or not signed by the key.
UNFIT: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    InvalidSignature,
    LookupError,
    RecursionError,
    TypeError,
    UnsupportedAlgorithm,
    ValueError,
    struct.error,
)


class NotBelieved(Exception):
    """The authenticator's answer is malformed, is for another site, or proves nothing."""


@dataclass(frozen=True)
class Registered:
    """A new credential; whether its challenge is one of ours is still to be judged."""

    challenge: bytes
    credential_id: bytes
    public_key: bytes
    sign_count: int
    backup_eligible: bool
    backed_up: bool
    transports: list[str]


@dataclass(frozen=True)
class Asserted:
    """What an authenticator says of itself and its user: not to be believed before `check`."""

    challenge: bytes
    credential_id: bytes
    user_id: str
    sign_count: int
    backed_up: bool
    data: AuthenticatorData
    client_data_hash: bytes
    signature: bytes

    def check(self, passkey: Passkey) -> None:
        """Raises NotBelieved unless it is signed by the passkey, which is of the kind it was."""
        if self.data.is_backup_eligible() != passkey.backup_eligible:
            raise NotBelieved
        try:
            key = _key(passkey.public_key)
            key.verify(self.data + self.client_data_hash, self.signature)
        except UNFIT:
            raise NotBelieved from None


def registered(settings: Settings, credential: Mapping[str, Any]) -> Registered:
    """What a RegistrationResponseJSON says. Raises NotBelieved."""
    try:
        response = RegistrationResponse.from_dict(credential)
        data = response.response.attestation_object.auth_data
        _check(settings, response.response.client_data, "webauthn.create", data)
        made = data.credential_data
        if made is None or made.credential_id != response.raw_id or not _usable(made.public_key):
            raise NotBelieved
        if len(made.credential_id) > CREDENTIAL_ID_BYTES:
            raise NotBelieved
        return Registered(
            challenge=response.response.client_data.challenge,
            credential_id=made.credential_id,
            public_key=cbor.encode(made.public_key),
            sign_count=data.counter,
            backup_eligible=data.is_backup_eligible(),
            backed_up=data.is_backed_up(),
            transports=_transports(credential),
        )
    except UNFIT:
        raise NotBelieved from None


def asserted(settings: Settings, credential: Mapping[str, Any]) -> Asserted:
    """What an AuthenticationResponseJSON says. Raises NotBelieved."""
    try:
        response = AuthenticationResponse.from_dict(credential)
        said, data = response.response, response.response.authenticator_data
        _check(settings, said.client_data, "webauthn.get", data)
        return Asserted(
            challenge=said.client_data.challenge,
            credential_id=response.raw_id,
            user_id=str(uuid.UUID(bytes=said.user_handle)),
            sign_count=data.counter,
            backed_up=data.is_backed_up(),
            data=data,
            client_data_hash=said.client_data.hash,
            signature=said.signature,
        )
    except UNFIT:
        raise NotBelieved from None


def _check(
    settings: Settings, client_data: CollectedClientData, kind: str, data: AuthenticatorData
) -> None:
    """What both ceremonies ask of the browser's words and the authenticator's."""
    relying_party = hashlib.sha256(webauthn.relying_party(settings).encode()).digest()
    believed = (
        client_data.type == kind
        and client_data.origin in webauthn.origins(settings)
        and not client_data.cross_origin
        and data.rp_id_hash == relying_party
        and data.is_user_present()
        and data.is_user_verified()
        and (data.is_backup_eligible() or not data.is_backed_up())
    )
    if not believed:
        raise NotBelieved


def is_usable(public_key: bytes) -> bool:
    """Whether it is a COSE key that a passkey can be verified with."""
    try:
        return _usable(_key(public_key))
    except UNFIT:
        return False


def _usable(key: CoseKey) -> bool:
    """Whether it is of an algorithm that was asked for, and a key at all (a point on its curve)."""
    try:
        key.verify(b"", b"")
    except InvalidSignature:
        return key.ALGORITHM in webauthn.ALGORITHMS
    return False


def _key(public_key: bytes) -> CoseKey:
    parameters: Any = cbor.decode(public_key)
    return CoseKey.parse(parameters)


def _transports(credential: Mapping[str, Any]) -> list[str]:
    """How the browser may reach the authenticator: a hint, of which what is known is kept."""
    given = credential["response"].get("transports", [])
    return [one for one in TRANSPORTS if one in given]
