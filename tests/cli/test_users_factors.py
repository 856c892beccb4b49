"""Passkeys and second factors in the files of `flask users`: what goes out, and what comes in."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backend.accounts.tokens import encoded
from tests.authenticator import Authenticator
from tests.cli.inside import done, run
from tests.factors import (
    App,
    add_passkey,
    add_totp,
    answer,
    begin_totp,
    challenged,
    make_recovery_codes,
)
from tests.invariants import assert_whole
from tests.support import Site

Records = list[dict[str, Any]]
LARGEST = 2**53 - 1
# 112 bits, which is the least.
SECRET = "MFRGGZDFMZTWQ2LKNNWG23Q"


@pytest.fixture
def other(make_site: Callable[..., Site]) -> Site:
    """An empty installation with keys of its own."""
    return make_site(SIGNING_KEY="7" * 64, LOOKUP_KEY="9" * 64)


def exported(site: Site, folder: Path) -> dict[str, Any]:
    """The record of the one user."""
    file = folder / f"{site.prefix}.jsonl"
    file.unlink(missing_ok=True)
    done(site, "users", "export", str(file), "--plain")
    [line] = file.read_text(encoding="utf-8").splitlines()
    record: dict[str, Any] = json.loads(line)
    return record


def imported(site: Site, folder: Path, records: Records) -> dict[str, Any]:
    """What the import of these says."""
    file = folder / "in.jsonl"
    file.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    said: dict[str, Any] = json.loads(run(site, "users", "import", str(file), "--json").stdout)
    return said


@pytest.fixture
def record(site: Site, tmp_path: Path) -> dict[str, Any]:
    """Of a user with a passkey, an authenticator app and recovery codes."""
    ann = site.browser()
    ann.become("ann")
    add_passkey(ann, Authenticator(), name="Phone")
    add_totp(ann)
    make_recovery_codes(ann)
    return exported(site, tmp_path)


def changed(record: dict[str, Any], member: str, **values: Any) -> dict[str, Any]:
    """The record with another value in its only passkey, its app or its codes."""
    if member == "passkeys":
        [passkey] = record[member]
        return {**record, member: [{**passkey, **values}]}
    return {**record, member: {**record[member], **values}}


WRONG: list[tuple[str, str, Any]] = [
    *(("passkeys", "id", value) for value in (None, 7, "1234")),
    *(("passkeys", "credential_id", value) for value in (None, 7, "", "AA==")),
    ("passkeys", "credential_id", encoded(bytes(1024))),
    *(("passkeys", "public_key", value) for value in (None, 7, "", "AAAA")),
    *(("passkeys", "sign_count", value) for value in (None, True, "1", 1.5, -1, LARGEST + 1)),
    *(("passkeys", "backup_eligible", value) for value in (None, 1, "true")),
    *(("passkeys", "backed_up", value) for value in (None, 1, "true")),
    ("passkeys", "transports", "usb"),
    *(("passkeys", "name", value) for value in (7, "", "x" * 81)),
    *(("passkeys", "created_at", value) for value in (None, "2026-05-31T12:00:00Z")),
    *(("passkeys", "last_used_at", value) for value in (False, -1)),
    *(("totp", "secret", value) for value in (7, SECRET[:-2], "0" * 32, "é" * 32)),
    *(("totp", "created_at", value) for value in ("now", -1)),
    *(("totp", "last_step", value) for value in (True, LARGEST + 1)),
    *(("recovery_codes", "key", value) for value in (None, 7, "", encoded(bytes(31)))),
    *(("recovery_codes", "hashes", value) for value in (None, [], [""], [7], ["AAAA"])),
    ("recovery_codes", "hashes", [encoded(bytes(32))] * 11),
    ("recovery_codes", "hashes", {encoded(bytes(32)): True}),
    ("recovery_codes", "made_at", 0.5),
]


def test_a_factor_that_is_not_as_it_is_exported_is_refused(
    site: Site, record: dict[str, Any], tmp_path: Path
) -> None:
    said = imported(site, tmp_path, [changed(record, what, **{n: v}) for what, n, v in WRONG])
    assert [(row["member"], row["reason"]) for row in said["refused"]] == [
        (what, f"{name} is missing, or not as it is exported.") for what, name, _ in WRONG
    ]


def test_the_least_and_the_most_of_a_factor_come_in_as_they_are(
    other: Site, record: dict[str, Any], tmp_path: Path
) -> None:
    hashes = record["recovery_codes"]["hashes"]
    assert len(hashes) == 10
    largest = changed(
        changed(record, "totp", secret=SECRET, created_at=LARGEST, last_step=0),
        "passkeys",
        credential_id=encoded(bytes(1023)),
        sign_count=LARGEST,
        last_used_at=0,
    )
    assert imported(other, tmp_path, [largest])["refused"] == []
    assert exported(other, tmp_path) == largest
    assert_whole(other)


def test_a_factor_needs_no_more_than_what_it_is(
    other: Site, record: dict[str, Any], tmp_path: Path
) -> None:
    needed = ("id", "credential_id", "public_key", "sign_count", "backup_eligible", "backed_up")
    [passkey] = record["passkeys"]
    least = {
        **record,
        "passkeys": [{name: passkey[name] for name in (*needed, "created_at")}],
        "totp": {"secret": record["totp"]["secret"]},
        "recovery_codes": {name: record["recovery_codes"][name] for name in ("key", "hashes")},
    }
    assert imported(other, tmp_path, [least])["refused"] == []
    assert exported(other, tmp_path) == {
        **record,
        "passkeys": [{**passkey, "transports": [], "name": None, "last_used_at": 0}],
        "totp": {"secret": record["totp"]["secret"], "created_at": 0, "last_step": 0},
        "recovery_codes": {**record["recovery_codes"], "made_at": 0},
    }


def test_a_secret_is_read_as_apps_show_it(
    other: Site, record: dict[str, Any], tmp_path: Path
) -> None:
    shown = {**record, "totp": {"secret": "mfrg gzdf mztw q2lk nnwg 23q="}}
    assert imported(other, tmp_path, [shown])["refused"] == []
    assert exported(other, tmp_path)["totp"]["secret"] == SECRET
    browser, app = other.browser(), App(other, f"{SECRET}=")
    assert answer(browser, challenged(browser), app.code()).status_code == 201


def test_an_app_that_was_never_confirmed_does_not_go_out(site: Site, tmp_path: Path) -> None:
    ann = site.browser()
    ann.become("ann")
    begin_totp(ann)
    assert exported(site, tmp_path)["totp"] is None


def test_recovery_codes_that_are_all_used_do_not_go_out(
    site: Site, other: Site, tmp_path: Path
) -> None:
    ann = site.browser()
    ann.become("ann")
    add_totp(ann)
    first, second, *_ = make_recovery_codes(ann)
    assert answer(ann, challenged(ann), first, "recovery_code").status_code == 201
    record = exported(site, tmp_path)
    last = changed(record, "recovery_codes", hashes=record["recovery_codes"]["hashes"][:1])
    assert imported(other, tmp_path, [last])["refused"] == []
    browser = other.browser()
    assert answer(browser, challenged(browser), second, "recovery_code").status_code == 201
    assert exported(other, tmp_path)["recovery_codes"] is None
