"""`flask users import FILE`: users of other systems come in, and what is wrong is said."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import bcrypt
import pytest
from werkzeug.security import generate_password_hash

from backend.storage import users
from backend.storage.tables import ACCOUNTS
from tests.accounts.test_foreign_hashes import FIREBASE_HASH, FIREBASE_SALT, KEYCLOAK, SPELLINGS
from tests.authenticator import Authenticator
from tests.cli.inside import done, done_json, refused, run
from tests.factors import add_passkey
from tests.invariants import assert_whole
from tests.meanwhile import at
from tests.support import KEYS, PASSWORD, Browser, Site

HASH = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
ID = "5f0c1f0e-8a52-4f6e-9f55-3f2b7d1f6a11"
FIREBASE_OPTIONS = (
    "--firebase-signer-key",
    "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==",
    *("--firebase-salt-separator", "Bw==", "--firebase-rounds", "8", "--firebase-mem-cost", "14"),
)

Write = Callable[..., str]


@pytest.fixture
def jsonl(tmp_path: Path) -> Write:
    """Writes rows, each an object or a line as it is, and returns the file's name."""

    def write(*rows: Any) -> str:
        lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
        file = tmp_path / "users.jsonl"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return str(file)

    return write


def row(name: str = "ann", /, **members: Any) -> dict[str, Any]:
    return {"username": name, "email": f"{name}@example.com", "password_hash": HASH, **members}


def reasons(site: Site, file: str, *options: str) -> list[tuple[int, str, str]]:
    """Line, member and reason of each row that was refused."""
    result = run(site, "users", "import", file, "--json", *options)
    said = json.loads(result.stdout)
    assert result.exit_code == (1 if said["refused"] else 0)
    return [(one["line"], one["member"], one["reason"]) for one in said["refused"]]


def test_a_user_comes_in_with_all_that_is_said(site: Site, jsonl: Write) -> None:
    members = {
        "id": ID,
        "display_name": "Ann A",
        "locale": "pt-br",
        "roles": ["editor", "admin"],
        "disabled": True,
        "created_at": "2020-05-31T12:00:00+02:00",
        "updated_at": 1700000000,
        "email_verified": True,
        "email_verified_at": "2020-06-01",
    }
    assert done(site, "users", "import", jsonl(row(**members))) == (
        "1 imported, 0 already in, 0 refused\n"
    )
    assert done_json(site, "users", "show", "ann") == {
        "id": ID,
        "username": "ann",
        "email": "ann@example.com",
        "display_name": "Ann A",
        "locale": "pt-BR",
        "roles": ["admin", "editor"],
        "created_at": "2020-05-31T10:00:00Z",
        "updated_at": "2023-11-14T22:13:20Z",
        "email_verified_at": "2020-06-01T00:00:00Z",
        "has_password": True,
        "second_factors": [],
        "disabled": True,
        "passkeys": 0,
        "sessions": 0,
    }
    assert_whole(site)


