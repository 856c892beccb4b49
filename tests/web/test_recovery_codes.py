"""`POST /users/me/recovery-codes`: ten codes, shown once, each good once."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import pytest
from argon2 import Type
from argon2.low_level import hash_secret_raw

from backend.accounts import recovery_codes, verifiers
from backend.accounts.recovery_codes import OpenCodes
from backend.accounts.tokens import keyed_hash
from backend.storage import recovery_codes as storage
from tests.factors import add_totp, answer, challenged, make_recovery_codes
from tests.invariants import assert_whole
from tests.meanwhile import Asked, at, changed_before_each
from tests.support import Browser, Site, assert_problem, browser_with, session_token


@pytest.fixture
def ann(browser: Browser) -> Browser:
    """With an authenticator app."""
    browser.become()
    add_totp(browser)
    return browser


def use(site: Site, code: str) -> str:
    """Signs in by the code; `201`, or the code of the problem."""
    browser = site.browser()
    given = answer(browser, challenged(browser), code, "recovery_code")
    return str(given.json.get("code", given.status_code))


def subjects(site: Site) -> list[str]:
    return [mail["subject"] for mail in site.mails("ann@example.com")]


def test_there_are_ten_of_80_bits_in_groups_that_can_be_read(ann: Browser) -> None:
    codes = make_recovery_codes(ann)
    assert len(set(codes)) == 10
    group = "[0-9abcdefghjkmnpqrstvwxyz]{4}"
    assert all(re.fullmatch(f"{group}(-{group}){{3}}", code) for code in codes)


def test_they_are_one_more_way_to_answer_a_challenge(ann: Browser) -> None:
    make_recovery_codes(ann)
    assert ann.get("users/me").json["second_factors"] == ["totp", "recovery_code"]
    assert ann.sign_in().json["challenge"]["methods"] == ["totp", "recovery_code"]


def test_each_signs_in_once(site: Site, ann: Browser) -> None:
    codes = make_recovery_codes(ann)
    assert [use(site, code) for code in codes[:3]] == ["201"] * 3
    assert [use(site, code) for code in codes[:3]] == ["invalid_code"] * 3
    assert_whole(site)


def test_a_code_may_be_typed_as_it_is_read(site: Site, ann: Browser) -> None:
    first, second, third, *_ = make_recovery_codes(ann)
    assert use(site, first.upper().replace("-", " ")) == "201"
    assert use(site, second.replace("-", "")) == "201"
    assert use(site, third.replace("0", "O").replace("1", "l")) == "201"


def test_new_ones_replace_those_before(site: Site, ann: Browser) -> None:
    before, after = make_recovery_codes(ann), make_recovery_codes(ann)
    assert use(site, before[0]) == "invalid_code"
    assert use(site, after[0]) == "201"
    assert ann.get("users/me").json["second_factors"] == ["totp", "recovery_code"]


def test_another_users_code_is_none(site: Site, ann: Browser) -> None:
    make_recovery_codes(ann)
    bob = site.browser()
    bob.become("bob")
    add_totp(bob)
    assert use(site, make_recovery_codes(bob)[0]) == "invalid_code"


def test_what_is_used_up_is_offered_no_more(site: Site, ann: Browser) -> None:
    for code in make_recovery_codes(ann):
        assert use(site, code) == "201"
    assert ann.get("users/me").json["second_factors"] == ["totp"]
    assert site.browser().sign_in().json["challenge"]["methods"] == ["totp"]


def test_without_an_authenticator_app_there_are_none(site: Site) -> None:
    bob = site.browser()
    bob.become("bob")
    bob.prove()
    assert_problem(bob.post("users/me/recovery-codes"), 404, "totp_not_found")


def stores_codes(operation: str, asked: Asked) -> bool:
    return operation == "TransactWriteItems" and storage.PART in str(asked)


def test_for_an_app_that_goes_meanwhile_none_are_made(site: Site, ann: Browser) -> None:
    elsewhere = browser_with(site, session_token(ann))

    def remove() -> None:
        assert elsewhere.delete("users/me/totp").status_code == 204

    with site.calls.noted(at(stores_codes, remove)):
        assert_problem(ann.post("users/me/recovery-codes"), 404, "totp_not_found")
    assert ann.get("users/me").json["second_factors"] == []
    assert_whole(site)


def test_who_changes_before_each_write_is_said_to_be_unavailable(site: Site, ann: Browser) -> None:
    ann_id = ann.get("users/me").json["id"]
    with site.calls.noted(changed_before_each(stores_codes, site, ann_id)):
        assert_problem(ann.post("users/me/recovery-codes"), 503, "unavailable")
    assert ann.get("users/me").json["second_factors"] == ["totp"]


def test_codes_that_cannot_be_opened_are_wrong_and_the_log_says_why(
    site: Site, ann: Browser, log: io.StringIO
) -> None:
    [code, *_] = make_recovery_codes(ann)
    assert use(site.instance(SIGNING_KEY="6" * 64), code) == "invalid_code"
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    [line] = [line for line in lines if line["event"] == "codes not opened"]
    assert line["user"] == ann.get("users/me").json["id"]
    assert line["reason"] == "the key is not at hand"


def test_making_and_using_them_is_told(site: Site, ann: Browser) -> None:
    codes = make_recovery_codes(ann)
    assert subjects(site)[0] == "New recovery codes for your account at Latchstring"
    use(site, codes[0])
    told = next(mail for mail in site.mails() if mail["subject"].startswith("A recovery code"))
    assert "Codes that are left: 9." in told["text"]


@pytest.mark.true_cost
def test_the_hash_of_a_code_costs_as_much_as_that_of_a_password(
    ann: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[dict[str, Any]] = []

    def noting(*arguments: Any, **costs: Any) -> bytes:
        made.append(costs)
        return hash_secret_raw(*arguments, **costs)

    monkeypatch.setattr(verifiers, "hash_secret_raw", noting)
    make_recovery_codes(ann)
    assert [
        (one["type"], one["memory_cost"], one["time_cost"], one["parallelism"]) for one in made
    ] == [(Type.ID, 19 * 1024, 2, 1)] * 10


def test_codes_of_before_that_are_still_good(site: Site, ann: Browser) -> None:
    """They had 60 bits, and a keyed hash."""
    user_id, key = ann.get("users/me").json["id"], b"k" * 32
    make_recovery_codes(ann)
    hashes = [keyed_hash(key, "recovery code", code) for code in ("0123456789ab", "cdefghjkmnpq")]
    before = recovery_codes.sealed(site.context, user_id, OpenCodes(key, hashes, made_at=0))
    site.context.database.put(storage.replaced(user_id, before))
    assert use(site, "0123-4567-89ab") == "201"
    assert use(site, "0123-4567-89ab") == "invalid_code"


def test_no_code_is_anywhere_in_the_tables(site: Site, ann: Browser) -> None:
    codes = make_recovery_codes(ann)
    stored = repr(site.stored())
    assert not any(code in stored or code.replace("-", "") in stored for code in codes)
