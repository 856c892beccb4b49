"""Verifiers of other systems: what each writes is understood, and nothing that costs too much."""

from __future__ import annotations

import hashlib
import json
import time
from base64 import b64decode, b64encode
from typing import Any

import bcrypt
import pytest
from argon2 import PasswordHasher, Type
from werkzeug.security import generate_password_hash

from backend.accounts import foreign_hashes, hash_spellings, verifiers
from backend.accounts.foreign_hashes import Unusable
from backend.accounts.hash_spellings import Firebase
from tests.support import PASSWORD

SALT = b"a salt of theirs"


def text(raw: bytes) -> str:
    return b64encode(raw).decode()


def unpadded(raw: bytes) -> str:
    return text(raw).rstrip("=")


def bcrypt_hash(password: bytes, prefix: str = "2b", cost: int = 4) -> str:
    made = bcrypt.hashpw(password, bcrypt.gensalt(cost)).decode()
    return made.replace("$2b$", f"${prefix}$")


def pbkdf2(digest: str, rounds: int = 1000, length: int | None = None) -> bytes:
    return hashlib.pbkdf2_hmac(digest, PASSWORD.encode(), SALT, rounds, length)


def scrypt(length: int = 64) -> bytes:
    return hashlib.scrypt(PASSWORD.encode(), salt=SALT, n=1024, r=8, p=1, dklen=length)


def argon2(kind: Type = Type.ID) -> str:
    return PasswordHasher(1, 1024, 2, type=kind).hash(PASSWORD)


def keycloak(algorithm: str, rounds: int, derived: bytes, **more: Any) -> dict[str, Any]:
    data = {"hashIterations": rounds, "algorithm": algorithm, "additionalParameters": more}
    secret = {"value": text(derived), "salt": text(SALT), "additionalParameters": {}}
    return {"credentialData": json.dumps(data), "secretData": json.dumps(secret)}


def keycloak_argon2(version: str = "1.3", number: int = 19) -> dict[str, Any]:
    from argon2.low_level import hash_secret_raw  # noqa: PLC0415

    derived = hash_secret_raw(PASSWORD.encode(), SALT, 2, 1024, 1, 32, Type.ID, number)
    more = {"hashLength": ["32"], "memory": ["1024"], "type": ["id"], "version": [version]}
    return keycloak("argon2", 2, derived, **more, parallelism=["1"])


SPELLINGS = {
    "bcrypt 2a": bcrypt_hash(PASSWORD.encode(), "2a"),
    "bcrypt 2b": bcrypt_hash(PASSWORD.encode()),
    "bcrypt 2y": bcrypt_hash(PASSWORD.encode(), "2y"),
    "argon2id": argon2(),
    "argon2i": argon2(Type.I),
    "Django PBKDF2": f"pbkdf2_sha256$1000${SALT.decode()}${text(pbkdf2('sha256'))}",
    "Django PBKDF2 SHA-1": f"pbkdf2_sha1$1000${SALT.decode()}${text(pbkdf2('sha1'))}",
    "Django scrypt": f"scrypt$1024${SALT.decode()}$8$1${text(scrypt())}",
    "Django Argon2": f"argon2{argon2()}",
    "Django bcrypt": f"bcrypt${bcrypt_hash(PASSWORD.encode())}",
    "Django bcrypt over SHA-256": "bcrypt_sha256$"
    + bcrypt_hash(hashlib.sha256(PASSWORD.encode()).hexdigest().encode()),
    "Werkzeug scrypt": generate_password_hash(PASSWORD, "scrypt:1024:8:1"),
    "Werkzeug PBKDF2": generate_password_hash(PASSWORD, "pbkdf2:sha256:1000"),
    "Werkzeug PBKDF2 SHA-1": generate_password_hash(PASSWORD, "pbkdf2:sha1:1000"),
    "Werkzeug PBKDF2 SHA-512": generate_password_hash(PASSWORD, "pbkdf2:sha512:1000"),
    "passlib PBKDF2": "$pbkdf2-sha256$1000$"
    + "$".join(unpadded(part).replace("+", ".") for part in (SALT, pbkdf2("sha256"))),
    "passlib PBKDF2 SHA-1": f"$pbkdf2$1000${unpadded(SALT)}${unpadded(pbkdf2('sha1'))}",
    "PHC PBKDF2": "$pbkdf2-sha512$i=1000,l=64$" + f"{unpadded(SALT)}${unpadded(pbkdf2('sha512'))}",
    "PHC scrypt": f"$scrypt$ln=10,r=8,p=1${unpadded(SALT)}${unpadded(scrypt(32))}",
    "Keycloak as text": json.dumps(keycloak("pbkdf2-sha256", 1000, pbkdf2("sha256", length=64))),
}
KEYCLOAK = {
    "pbkdf2": keycloak("pbkdf2", 1000, pbkdf2("sha1", length=64)),
    "pbkdf2-sha256": keycloak("pbkdf2-sha256", 1000, pbkdf2("sha256", length=64)),
    "pbkdf2-sha512": keycloak("pbkdf2-sha512", 1000, pbkdf2("sha512", length=64)),
    "argon2": keycloak_argon2(),
    "argon2 1.0": keycloak_argon2("1.0", 16),
}
# The example that Firebase publishes with its scrypt.
FIREBASE = Firebase(
    signer_key=b64decode(
        "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA=="
    ),
    salt_separator=b64decode("Bw=="),
    rounds=8,
    mem_cost=14,
)
FIREBASE_SALT = "42xEC+ixf3L2lw=="
FIREBASE_HASH = (
    "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ=="
)
DIGEST = unpadded(bytes(32))
BCRYPT_TAIL = "." * 53