def test_little_has_to_be_said(site: Site, jsonl: Write) -> None:
    done(site, "users", "import", jsonl({"username": "ann", "email": "ann@example.com"}))
    user = done_json(site, "users", "show", "ann")
    assert not user["has_password"]
    assert user["created_at"] == user["updated_at"] == user["email_verified_at"]
    assert site.browser().forget("ann@example.com").status_code == 202
    assert site.browser().reset(site.token("ann@example.com")).status_code == 204


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("1700000000", "2023-11-14T22:13:20Z"),
        ("2020-06-01", "2020-06-01T00:00:00Z"),
        ("2020-06-01T12:00:00", "2020-06-01T12:00:00Z"),
        ("253402300799", "9999-12-31T23:59:59Z"),
    ],
)
def test_a_time_is_the_same_wherever_it_comes_in(
    given: str, shown: str, site: Site, jsonl: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as there:
        there.setenv("TZ", "EST5")
        time.tzset()
        done(site, "users", "import", jsonl(row(created_at=given)))
    time.tzset()
    assert done_json(site, "users", "show", "ann")["created_at"] == shown


def test_a_time_of_zero_is_none(site: Site, jsonl: Write) -> None:
    site.clock.now = 1_800_000_000
    done(site, "users", "import", jsonl(row(created_at=0)))
    assert done_json(site, "users", "show", "ann")["created_at"] == "2027-01-15T08:00:00Z"


@pytest.mark.parametrize("hash_of_nothing", ["", "!", "!GdDnkIYPjVbR2RzpJsNUZ5Zc"])
def test_a_password_that_nobody_has_is_none(hash_of_nothing: str, site: Site, jsonl: Write) -> None:
    """Django marks it by a `!`; other systems leave the hash empty."""
    done(site, "users", "import", jsonl(row(password_hash=hash_of_nothing)))
    assert done_json(site, "users", "show", "ann")["has_password"] is False


def test_csv_comes_in(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "users.CSV"
    with file.open("w", encoding="utf-8-sig", newline="") as lines:
        written = csv.writer(lines)
        written.writerow(
            ["email", "username", "password_hash", "display_name", "roles", "disabled"]
        )
        written.writerow(["ann@example.com", "ann", HASH, 'Ann "A", née B', "b, a", "TRUE"])
        written.writerow(["bob@example.com", "bob", "", "", "", ""])
    assert done(site, "users", "import", str(file)).startswith("2 imported")
    ann, bob = (done_json(site, "users", "show", name) for name in ("ann", "bob"))
    assert (ann["display_name"], ann["roles"]) == ('Ann "A", née B', ["a", "b"])
    assert (ann["disabled"], bob["disabled"], bob["has_password"]) == (True, False, False)


@pytest.mark.true_cost
@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS.keys())
def test_the_password_of_another_system_signs_in_and_gets_a_hash_of_ours(
    site: Site, jsonl: Write, spelling: str
) -> None:
    done(site, "users", "import", jsonl(row(password_hash=spelling)))
    for _ in range(2):
        assert site.browser().sign_in("ann", "not the password at all").status_code == 401
        assert site.browser().sign_in("ann", PASSWORD).status_code == 201
        user = users.find_by_sentinel(site.context.database, users.name_sentinel("ann"))
        assert user
        assert user.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.parametrize("credential", KEYCLOAK.values(), ids=KEYCLOAK.keys())
def test_the_credential_that_keycloak_exports_signs_in(
    site: Site, jsonl: Write, credential: dict[str, Any]
) -> None:
    done(site, "users", "import", jsonl(row(password_hash=credential)))
    assert site.browser().sign_in("ann", PASSWORD).status_code == 201


def test_the_hash_that_firebase_exports_signs_in(site: Site, jsonl: Write) -> None:
    members = {"password_hash": FIREBASE_HASH, "password_salt": FIREBASE_SALT}
    done(site, "users", "import", jsonl(row(**members)), *FIREBASE_OPTIONS)
    assert site.browser().sign_in("ann", "user1passwore").status_code == 401
    assert site.browser().sign_in("ann", "user1password").status_code == 201
    assert site.browser().sign_in("ann", "user1password").status_code == 201


def test_a_hash_of_another_project_of_firebase_is_refused(site: Site, jsonl: Write) -> None:
    file = jsonl(row(password_hash="YQ==", password_salt=FIREBASE_SALT))
    assert reasons(site, file, *FIREBASE_OPTIONS) == [
        (
            *(1, "password_hash"),
            "The hash cannot be used: it is as long as no hash of this project.",
        )
    ]


def test_no_mail_is_sent_and_each_is_in_the_log_once(site: Site, jsonl: Write) -> None:
    for _ in range(2):
        done(site, "users", "import", jsonl(row("ann"), row("bob")))
    assert site.mails() == []
    events = done_json(site, "audit", "list")
    assert sorted(event["action"] for event in events if event["subject"] != "operator") == [
        "user.imported",
        "user.imported",
    ]
    assert done(site, "audit", "verify") == "whole: 3 chains\n"


BROKEN: list[tuple[Any, str, str]] = [
    ("not JSON", "", "not one JSON object"),
    ('{"username": "x", "username": "y"}', "", "each member once"),
    ("[]", "", "not one JSON object"),
    ({"email": "a@example.com"}, "username", "This is needed"),
    ({"username": "bob", "email": ""}, "email", "This is needed"),
    (row("b"), "username", "Use 3 to 32 letters"),
    (row("admin"), "username", "kept for the site"),
    (row("bob", email="bob"), "email", "Enter an address"),
    (row("bob", email=7), "email", "not of the right form"),
    (row("bob", name="Bob"), "name", "no such member"),
    (row("bob", locale="german"), "locale", "Use a language tag"),
    (row("bob", display_name="a\u202eb"), "display_name", "Use 1 to 80 characters"),
    (row("bob", roles=["Admin"]), "roles", "Use up to 16"),
    (row("bob", disabled="no"), "disabled", "true or false"),
    (row("bob", id="1234"), "id", "Use a UUID"),
    (row("bob", created_at="yesterday"), "created_at", "2026-05-31T12:00:00Z"),
    (row("bob", created_at=True), "created_at", "2026-05-31T12:00:00Z"),
    (row("bob", created_at=1486324170000), "created_at", "seconds since 1970"),
    (row("bob", created_at=-1), "created_at", "seconds since 1970"),
    (row("bob", created_at=1.5), "created_at", "seconds since 1970"),
    (json.dumps(row("bob", created_at=7)).replace("7}", "1e999}"), "created_at", "since 1970"),
    (row("bob", email_verified=False), "email_verified", "let its owner register"),
    (row("bob", password_hash="5f4dcc3b5aa765d61d8327deb882cf99"), "password_hash", "not known"),
    (row("bob", password_hash=HASH.replace("$04$", "$20$")), "password_hash", "14 at most"),
    (row("bob", password_hash={}), "password_hash", "no credential of Keycloak"),
    (row("bob", password_hash=7), "password_hash", "not of the right form"),
    (row("bob", password_salt="YQ=="), "password_salt", "parameters of the Firebase"),
    (row("bob", totp={"secret": "AAAA"}), "totp", "secret is missing"),
    (row("bob", totp={"seed": "AAAA"}), "totp", "Allowed are secret"),
    (row("bob", recovery_codes={"key": "", "hashes": []}), "recovery_codes", "give totp too"),
    (row("bob", id=ID, passkeys=[{}]), "passkeys", "id is missing"),
    (row("bob", id=ID, passkeys=["{}"]), "passkeys", "Allowed are id"),
    (row("bob", passkeys={}), "passkeys", "not of the right form"),
    (row("bob", id=ID, passkeys=[{}] * 11), "passkeys", "at most 10"),
]


def test_broken_rows_are_listed_and_all_others_go_in(site: Site, jsonl: Write) -> None:
    rows = [one for broken, _, _ in BROKEN for one in (broken, None)]
    good = [row(f"good{number}") for number in range(len(BROKEN))]
    file = jsonl(*(one or good.pop() for one in rows))
    found = reasons(site, file)
    assert [line for line, _, _ in found] == list(range(1, 2 * len(BROKEN), 2))
    for (_, member, reason), (_, wanted, part) in zip(found, BROKEN, strict=True):
        assert member == wanted
        assert part in reason
    assert len(assert_whole(site).users) == len(BROKEN)


def test_what_is_refused_is_said_for_people(site: Site, jsonl: Write) -> None:
    result = run(site, "users", "import", jsonl(row("b"), row("bob"), "", "no JSON"))
    assert result.exit_code == 1
    assert result.stdout == "1 imported, 0 already in, 2 refused\n"
    first, second = result.stderr.splitlines()
    assert first.startswith("line 1: username: Use 3 to 32 letters")
    assert second.startswith("line 4: The line is not one JSON object")


def test_what_is_no_utf_8_spoils_its_own_row_alone(site: Site, tmp_path: Path) -> None:
    lines = tmp_path / "users.jsonl"
    good = json.dumps(row("bob")).encode()
    lines.write_bytes(json.dumps(row()).encode().replace(b"ann@", b"\xff@") + b"\n" + good)
    assert [line for line, _, _ in reasons(site, str(lines))] == [1]
    cells = tmp_path / "users.csv"
    cells.write_bytes(b"username,email\n\xff,a@example.com\r\ncat,cat@example.com\n")
    assert reasons(site, str(cells)) == [(2, "", "It is not in UTF-8.")]
    assert len(assert_whole(site).users) == 2


def test_a_row_of_csv_is_told_by_the_line_where_it_begins(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "users.csv"
    file.write_text('username,email\n\n"a\nb",a@example.com\nbob\ncat,cat@example.com\n"dan,x\n')
    found = reasons(site, str(file))
    assert [line for line, _, _ in found] == [3, 5, 7]
    assert found[1][2] == "It has 1 cells in place of 2."
    assert found[2][2].startswith("From here on the file cannot be read")
    assert [user["username"] for user in done_json(site, "users", "list")] == ["cat"]


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("username,password_hash", "names no column email"),
        ("", "names no column username and email"),
        ("username,email,name", "names name. Allowed are id, username"),
        ("username,email,passkeys", "names passkeys."),
        ("username,email,email", "names a column twice"),
    ],
)
def test_a_header_that_means_nothing_is_said(
    site: Site, tmp_path: Path, head: str, said: str
) -> None:
    file = tmp_path / "users.csv"
    file.write_text(f"{head}\n")
    assert said in refused(site, "users", "import", str(file))


