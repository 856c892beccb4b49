"""`flask users export FILE`: everything, encrypted, and back again without a loss."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyrage
import pytest

from tests.authenticator import Authenticator
from tests.cli.inside import done, done_json, refused
from tests.factors import (
    App,
    add_passkey,
    add_totp,
    answer,
    become_by_passkey,
    challenged,
    make_recovery_codes,
    use_passkey,
)
from tests.invariants import assert_whole
from tests.support import PASSWORD, Site

OTHER_KEYS = {"SIGNING_KEY": "7" * 64, "LOOKUP_KEY": "9" * 64}
WORDS = "correct horse battery"


def records(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def moved(site: Site, other: Site, folder: Path) -> tuple[list[Any], list[Any]]:
    """What is exported of the one, and of the other once it has been imported there."""
    first, second = folder / "first.jsonl", folder / "second.jsonl"
    done(site, "users", "export", str(first), "--plain")
    done(other, "users", "import", str(first))
    done(other, "users", "export", str(second), "--plain")
    return records(first), records(second)


@pytest.fixture
def other(make_site: Callable[..., Site]) -> Site:
    """An empty installation with keys of its own."""
    return make_site(**OTHER_KEYS)


def test_all_of_everybody_is_the_same_in_another_installation(
    site: Site, other: Site, tmp_path: Path
) -> None:
    ann, bob, cat = site.browser(), site.browser(), site.browser()
    ann.become("Ann", display_name="Ann \N{PILE OF POO} é", locale="de")
    add_totp(ann)
    make_recovery_codes(ann)
    add_passkey(ann, Authenticator(), name="Phone")
    add_passkey(ann, Authenticator(alg=-8, counts=True, backup_eligible=False, backed_up=False))
    become_by_passkey(bob, Authenticator(), "bob")
    site.clock.advance(days=3)
    cat.become("cat")
    cat.change({"username": "katze"})
    done(site, "users", "grant", "ann", "admin", "editor")
    done(site, "users", "disable", "katze")
    first, second = moved(site, other, tmp_path)
    assert first == second
    assert [record["username"] for record in first] == ["Ann", "bob", "katze"]
    assert [len(record["passkeys"]) for record in first] == [2, 1, 0]
    assert assert_whole(other).admins == assert_whole(site).admins | {
        key: {**item, "version": 1} for key, item in assert_whole(site).admins.items()
    }


def test_a_record_has_everything_and_nothing_of_the_installation(
    site: Site, tmp_path: Path
) -> None:
    user = site.browser().become("ann")
    file = tmp_path / "users.jsonl"
    done(site, "users", "export", str(file), "--plain")
    [record] = records(file)
    assert record.keys() == {
        *("id", "username", "email", "email_verified_at", "password_hash", "display_name"),
        *("locale", "roles", "disabled", "created_at", "updated_at"),
        *("passkeys", "totp", "recovery_codes"),
    }
    assert record["password_hash"].startswith("$argon2id$")
    assert record["created_at"] == user["created_at"]


def test_who_has_no_password_has_none_in_the_record(site: Site, tmp_path: Path) -> None:
    become_by_passkey(site.browser(), Authenticator())
    file = tmp_path / "users.jsonl"
    done(site, "users", "export", str(file), "--plain")
    [record] = records(file)
    assert record["password_hash"] is None


def test_a_password_is_still_right_elsewhere(site: Site, other: Site, tmp_path: Path) -> None:
    site.browser().become("ann")
    moved(site, other, tmp_path)
    assert other.browser().sign_in("ann@example.com").status_code == 201
    assert other.browser().sign_in("ann", "not the password at all").status_code == 401


def test_an_authenticator_app_and_recovery_codes_are_still_right_elsewhere(
    site: Site, other: Site, tmp_path: Path
) -> None:
    ann = site.browser()
    ann.become("ann")
    app = add_totp(ann)
    used = app.code()
    codes = make_recovery_codes(ann)
    answer(ann, challenged(ann), codes[0], "recovery_code")
    moved(site, other, tmp_path)
    browser, there = other.browser(), App(other, app.secret)
    assert answer(browser, challenged(browser), codes[0], "recovery_code").status_code == 401
    assert answer(browser, challenged(browser), codes[1], "recovery_code").status_code == 201
    assert answer(browser, challenged(browser), codes[1], "recovery_code").status_code == 401
    assert answer(browser, challenged(browser), used).status_code == 401
    assert answer(browser, challenged(browser), there.next_code()).status_code == 201


def test_a_passkey_still_signs_in_elsewhere(site: Site, other: Site, tmp_path: Path) -> None:
    authenticator = Authenticator(counts=True)
    become_by_passkey(site.browser(), authenticator, "ann")
    moved(site, other, tmp_path)
    assert use_passkey(other.browser(), authenticator).status_code == 201


def test_an_export_is_encrypted_with_a_passphrase(site: Site, other: Site, tmp_path: Path) -> None:
    site.browser().become("ann")
    words, wrong = tmp_path / "words", tmp_path / "wrong"
    words.write_text(f"{WORDS}\n")
    wrong.write_text("other words altogether\n")
    file = tmp_path / "users.jsonl.age"
    done(site, "users", "export", str(file), "--passphrase-file", str(words))
    assert file.stat().st_mode & 0o777 == 0o600
    assert b"ann" not in file.read_bytes()
    assert "Give --identity or --passphrase-file" in refused(other, "users", "import", str(file))
    assert "The passphrase is not the one" in refused(
        other, "users", "import", str(file), "--passphrase-file", str(wrong)
    )
    said = done(other, "users", "import", str(file), "--passphrase-file", str(words))
    assert said.startswith("1 imported")


def test_an_export_is_encrypted_to_keys(site: Site, other: Site, tmp_path: Path) -> None:
    site.browser().become("ann")
    keys = [pyrage.x25519.Identity.generate() for _ in range(3)]
    file = tmp_path / "users.jsonl.age"
    recipients = [part for key in keys[:2] for part in ("--recipient", str(key.to_public()))]
    done(site, "users", "export", str(file), *recipients)
    for number, key in enumerate(keys):
        (tmp_path / f"{number}.txt").write_text(f"# created: today\n{key}\n")
    other_key, plain = tmp_path / "2.txt", tmp_path / "plain.txt"
    plain.write_text("no key\n")
    assert "not for the identity" in refused(
        other, "users", "import", str(file), "--identity", str(other_key)
    )
    assert "has no identity" in refused(
        other, "users", "import", str(file), "--identity", str(plain)
    )
    said = done(other, "users", "import", str(file), "--identity", str(tmp_path / "1.txt"))
    assert said.startswith("1 imported")


def test_nothing_is_written_in_the_open_unless_that_is_said(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "users.jsonl"
    said = refused(site, "users", "export", str(file))
    assert "Choose --recipient, --passphrase-file or --plain" in said
    assert list(tmp_path.glob("*users*")) == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--recipient", "age1", "--plain"], "Choose one of"),
        (["--recipient", "bob"], "A recipient is a public key"),
        (["--passphrase-file", "/no/such"], "cannot be read"),
    ],
)
def test_what_means_nothing_is_said(
    site: Site, tmp_path: Path, options: list[str], said: str
) -> None:
    assert said in refused(site, "users", "export", str(tmp_path / "users"), *options)
    assert list(tmp_path.glob("*users*")) == []


def test_a_passphrase_that_is_too_short_is_refused(site: Site, tmp_path: Path) -> None:
    for words in ("short", "", "\nlong enough but on the second line"):
        (tmp_path / "words").write_text(words)
        assert "Error: The " in refused(
            site,
            *("users", "export", str(tmp_path / "out"), "--passphrase-file"),
            str(tmp_path / "words"),
        )


def test_a_file_that_is_there_is_not_replaced(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "users.jsonl"
    file.write_text("years of work")
    assert "is there already" in refused(site, "users", "export", str(file), "--plain")
    assert file.read_text() == "years of work"
    assert "cannot be written" in refused(
        site, "users", "export", str(tmp_path / "no" / "users.jsonl"), "--plain"
    )


def test_an_export_is_in_the_log(site: Site, tmp_path: Path) -> None:
    site.browser().become("ann")
    done(site, "users", "export", str(tmp_path / "users.jsonl"), "--plain")
    newest = done_json(site, "audit", "list", "--user", "operator")[1]
    assert (newest["action"], newest["details"]) == ("user.exported", {"users": "1"})


def test_a_secret_that_cannot_be_opened_stops_the_export(
    site: Site, make_site: Callable[..., Site], tmp_path: Path
) -> None:
    browser = site.browser()
    browser.become("ann")
    add_totp(browser)
    stranger = make_site(SIGNING_KEY="8" * 64)
    stranger.rewire(database=site.context.database)
    file = tmp_path / "users.jsonl"
    said = refused(stranger, "users", "export", str(file), "--plain")
    assert "A secret of ann cannot be opened: the key is not at hand" in said
    assert not file.exists()


def test_an_export_of_nobody_is_empty(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "users.jsonl"
    done(site, "users", "export", str(file), "--plain")
    assert file.read_text() == ""
    assert done(site, "users", "import", str(file)).startswith("0 imported")


def test_the_password_is_nowhere(site: Site, tmp_path: Path) -> None:
    site.browser().become("ann")
    file = tmp_path / "users.jsonl"
    done(site, "users", "export", str(file), "--plain")
    assert PASSWORD not in file.read_text()
