"""The keys of a local installation."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from backend.local.keys import KeysError, local_keys

GOOD = "0123456789abcdef" * 4


def test_the_two_keys_are_64_hexadecimal_digits_and_differ(tmp_path: Path) -> None:
    keys = local_keys(tmp_path)
    assert set(keys) == {"SIGNING_KEY", "LOOKUP_KEY"}
    assert [len(bytes.fromhex(key)) for key in keys.values()] == [32, 32]
    assert keys["SIGNING_KEY"] != keys["LOOKUP_KEY"]


def test_the_keys_are_made_once(tmp_path: Path) -> None:
    assert local_keys(tmp_path) == local_keys(tmp_path)


def test_two_installations_have_different_keys(tmp_path: Path) -> None:
    assert local_keys(tmp_path / "one") != local_keys(tmp_path / "two")


def test_only_the_owner_may_read_them(tmp_path: Path) -> None:
    instance = tmp_path / "instance"
    local_keys(instance)
    assert instance.stat().st_mode & 0o777 == 0o700
    assert (instance / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_nothing_else_is_left_in_the_folder(tmp_path: Path) -> None:
    local_keys(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["secrets.json"]


def test_twenty_processes_that_start_at_once_agree(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from backend.local.keys import local_keys;"
        "sys.stdin.read(); print(local_keys(Path(sys.argv[1])))"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "instance")]
    gate, opener = os.pipe()
    processes = [
        subprocess.Popen(command, stdin=gate, stdout=subprocess.PIPE, text=True) for _ in range(20)
    ]
    os.close(gate)
    os.close(opener)
    answers = {process.communicate(timeout=20)[0] for process in processes}
    assert answers == {f"{local_keys(tmp_path / 'instance')}\n"}


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        b"\xff\xfe",
        b"not JSON",
        b"null",
        b"[]",
        json.dumps({"SIGNING_KEY": GOOD}).encode(),
        json.dumps({"SIGNING_KEY": GOOD, "LOOKUP_KEY": GOOD[:-1]}).encode(),
        json.dumps({"SIGNING_KEY": GOOD, "LOOKUP_KEY": GOOD + "\n"}).encode(),
        json.dumps({"SIGNING_KEY": GOOD, "LOOKUP_KEY": 7}).encode(),
    ],
)
def test_a_damaged_file_is_refused_and_never_overwritten(tmp_path: Path, stored: bytes) -> None:
    path = tmp_path / "secrets.json"
    path.write_bytes(stored)
    with pytest.raises(KeysError, match="Restore the file from a backup") as refusal:
        local_keys(tmp_path)
    assert str(path) in str(refusal.value)
    assert path.read_bytes() == stored


def test_a_link_that_leads_nowhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").symlink_to(tmp_path / "unmounted")
    with pytest.raises(KeysError, match="cannot be read"):
        local_keys(tmp_path)