@pytest.mark.parametrize(
    ("first", "second", "member"),
    [
        (row("ann"), row("Ann", email="b@example.com"), "username"),
        (row("ann"), row("bob", email="ANN@example.com"), "email"),
        (row("ann", id=ID), row("bob", id=ID), "id"),
        (row("ann"), row("ann"), "username"),
    ],
)
def test_of_two_rows_that_are_the_same_the_first_goes_in(
    site: Site, jsonl: Write, first: Any, second: Any, member: str
) -> None:
    for options in (["--dry-run"], []):
        found = reasons(site, jsonl(first, second), *options)
        assert found == [(2, member, "It is the same as in line 1.")]
    assert len(assert_whole(site).users) == 1


def test_what_others_have_is_not_taken_from_them(
    site: Site, browser: Browser, jsonl: Write
) -> None:
    browser.become("ann")
    site.clock.advance(minutes=60)
    site.browser().register("held")
    for options in (["--dry-run"], []):
        found = reasons(
            site,
            jsonl(
                row("Ann", email="other@example.com"),
                row("other", email="Ann@example.com"),
                row("held"),
            ),
            *options,
        )
        assert [member for _, member, _ in found] == ["username", "email", "username"]
    assert browser.sign_in("ann").status_code == 201
    assert len(assert_whole(site).users) == 1


