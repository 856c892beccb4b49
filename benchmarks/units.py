"""What each flow costs in DynamoDB's units, counted over HTTP: `docs/units.md`.

`python -m benchmarks.units` prints the table, and `--renew` writes it into the page.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from werkzeug.test import TestResponse

from backend.accounts import audit
from backend.accounts.context import Caller
from backend.accounts.sessions import MAX_SESSIONS
from backend.storage.database import Database
from benchmarks.capacity import Meter, Units
from benchmarks.engines import engine
from benchmarks.report import Note, Part, Table, Target, section, table
from tests.authenticator import Authenticator
from tests.factors import (
    add_passkey,
    add_totp,
    answer,
    asserted,
    become_by_passkey,
    challenged,
    use_passkey,
)
from tests.support import PASSWORD, Browser, Site

PAGE: Final = Path(__file__).parents[1] / "docs" / "units.md"
COLUMNS: Final = ("flow", "write units", "read units", "round trips", "dollars a million")
ROW: Final = re.compile(r"^\| (?P<flow>[^|]+?) \| (?P<figures>\d[^\n]*) \|$", re.MULTILINE)
WRONG: Final = "not the password at all"
RENEW: Final = "python -m benchmarks.units --renew"

# What is done, after all that it needs has been.
Act = Callable[[], TestResponse]
Flow = Callable[[Site], tuple[Act, int]]


def register(site: Site) -> tuple[Act, int]:
    return site.browser().register, 202


def register_with_key(site: Site) -> tuple[Act, int]:
    return lambda: _with_key(site.browser()), 202


def register_again(site: Site) -> tuple[Act, int]:
    browser = site.browser()
    _with_key(browser)
    return lambda: _with_key(browser), 202


def register_taken(site: Site) -> tuple[Act, int]:
    site.browser().become()
    return lambda: site.browser().register(email="other@example.com"), 409


def register_breached(site: Site) -> tuple[Act, int]:
    site.rewire(breached=lambda _password: True)
    return site.browser().register, 422


def resend(site: Site) -> tuple[Act, int]:
    browser = site.browser()
    begun = browser.register()
    site.clock.advance(minutes=2)
    return lambda: browser.resend(begun), 202


def verify(site: Site) -> tuple[Act, int]:
    browser = site.browser()
    begun = browser.register()
    return lambda: browser.verify(begun, site.code("ann@example.com")), 201


def verify_wrong(site: Site) -> tuple[Act, int]:
    browser = site.browser()
    begun = browser.register()
    wrong = f"{(int(site.code('ann@example.com')) + 1) % 10**6:06}"
    return lambda: browser.verify(begun, wrong), 422


def sign_in(site: Site) -> tuple[Act, int]:
    browser = site.browser()
    browser.become()
    return browser.sign_in, 201


def sign_in_after_much(site: Site) -> tuple[Act, int]:
    """From when on an account may have too many sessions: they are counted."""
    browser = site.browser()
    user_id, caller = browser.become()["id"], Caller("", "", "", "request")
    for _ in range(MAX_SESSIONS):
        audit.record(site.context, caller, "user.updated", user_id)
    return browser.sign_in, 201


def sign_in_new_device(site: Site) -> tuple[Act, int]:
    site.browser().become()
    return site.browser().sign_in, 201


def sign_in_wrong(site: Site) -> tuple[Act, int]:
    site.browser().become()
    return lambda: site.browser().sign_in(password=WRONG), 401


def sign_in_unknown(site: Site) -> tuple[Act, int]:
    return site.browser().sign_in, 401


def sign_in_by_passkey(site: Site) -> tuple[Act, int]:
    browser, phone = site.browser(), Authenticator()
    become_by_passkey(browser, phone)
    return lambda: use_passkey(browser, phone), 201


def sign_in_challenged(site: Site) -> tuple[Act, int]:
    browser = site.browser()
    browser.become()
    add_totp(browser)
    return browser.sign_in, 202


def answer_challenge(site: Site) -> tuple[Act, int]:
    browser = site.browser()
    browser.become()
    app = add_totp(browser)
    challenge = challenged(browser)
    code = app.next_code()
    return lambda: answer(browser, challenge, code), 201


def me(site: Site) -> tuple[Act, int]:
    browser = site.browser()
    browser.become()
    return lambda: browser.get("users/me"), 200


def me_later(site: Site) -> tuple[Act, int]:
    browser = site.browser()
    browser.become()
    site.clock.advance(minutes=6)
    return lambda: browser.get("users/me"), 200


def no_session(site: Site) -> tuple[Act, int]:
    return lambda: site.browser().get("users/me"), 401


def list_sessions(site: Site) -> tuple[Act, int]:
    browser = site.browser()
    browser.become()
    return lambda: browser.get("sessions"), 200


def sign_out(site: Site) -> tuple[Act, int]:
    browser = site.browser()
    browser.become()
    return lambda: browser.delete("sessions/current"), 204


def step_up(site: Site) -> tuple[Act, int]:
    browser = site.browser()
    browser.become()
    return browser.prove, 204


def display_name(site: Site) -> tuple[Act, int]:
    browser = site.browser()
    browser.become()
    etag = browser.get("users/me").headers["ETag"]
    return lambda: browser.change({"display_name": "Ann"}, etag), 200


def username(site: Site) -> tuple[Act, int]:
    browser = site.browser()
    browser.become()
    etag = browser.get("users/me").headers["ETag"]
    return lambda: browser.change({"username": "anne"}, etag), 200


def password(site: Site) -> tuple[Act, int]:
    browser = site.browser()
    browser.become()
    return browser.change_password, 204


def forget(site: Site) -> tuple[Act, int]:
    site.browser().become()
    return site.browser().forget, 202


def reset(site: Site) -> tuple[Act, int]:
    site.browser().become()
    site.browser().forget()
    token = site.token("ann@example.com")
    return lambda: site.browser().reset(token), 204


def email(site: Site) -> tuple[Act, int]:
    browser = site.browser()
    browser.become()
    browser.prove()
    return lambda: browser.post("users/me/email-changes", {"email": "new@example.com"}), 202


def prove_email(site: Site) -> tuple[Act, int]:
    browser = site.browser()
    browser.become()
    browser.readdress_account("new@example.com")
    return lambda: browser.prove_address(site.code("new@example.com")), 200


def passkey(site: Site) -> tuple[Act, int]:
    browser = site.browser()
    browser.become()
    add_passkey(browser, Authenticator())
    return lambda: browser.get("passkeys"), 200


def step_up_by_passkey(site: Site) -> tuple[Act, int]:
    browser, phone = site.browser(), Authenticator()
    become_by_passkey(browser, phone)
    said = asserted(browser, phone)
    return lambda: browser.post("sessions/current/step-up", {"passkey": said}), 204


def admin_list(site: Site) -> tuple[Act, int]:
    """One user for each letter, so that the page goes over as many initials as it may."""
    for letter in "abcdefghijklmnopqrstuvwxyz":
        site.browser().become(f"{letter}user")
    admin = site.browser()
    site.make_admin(admin.become("admin1")["id"])
    admin.sign_in("admin1")
    admin.prove()
    return lambda: admin.get("admin/users?limit=25"), 200


def delete(site: Site) -> tuple[Act, int]:
    browser = site.browser()
    browser.become()
    browser.prove()
    return lambda: browser.delete("users/me"), 204


def _with_key(browser: Browser) -> TestResponse:
    body = {"username": "ann", "email": "ann@example.com", "password": PASSWORD}
    return browser.post("users", body, headers={"Idempotency-Key": "12345678"})


FLOWS: Final[dict[str, Flow]] = {
    "register": register,
    "register, with Idempotency-Key": register_with_key,
    "register, the same again": register_again,
    "register, username taken": register_taken,
    "register, breached password": register_breached,
    "resend the code": resend,
    "verify": verify,
    "verify, wrong code": verify_wrong,
    "sign in, known device": sign_in,
    "sign in, known device, after 100 events": sign_in_after_much,
    "sign in, new device": sign_in_new_device,
    "sign in, wrong password": sign_in_wrong,
    "sign in, nobody's name": sign_in_unknown,
    "sign in by passkey": sign_in_by_passkey,
    "sign in, to a challenge": sign_in_challenged,
    "answer the challenge by TOTP": answer_challenge,
    "`me`": me,
    "`me`, once in five minutes": me_later,
    "`me`, without a session": no_session,
    "list sessions": list_sessions,
    "list passkeys": passkey,
    "sign out": sign_out,
    "step up by password": step_up,
    "step up by passkey": step_up_by_passkey,
    "change the display name": display_name,
    "change the username": username,
    "change the password": password,
    "ask for a reset": forget,
    "reset the password": reset,
    "begin a change of address": email,
    "prove the new address": prove_email,
    "delete the account": delete,
    "a page of 25 users, for an admin": admin_list,
}


def counted(flow: Flow, engine_url: str) -> Units:
    """What the flow costs in an installation of its own, at noon. Raises where it is refused."""
    with tempfile.TemporaryDirectory() as folder:
        site = Site(engine_url, Path(folder))
        site.clock.now += 12 * 3600 - site.clock.now % 86400
        meter = Meter(site.calls)
        site.rewire(database=Database(meter, site.prefix))
        act, status = flow(site)
        answers: list[TestResponse] = []
        units = meter.count(lambda: answers.append(act()))
        if answers[0].status_code != status:
            raise ValueError(answers[0].get_data(as_text=True))
        return units


def row(name: str, units: Units) -> tuple[str, ...]:
    """As the table has it."""
    figures = str(units.writes), f"{units.reads:g}", str(units.calls), f"{units.dollars:g}"
    return name, *figures


def documented(text: str) -> dict[str, tuple[str, ...]]:
    """The rows of the page by flow."""
    found = (match.groupdict() for match in ROW.finditer(text))
    return {one["flow"]: (one["flow"], *one["figures"].split(" | ")) for one in found}


def measure(note: Note) -> Part:
    with engine() as started:
        found = {}
        for name, flow in FLOWS.items():
            note(name)
            found[name] = counted(flow, started.url)
    return Part(
        title="DynamoDB units",
        method=(
            "Each flow over HTTP in an installation of its own; every call that leaves "
            "`backend/storage` is counted by DynamoDB's rules for items, indexes and transactions "
            "(`benchmarks/capacity.py`). `docs/units.md` has the same table, and a test holds "
            "the code to it."
        ),
        tables=[_table(found)],
        targets=_targets(found),
        doubts=[
            "Counted, not billed: no AWS account was asked.",
            "What throttling and conflicts make DynamoDB repeat costs more.",
        ],
        figures={name: [units.writes, units.reads, units.calls] for name, units in found.items()},
    )


def _targets(found: dict[str, Units]) -> list[Target]:
    writes = {"register": 7, "verify": 6, "sign in, known device": 4}
    reads = {"sign in, known device": 2, "`me`": 2}
    return [
        *(
            Target(f"units: {name}", most, found[name].writes, "WRU", WRITE_REMARKS.get(name, ""))
            for name, most in writes.items()
        ),
        *(
            Target(f"units: {name}", most, found[name].reads, "RRU", READ_REMARKS.get(name, ""))
            for name, most in reads.items()
        ),
    ]


WRITE_REMARKS: Final = {
    "verify": "6 are the transaction of the user and two sentinels, which nothing may split; "
    "the try and the session are one each, the event with its index two "
    "(docs/decisions/0031-units.md)"
}
READ_REMARKS: Final = {
    "sign in, known device": "the user before and after the session is written, strongly, and "
    "half a unit for the newest event (docs/decisions/0031-units.md)"
}


def _table(found: dict[str, Units]) -> Table:
    rows = tuple(row(name, units) for name, units in found.items())
    return Table("What a flow costs", COLUMNS, rows)


def _renew(part: Part) -> None:
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(f"**{part.tables[0].title}**")
    after = rest.rpartition(" |\n")[2]
    PAGE.write_text(f"{before}{table(part.tables[0])}\n{after}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.units")
    parser.add_argument("--renew", action="store_true", help=f"write the table into {PAGE.name}")
    renew = parser.parse_args().renew
    part = measure(lambda _text: None)
    print(section(part))
    if renew:
        _renew(part)


if __name__ == "__main__":
    main()
