"""Files encrypted with age (age-encryption.org/v1), to keys or with a passphrase.

Its library is for the operator's machine: it is not installed in the function.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from backend.cli import files

if TYPE_CHECKING:
    from pyrage.x25519 import Identity

ENCRYPTED: Final = b"age-encryption.org/v1\n"
ARMOURED: Final = b"-----BEGIN AGE ENCRYPTED FILE-----"


def is_encrypted(content: bytes) -> bool:
    return content.startswith((ENCRYPTED, ARMOURED))


def encrypted_to(content: bytes, recipients: Iterable[str]) -> bytes:
    import pyrage  # noqa: PLC0415

    try:
        known = [pyrage.x25519.Recipient.from_str(one) for one in recipients]
    except pyrage.RecipientError:
        raise click.ClickException("A recipient is a public key such as age1ql3z….") from None
    return bytes(pyrage.encrypt(content, known))


def encrypted_by(content: bytes, passphrase: str) -> bytes:
    import pyrage  # noqa: PLC0415

    return bytes(pyrage.passphrase.encrypt(content, passphrase))


def decrypted_for(content: bytes, identity_file: Path) -> bytes:
    import pyrage  # noqa: PLC0415

    try:
        return bytes(pyrage.decrypt(content, _identities(identity_file)))
    except pyrage.DecryptError:
        raise click.ClickException(
            f"The file is not for the identity in {identity_file}, or is damaged."
        ) from None


def decrypted_by(content: bytes, passphrase: str) -> bytes:
    import pyrage  # noqa: PLC0415

    try:
        return bytes(pyrage.passphrase.decrypt(content, passphrase))
    except pyrage.DecryptError:
        raise click.ClickException(
            "The passphrase is not the one, or the file is for an identity or damaged."
        ) from None


def _identities(file: Path) -> list[Identity]:
    import pyrage  # noqa: PLC0415

    lines = files.read(file).decode(errors="replace").split()
    found = [line for line in lines if line.startswith("AGE-SECRET-KEY-1")]
    try:
        known = [pyrage.x25519.Identity.from_str(line) for line in found]
    except pyrage.IdentityError:
        known = []
    if not known:
        raise click.ClickException(f"{file} has no identity, a line AGE-SECRET-KEY-1….")
    return known