def test_who_is_in_already_is_so_while_a_key_is_replaced(site: Site, jsonl: Write) -> None:
    file = jsonl(row("ann"))
    done(site, "users", "import", file)
    renewed = site.instance(LOOKUP_KEY=f"{'2' * 64}, {KEYS['LOOKUP_KEY']}", AUDIT_KEY="3" * 64)
    assert reasons(renewed, file) == []
    assert len(assert_whole(site).users) == 1


def test_what_is_wrong_with_a_factor_is_said_in_a_sentence(site: Site, jsonl: Write) -> None:
    file = jsonl(row("bob", id=ID, passkeys=[{}] * 11))
    assert reasons(site, file) == [(1, "passkeys", "Give a list of at most 10.")]


def test_a_name_and_an_address_of_two_users_are_neither(site: Site, jsonl: Write) -> None:
    for name in ("ann", "bob"):
        site.browser().become(name)
    found = reasons(site, jsonl(row("ann", email="bob@example.com")))
    assert [member for _, member, _ in found] == ["username"]


@pytest.mark.parametrize(
    ("taken", "member"),
    [(("ann", "else@example.com"), "username"), (("else", "ann@example.com"), "email")],
)
def test_nor_is_what_they_take_meanwhile(
    taken: tuple[str, str], member: str, site: Site, jsonl: Write
) -> None:
    def take() -> None:
        site.browser().become(taken[0], email=taken[1])

    def admits(operation: str, _asked: dict[str, Any]) -> bool:
        return operation == "TransactWriteItems"

    with site.calls.noted(at(admits, take)):
        found = reasons(site, jsonl(row("ann", email="ann@example.com")))
    assert [member for _, member, _ in found] == [member]
    assert len(assert_whole(site).users) == 1


