"""The keys of a local installation: made once, kept in the instance folder, never replaced."""

import json
import os
import re
import secrets
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

NAMES = ("SIGNING_KEY", "LOOKUP_KEY")


class KeysError(Exception):
    """The stored keys cannot be used; the text says what to do."""


def local_keys(instance_path: Path) -> dict[str, str]:
    """SIGNING_KEY and LOOKUP_KEY, 64 hexadecimal digits each."""
    path = instance_path / "secrets.json"
    if not path.exists():
        _make(path)
    try:
        stored = json.loads(path.read_text())
        keys = {name: stored[name] for name in NAMES}
        if not all(re.fullmatch("[0-9a-f]{64}", key) for key in keys.values()):
            raise ValueError("Each key must be 64 hexadecimal digits.")
    except (OSError, LookupError, TypeError, ValueError) as damage:
        raise KeysError(
            f"The keys in {path} are damaged or cannot be read. Restore the file from a backup: "
            "without its LOOKUP_KEY no account can be found by its address. "
            f"To start afresh, move the whole folder {path.parent} away."
        ) from damage
    return keys


def _make(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with NamedTemporaryFile("w", dir=path.parent, prefix="secrets-") as file:  # readable by us only
        json.dump({name: secrets.token_hex(32) for name in NAMES}, file)
        file.flush()
        os.fsync(file.fileno())
        # A link is whole and never replaces anything: of two that start at once, one set wins.
        with suppress(FileExistsError):
            os.link(file.name, path)
