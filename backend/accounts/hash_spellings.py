"""How other systems write their verifiers, brought into the forms of `foreign_hashes.py`.

Django, Werkzeug, passlib and PHC strings are one text. Keycloak has two JSON objects. Firebase has
a hash and a salt for each user, and parameters that are the project's.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from backend.accounts.foreign_hashes import (
    Bcrypt,
    FirebaseScrypt,
    Pbkdf2,
    Scrypt,
    Unusable,
    check_argon2,
    parse,
)

DIGESTS: Final = "(sha1|sha256|sha512)"
NUMBER: Final = r"([1-9][0-9]{0,8})"
# passlib writes `.` for `+`.
AB64: Final = r"([A-Za-z0-9+./]+)"
KEYCLOAK_ALGORITHMS: Final = {
    "pbkdf2": "sha1",
    "pbkdf2-sha256": "sha256",
    "pbkdf2-sha512": "sha512",
}


@dataclass(frozen=True)
class Firebase:
    """What the console says of a project's hashes."""

    signer_key: bytes
    salt_separator: bytes
    rounds: int
    mem_cost: int

    def verifier(self, password_hash: str, salt: str) -> str:
        """From the two texts, in base 64, that a user has. Raises Unusable."""
        encrypted = _base64(password_hash)
        if len(encrypted) != len(self.signer_key):
            raise Unusable("it is as long as no hash of this project")
        stream = bytes(a ^ b for a, b in zip(encrypted, self.signer_key, strict=True))
        salted = _base64(salt) + self.salt_separator
        return str(FirebaseScrypt(self.mem_cost, self.rounds, salted, stream))


def from_text(text: str) -> str:
    """The verifier in our form. Raises Unusable."""
    if text.startswith("$argon2"):
        return check_argon2(text)
    if text.startswith("{"):
        return from_keycloak(_object(text))
    for pattern, read in SPELLINGS.items():
        if match := re.fullmatch(pattern, text):
            return read(match)
    return str(parse(text))


def from_keycloak(credential: Mapping[str, Any]) -> str:
    """From `credentialData` and `secretData`, as objects or as the texts that Keycloak exports."""
    try:
        data, secret = _object(credential["credentialData"]), _object(credential["secretData"])
        derived, salt = _base64(secret["value"]), _base64(secret["salt"])
        algorithm, iterations = data["algorithm"], int(data["hashIterations"])
        if algorithm == "argon2":
            return _keycloak_argon2(data, iterations, salt, derived)
        digest = KEYCLOAK_ALGORITHMS[algorithm]
    except (AttributeError, LookupError, OverflowError, TypeError, ValueError):
        raise Unusable("it is no credential of Keycloak that can be verified") from None
    return str(Pbkdf2(digest, iterations, salt, derived))


def _keycloak_argon2(data: Mapping[str, Any], iterations: int, salt: bytes, derived: bytes) -> str:
    more = {name: values[0] for name, values in data["additionalParameters"].items()}
    version = {"1.3": 19, "1.0": 16}[more["version"]]
    costs = f"m={int(more['memory'])},t={iterations},p={int(more['parallelism'])}"
    encoded = f"{_unpadded(salt)}${_unpadded(derived)}"
    return check_argon2(f"$argon2{more['type']}$v={version}${costs}${encoded}")


def _django_pbkdf2(match: re.Match[str]) -> str:
    return str(Pbkdf2(match[1], int(match[2]), match[3].encode(), _base64(match[4])))


def _django_scrypt(match: re.Match[str]) -> str:
    cost, r, p = int(match[1]), int(match[3]), int(match[4])
    return str(Scrypt(_power(cost), r, p, match[2].encode(), _base64(match[5])))


def _werkzeug_pbkdf2(match: re.Match[str]) -> str:
    return str(Pbkdf2(match[1], int(match[2]), match[3].encode(), bytes.fromhex(match[4])))


def _werkzeug_scrypt(match: re.Match[str]) -> str:
    cost, r, p = int(match[1]), int(match[2]), int(match[3])
    return str(Scrypt(_power(cost), r, p, match[4].encode(), bytes.fromhex(match[5])))


def _phc_pbkdf2(match: re.Match[str]) -> str:
    salt, derived = (_base64(match[index].replace(".", "+")) for index in (3, 4))
    return str(Pbkdf2(match[1] or "sha1", int(match[2]), salt, derived))


SPELLINGS: Final[dict[str, Callable[[re.Match[str]], str]]] = {
    # Django
    r"pbkdf2_(sha1|sha256)\$" + NUMBER + r"\$([^$]+)\$([A-Za-z0-9+/=]+)": _django_pbkdf2,
    rf"scrypt\${NUMBER}\$([^$]+)\${NUMBER}\${NUMBER}\$([A-Za-z0-9+/=]+)": _django_scrypt,
    r"argon2(\$argon2.+)": lambda match: check_argon2(match[1]),
    r"bcrypt\$(\$2.+)": lambda match: str(Bcrypt(match[1])),
    r"bcrypt_sha256\$(\$2.+)": lambda match: str(Bcrypt(match[1], prehashed=True)),
    # Werkzeug
    rf"pbkdf2:{DIGESTS}:{NUMBER}\$([^$]+)\$((?:[0-9a-f]{{2}})+)": _werkzeug_pbkdf2,
    rf"scrypt:{NUMBER}:{NUMBER}:{NUMBER}\$([^$]+)\$((?:[0-9a-f]{{2}})+)": _werkzeug_scrypt,
    # passlib
    rf"\$pbkdf2(?:-(sha256|sha512))?\${NUMBER}\${AB64}\${AB64}": _phc_pbkdf2,
    # PHC, where the length is said too
    rf"\$pbkdf2-{DIGESTS}\$i={NUMBER},l=[0-9]+\${AB64}\${AB64}": _phc_pbkdf2,
}


def _power(cost: int) -> int:
    """Of two, which the cost of scrypt must be."""
    if cost.bit_count() != 1:
        raise Unusable("the cost of scrypt is no power of two")
    return cost.bit_length() - 1


def _object(value: Any) -> dict[str, Any]:
    try:
        found = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Unusable("it is no JSON object")
    return found


def _base64(text: str) -> bytes:
    """Either alphabet, padded or not."""
    plain = text.replace("-", "+").replace("_", "/")
    try:
        return b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except ValueError:
        raise Unusable("its salt or its hash is no base 64") from None


def _unpadded(raw: bytes) -> str:
    return b64encode(raw).decode().rstrip("=")