def test_a_mailbox_that_was_left_a_moment_ago_is_kept_for_its_owner(
    site: Site, browser: Browser, jsonl: Write
) -> None:
    browser.become("ann")
    browser.move("new@example.com")
    assert [
        member for _, member, _ in reasons(site, jsonl(row("bob", email="ann@example.com")))
    ] == ["email"]
    site.clock.advance(days=4)
    assert reasons(site, jsonl(row("bob", email="ann@example.com"))) == []
    assert_whole(site)


def test_a_second_run_takes_up_where_the_first_was_cut_off(site: Site, jsonl: Write) -> None:
    rows = [row("ann", id=ID), row("bob"), row("b"), row("cat")]
    reasons(site, jsonl(*rows[:3]))
    result = run(site, "users", "import", jsonl(*rows))
    assert result.exit_code == 1
    assert result.stdout == "1 imported, 2 already in, 1 refused\n"
    assert len(assert_whole(site).users) == 3


def test_who_is_in_already_is_left_as_they_are(site: Site, jsonl: Write) -> None:
    ann = site.browser()
    done(site, "users", "import", jsonl(row("ann", id=ID), row("bob")))
    ann.sign_in("ann")
    ann.change({"username": "anna", "display_name": "Anna"})
    said = done(site, "users", "import", jsonl(row("ann", id=ID), row("bob", display_name="Bob")))
    assert said == "0 imported, 2 already in, 0 refused\n"
    assert done_json(site, "users", "show", ID)["username"] == "anna"
    assert done_json(site, "users", "show", "bob")["display_name"] is None


def test_who_moved_to_another_address_meanwhile_is_in_already(
    site: Site, browser: Browser, jsonl: Write
) -> None:
    browser.become("ann")
    browser.move("new@example.com")
    assert done(site, "users", "import", jsonl(row("ann"))).startswith("0 imported, 1 already in")
    assert done_json(site, "users", "show", "ann")["email"] == "new@example.com"


def test_an_import_that_was_cut_off_before_the_log_is_logged_by_the_next(
    site: Site, jsonl: Write
) -> None:
    file = jsonl(row("ann", id=ID))
    done(site, "users", "import", file)
    for part in ("0000000001", "head"):
        key = {"pk": {"S": f"A#{ID}"}, "sk": {"S": part}}
        site.client.delete_item(TableName=f"{site.prefix}audit", Key=key)
    assert run(site, "audit", "verify").exit_code == 1
    done(site, "users", "import", file)
    done(site, "users", "import", file)
    assert done(site, "audit", "verify").startswith("whole")
    assert len(done_json(site, "audit", "list", "--user", ID)) == 2


def test_a_dry_run_writes_nothing(site: Site, jsonl: Write) -> None:
    before = site.stored()
    result = run(site, "users", "import", jsonl(row("ann"), row("b")), "--dry-run")
    assert result.exit_code == 1
    assert result.stdout == "1 would be imported, 0 already in, 1 refused\n"
    assert site.stored() == before


def test_many_come_in(site: Site, jsonl: Write) -> None:
    said = done(site, "users", "import", jsonl(*(row(f"user{n:04}") for n in range(600))))
    assert said.startswith("600 imported")
    assert len(assert_whole(site).users) == 600


