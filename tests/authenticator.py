"""An authenticator in software, and the browser before it: passkeys as WebAuthn Level 3 has them.

It shares no code with the library that judges it.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from tests.support import ORIGIN

USER_PRESENT, USER_VERIFIED, BACKUP_ELIGIBLE, BACKED_UP, ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40
PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


@dataclass
class Held:
    """A credential as the authenticator keeps it."""

    id: bytes
    user_id: bytes
    relying_party: str
    key: PrivateKey
    count: int = 0


@dataclass
class Authenticator:
    """`origin` is the page's; `counts` is whether signatures are counted, `alg` which key it makes.

    What it is told to leave out, or to say wrongly, can be set at any time.
    """

    origin: str = ORIGIN
    alg: int = -7
    counts: bool = False
    backup_eligible: bool = True
    backed_up: bool = True
    user_present: bool = True
    user_verified: bool = True
    cross_origin: bool = False
    relying_party: str | None = None
    ceremony: str | None = None
    credential_id: bytes | None = None
    held: list[Held] = field(default_factory=list)

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """RegistrationResponseJSON for PublicKeyCredentialCreationOptionsJSON."""
        made = Held(
            id=self.credential_id or secrets.token_bytes(32),
            user_id=decoded(options["user"]["id"]),
            relying_party=options["rp"]["id"],
            key=_new_key(self.alg),
        )
        self.held.append(made)
        public = _cbor(_cose(self.alg, made.key))
        attested = bytes(16) + struct.pack(">H", len(made.id)) + made.id + public
        data = self._data(made, ATTESTED) + attested
        attestation = _cbor({"fmt": "none", "attStmt": {}, "authData": data})
        return _credential(
            made,
            clientDataJSON=self._client_data("webauthn.create", options),
            attestationObject=attestation,
            transports=["internal", "hybrid"],
        )

    def get(self, options: dict[str, Any]) -> dict[str, Any]:
        """AuthenticationResponseJSON for PublicKeyCredentialRequestOptionsJSON."""
        used = self.held[-1]
        used.count += self.counts
        client_data = self._client_data("webauthn.get", options)
        data = self._data(used, 0)
        return _credential(
            used,
            clientDataJSON=client_data,
            authenticatorData=data,
            signature=_signature(used.key, data + hashlib.sha256(client_data).digest()),
            userHandle=used.user_id,
        )

    def _client_data(self, kind: str, options: dict[str, Any]) -> bytes:
        said = {
            "type": self.ceremony or kind,
            "challenge": options["challenge"],
            "origin": self.origin,
        }
        return json.dumps({**said, "crossOrigin": self.cross_origin}).encode()

    def _data(self, held: Held, flags: int) -> bytes:
        flags |= USER_PRESENT * self.user_present | USER_VERIFIED * self.user_verified
        flags |= BACKUP_ELIGIBLE * self.backup_eligible | BACKED_UP * self.backed_up
        name = self.relying_party or held.relying_party
        return hashlib.sha256(name.encode()).digest() + struct.pack(">BI", flags, held.count)


def encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "==")


def _credential(held: Held, **response: Any) -> dict[str, Any]:
    shown = {k: encoded(v) if isinstance(v, bytes) else v for k, v in response.items()}
    return {
        "id": encoded(held.id),
        "rawId": encoded(held.id),
        "type": "public-key",
        "authenticatorAttachment": "platform",
        "clientExtensionResults": {},
        "response": shown,
    }


def _new_key(alg: int) -> PrivateKey:
    match alg:
        case -7:
            return ec.generate_private_key(ec.SECP256R1())
        case -35:
            return ec.generate_private_key(ec.SECP384R1())
        case -8:
            return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(65537, 2048)


def _cose(alg: int, key: PrivateKey) -> dict[int, Any]:
    """The public key as COSE has it (RFC 9053)."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        point = key.public_key().public_numbers()
        length, curve = key.key_size // 8, 1 if alg == -7 else 2
        return {1: 2, 3: alg, -1: curve, -2: point.x.to_bytes(length), -3: point.y.to_bytes(length)}
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return {1: 1, 3: alg, -1: 6, -2: key.public_key().public_bytes_raw()}
    numbers = key.public_key().public_numbers()
    return {1: 3, 3: alg, -1: numbers.n.to_bytes(256), -2: numbers.e.to_bytes(3)}


def _signature(key: PrivateKey, message: bytes) -> bytes:
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(message, ec.ECDSA(SHA256()))
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(message)
    return key.sign(message, padding.PKCS1v15(), SHA256())


def _cbor(value: Any) -> bytes:
    """Integers, byte strings, texts and maps (RFC 8949)."""
    if isinstance(value, int):
        return _head(1, -1 - value) if value < 0 else _head(0, value)
    if isinstance(value, bytes):
        return _head(2, len(value)) + value
    if isinstance(value, str):
        return _head(3, len(value.encode())) + value.encode()
    return _head(5, len(value)) + b"".join(_cbor(k) + _cbor(v) for k, v in value.items())


def _head(kind: int, number: int) -> bytes:
    if number < 24:
        return bytes([kind << 5 | number])
    if number < 0x100:
        return struct.pack(">BB", kind << 5 | 24, number)
    return struct.pack(">BH", kind << 5 | 25, number)