def assert_verifies(verifier: str, password: str = PASSWORD) -> None:
    assert verifiers.verify(verifier, password)
    assert not verifiers.verify(verifier, password + "!")
    assert not verifiers.verify(verifier, "")


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS.keys())
def test_what_another_system_wrote_is_verified(spelling: str) -> None:
    assert_verifies(hash_spellings.from_text(spelling))


@pytest.mark.parametrize("credential", KEYCLOAK.values(), ids=KEYCLOAK.keys())
def test_what_keycloak_exports_is_verified(credential: dict[str, Any]) -> None:
    assert_verifies(hash_spellings.from_keycloak(credential))
    objects = {name: json.loads(part) for name, part in credential.items()}
    assert_verifies(hash_spellings.from_keycloak(objects))


def test_what_firebase_exports_is_verified() -> None:
    verifier = FIREBASE.verifier(FIREBASE_HASH, FIREBASE_SALT)
    assert_verifies(verifier, "user1password")
    url_safe = FIREBASE_HASH.replace("+", "-").replace("/", "_").rstrip("=")
    assert FIREBASE.verifier(url_safe, FIREBASE_SALT) == verifier


def test_the_key_of_a_firebase_project_is_not_kept() -> None:
    verifier = FIREBASE.verifier(FIREBASE_HASH, FIREBASE_SALT)
    assert unpadded(FIREBASE.signer_key)[:20] not in verifier


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS.keys())
def test_our_own_form_is_understood_again(spelling: str) -> None:
    verifier = hash_spellings.from_text(spelling)
    assert hash_spellings.from_text(verifier) == verifier


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS.keys())
def test_all_are_outdated(spelling: str) -> None:
    assert verifiers.outdated(hash_spellings.from_text(spelling))


def test_bcrypt_sees_72_bytes_and_no_more() -> None:
    long = "p" * 72
    verifier = hash_spellings.from_text(bcrypt_hash(long.encode()))
    assert verifiers.verify(verifier, long)
    assert verifiers.verify(verifier, long + "and what bcrypt never saw")
    assert not verifiers.verify(verifier, long[:-1])


@pytest.mark.parametrize(
    ("spelling", "reason"),
    [
        *(
            (wrong, "form is not known")
            for wrong in ("", "plain text", "5f4dcc3b5aa765d61d8327deb")
        ),
        *((wrong, "form is not known") for wrong in ("md5$salt$aa", "$1$salt$aa", "$6$salt$aa")),
        *((wrong, "no whole bcrypt") for wrong in ("$2b$12$x", f"$2x$10${BCRYPT_TAIL}")),
        ("$argon2d$v=19$m=1024,t=1,p=1$c2FsdHNhbHQ$" + DIGEST, "only id and i"),
        ("$argon2id$v=19$m=1024", "no whole Argon2"),
        ("pbkdf2_sha256$0$salt$" + DIGEST, "form is not known"),
        ("pbkdf2_md5$1000$salt$" + DIGEST, "form is not known"),
        (f"pbkdf2_sha256$1000$salt${unpadded(bytes(15))}", "too short"),
        (f"pbkdf2_sha256$1000$salt${unpadded(bytes(129))}", "too long"),
        ("scrypt$1000$salt$8$1$" + DIGEST, "no power of two"),
        ("scrypt$1$salt$8$1$" + DIGEST, "cost of scrypt is 1"),
        ("scrypt$1024$salt$8$1$AAAA", "too short"),
        ("$firebase-scrypt$ln=14,r=8$c2FsdA$AAAA", "too short"),
        (f"$scrypt$ln=10,r=8,p=1$${DIGEST}", "too short"),
        (f"$scrypt$ln=10,r=8,p=1$c2FsdA${unpadded(bytes(15))}", "too short"),
        (f"$scrypt$ln=10,r=8,p=1${unpadded(bytes(257))}${DIGEST}", "too long"),
        (f"$scrypt$ln=10,r=8,p=1$A${DIGEST}", "no base 64"),
        (f"pbkdf2_sha256$1000$salt${DIGEST}=A", "no base 64"),
        ("{}", "no credential of Keycloak"),
        ('{"credentialData": "[]", "secretData": "{}"}', "no JSON object"),
        ("{", "no JSON object"),
    ],
)
def test_what_cannot_be_verified_is_refused(spelling: str, reason: str) -> None:
    with pytest.raises(Unusable, match=reason):
        hash_spellings.from_text(spelling)