def test_many_admins_come_in_at_once(site: Site, jsonl: Write) -> None:
    done(site, "users", "import", jsonl(*(row(f"user{n:02}", roles=["admin"]) for n in range(20))))
    [admins] = assert_whole(site).admins.values()
    assert len(admins["user_ids"]) == 20


def test_a_passkey_is_of_one_user(site: Site, browser: Browser, jsonl: Write) -> None:
    user = browser.become("ann")
    add_passkey(browser, Authenticator())
    file = jsonl()
    done(site, "users", "export", f"{file}.out.jsonl", "--plain")
    [line] = Path(f"{file}.out.jsonl").read_text().splitlines()
    stolen = {**json.loads(line), "id": ID, "username": "bob", "email": "bob@example.com"}
    for options in (["--dry-run"], []):
        assert [member for _, member, _ in reasons(site, jsonl(stolen), *options)] == ["passkeys"]
    nameless = {name: value for name, value in stolen.items() if name != "id"}
    assert reasons(site, jsonl(nameless)) == [
        (1, "id", "Passkeys name their user by id: give it too.")
    ]
    stolen["passkeys"][0]["public_key"] = "AAAA"
    assert "public_key" in reasons(site, jsonl(stolen))[0][2]
    assert list(assert_whole(site).users) == [user["id"]]


def test_a_passkey_that_somebody_adds_meanwhile_is_theirs(
    site: Site, browser: Browser, jsonl: Write
) -> None:
    browser.become("ann")
    add_passkey(browser, Authenticator())
    file = jsonl()
    done(site, "users", "export", f"{file}.out.jsonl", "--plain")
    stolen = {**json.loads(Path(f"{file}.out.jsonl").read_text()), "id": ID}
    stolen |= {"username": "bob", "email": "bob@example.com"}
    [sentinel] = [item for item in site.stored() if item["pk"]["S"].startswith("C#")]
    table = site.prefix + ACCOUNTS.name
    site.client.delete_item(TableName=table, Key={"pk": sentinel["pk"], "sk": sentinel["sk"]})
    add = partial(site.client.put_item, TableName=table, Item=sentinel)
    with site.calls.noted(at(lambda operation, _: operation == "TransactWriteItems", add)):
        assert [member for _, member, _ in reasons(site, jsonl(stolen))] == ["passkeys"]
    assert_whole(site)


def test_a_username_that_somebody_registers_with_meanwhile_is_theirs(
    site: Site, jsonl: Write
) -> None:
    newcomer = site.instance().browser()
    register = partial(newcomer.register, "ann")
    with site.calls.noted(at(lambda operation, _: operation == "TransactWriteItems", register)):
        assert [member for _, member, _ in reasons(site, jsonl(row()))] == ["username"]
    assert_whole(site)


def test_a_file_that_cannot_be_read_is_said(site: Site, tmp_path: Path) -> None:
    assert "cannot be read: No such file" in refused(site, "users", "import", "/no/such.csv")
    assert "cannot be read: Is a directory" in refused(
        site, "users", "import", str(tmp_path), "--format", "csv"
    )
    (tmp_path / "users.txt").write_text("")
    assert "ends in none of .csv, .jsonl" in refused(
        site, "users", "import", str(tmp_path / "users.txt")
    )
    assert done(
        site, "users", "import", str(tmp_path / "users.txt"), "--format", "jsonl"
    ).startswith("0 imported")


def test_a_key_of_firebase_that_is_none_is_said(site: Site, jsonl: Write) -> None:
    said = refused(site, "users", "import", jsonl(row()), "--firebase-signer-key", "no base 64")
    assert "as the console of Firebase shows them" in said


def test_hashes_of_werkzeug_as_it_makes_them_today_sign_in(site: Site, jsonl: Write) -> None:
    made = [generate_password_hash(PASSWORD), generate_password_hash(PASSWORD, "pbkdf2")]
    file = jsonl(*(row(f"user{n}", password_hash=one) for n, one in enumerate(made)))
    assert done(site, "users", "import", file).startswith("2 imported")
    assert [site.browser().sign_in(f"user{n}").status_code for n in range(2)] == [201, 201]