@pytest.mark.parametrize(
    "spelling",
    [
        *(f"$2b$15${BCRYPT_TAIL}", f"$2b$31${BCRYPT_TAIL}", f"$2b$99${BCRYPT_TAIL}"),
        *(f"pbkdf2_sha256$6000001$salt${DIGEST}", f"pbkdf2_sha256$999999999$salt${DIGEST}"),
        f"pbkdf2_sha1$1600000$salt${unpadded(bytes(64))}",
        f"$pbkdf2-sha512$i=3000001,l=64$c2FsdA${unpadded(bytes(64))}",
        *(f"scrypt$262144$salt$8$1${DIGEST}", f"scrypt$16384$salt$8$3${DIGEST}"),
        *(f"$scrypt$ln=63,r=8,p=1$c2FsdA${DIGEST}", f"scrypt:16384:999999999:1$salt${'00' * 32}"),
        *(
            f"$firebase-scrypt$ln=40,r=8$c2FsdA${DIGEST}",
            f"$scrypt$ln=999999999,r=1,p=1$c2${DIGEST}",
        ),
        f"$argon2id$v=19$m=131073,t=1,p=1$c2FsdHNhbHQ${DIGEST}",
        f"$argon2id$v=19$m=1024,t=11,p=1$c2FsdHNhbHQ${DIGEST}",
        f"$argon2id$v=19$m=1024,t=1,p=9$c2FsdHNhbHQ${DIGEST}",
    ],
)
def test_what_costs_too_much_is_refused_and_never_worked_on(spelling: str) -> None:
    with pytest.raises(Unusable, match="at most"):
        hash_spellings.from_text(spelling)
    if not spelling.startswith("$argon2"):
        began = time.process_time()
        assert not foreign_hashes.verify(spelling, PASSWORD)
        assert time.process_time() - began < 0.1


@pytest.mark.parametrize(
    "spelling",
    [
        *(f"$2b$14${BCRYPT_TAIL}", f"pbkdf2_sha256$6000000$salt${DIGEST}"),
        f"$pbkdf2-sha512$i=3000000,l=64$c2FsdA${unpadded(bytes(64))}",
        *(f"scrypt$131072$salt$8$1${DIGEST}", f"scrypt:32768:8:1$salt${'00' * 64}"),
        f"$argon2id$v=19$m=102400,t=2,p=8$c2FsdHNhbHQ${DIGEST}",
        f"$argon2id$v=19$m=131072,t=10,p=8$c2FsdHNhbHQ${DIGEST}",
        f"$scrypt$ln=10,r=8,p=2${unpadded(bytes(256))}${unpadded(bytes(128))}",
        f"$scrypt$ln=10,r=8,p=1${unpadded(bytes(1))}${unpadded(bytes(16))}",
        json.dumps(keycloak("pbkdf2", 1300000, bytes(64))),
        json.dumps(keycloak("pbkdf2-sha512", 210000, bytes(64))),
    ],
)
def test_what_others_use_today_is_not_too_much(spelling: str) -> None:
    assert hash_spellings.from_text(spelling)


@pytest.mark.parametrize(
    ("part", "member", "value"),
    [
        *(("credentialData", "algorithm", value) for value in (None, [], "md5")),
        *(("credentialData", "hashIterations", value) for value in (None, "many", float("inf"))),
        *(("credentialData", "additionalParameters", value) for value in (None, [], {})),
        *(("secretData", name, value) for name in ("value", "salt") for value in (None, 7, [])),
    ],
)
def test_a_credential_that_is_none_of_keycloaks_is_refused(
    part: str, member: str, value: Any
) -> None:
    credential = {name: json.loads(text) for name, text in keycloak_argon2().items()}
    credential[part][member] = value
    with pytest.raises(Unusable, match="no credential of Keycloak"):
        hash_spellings.from_keycloak(credential)


@pytest.mark.parametrize("salt", ["c2Fs dHNhbHQ=", "A"])
def test_a_salt_that_is_no_base_64_is_refused(salt: str) -> None:
    with pytest.raises(Unusable, match="no base 64"):
        FIREBASE.verifier(FIREBASE_HASH, salt)


def test_a_hash_of_another_firebase_project_is_refused() -> None:
    with pytest.raises(Unusable, match="no hash of this project"):
        FIREBASE.verifier("AAAA", FIREBASE_SALT)
