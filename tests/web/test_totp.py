"""`/users/me/totp`: an authenticator app, pending until it is confirmed by a code."""

from __future__ import annotations

import re
from base64 import b32decode
from functools import partial
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree

import pytest

from tests.factors import add_totp, begin_totp, challenged, make_recovery_codes
from tests.invariants import assert_whole
from tests.meanwhile import Asked, at
from tests.support import Browser, Site, assert_problem, codes


@pytest.fixture
def ann(browser: Browser) -> Browser:
    browser.become()
    return browser


def factors(browser: Browser) -> list[str]:
    found: list[str] = browser.get("users/me").json["second_factors"]
    return found


def subjects(site: Site) -> list[str]:
    return [mail["subject"] for mail in site.mails("ann@example.com")]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "users/me/totp"),
        ("POST", "users/me/totp/confirm"),
        ("DELETE", "users/me/totp"),
        ("POST", "users/me/recovery-codes"),
    ],
)
def test_every_change_needs_a_recent_proof(ann: Browser, method: str, path: str) -> None:
    assert_problem(ann.call(method, path), 403, "step_up_required")


def test_the_secret_has_160_bits_and_is_another_each_time(ann: Browser) -> None:
    secrets = {begin_totp(ann).secret for _ in range(3)}
    assert {len(b32decode(secret)) for secret in secrets} == {20}
    assert len(secrets) == 3


def test_the_uri_names_site_user_and_secret(ann: Browser) -> None:
    ann.prove()
    begun = ann.post("users/me/totp").json
    uri = urlsplit(begun["uri"])
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert unquote(uri.path) == "/Latchstring:ann"
    assert parse_qs(uri.query) == {"secret": [begun["secret"]], "issuer": ["Latchstring"]}


def test_the_picture_is_an_svg_of_any_size(ann: Browser) -> None:
    ann.prove()
    picture = ann.post("users/me/totp").json["qr"]
    root = ElementTree.fromstring(picture)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "viewBox" in root.attrib
    assert picture.startswith("<svg")
    assert picture.endswith("</svg>")


def test_the_picture_is_dark_on_light_with_a_quiet_zone(ann: Browser) -> None:
    """ISO/IEC 18004 asks for 4 modules of it; without a ground of its own a dark theme has none."""
    ann.prove()
    root = ElementTree.fromstring(ann.post("users/me/totp").json["qr"])
    ground, modules = root.iter("{http://www.w3.org/2000/svg}path")
    assert (ground.attrib["fill"], modules.attrib["stroke"]) == ("#fff", "#000")
    assert modules.attrib["d"].startswith("M4 4.5")


def test_nothing_in_the_picture_is_what_a_strict_policy_refuses(ann: Browser) -> None:
    ann.prove()
    picture = ann.post("users/me/totp").json["qr"]
    assert not re.search(r"<script|<style|style=|class=|\bon\w+=|href|url\(", picture)


def test_it_counts_for_nothing_until_it_is_confirmed(site: Site, ann: Browser) -> None:
    begin_totp(ann)
    assert factors(ann) == []
    assert site.browser().sign_in().status_code == 201
    assert subjects(site)[0].startswith("A new device")


def test_it_is_confirmed_by_a_code(site: Site, ann: Browser) -> None:
    add_totp(ann)
    assert factors(ann) == ["totp"]
    assert site.browser().sign_in().status_code == 202
    assert subjects(site)[0] == "An authenticator app was added to your account at Latchstring"
    assert_whole(site)


def test_other_sessions_end_so_that_each_has_shown_the_app(site: Site, ann: Browser) -> None:
    """Whoever has the password and a session of before could take the app away again."""
    before = site.browser()
    before.sign_in()
    add_totp(ann)
    assert_problem(before.get("users/me"), 401, "not_authenticated")
    assert ann.get("users/me").status_code == 200
    [session] = ann.get("sessions").json["items"]
    assert session["current"]


def test_a_session_that_was_ended_meanwhile_confirms_nothing(site: Site, ann: Browser) -> None:
    code, other = begin_totp(ann).code(), site.instance().browser()
    other.sign_in()

    def end_it(operation: str, asked: dict[str, Any]) -> None:
        if "confirmed" in str(asked) and not ended:
            ended.append(other.delete("sessions").status_code)

    ended: list[int] = []
    with site.calls.noted(end_it):
        confirmed = ann.post("users/me/totp/confirm", {"code": code})
    assert ended == [204]
    assert_problem(confirmed, 401, "not_authenticated")
    assert factors(other) == []


def test_a_wrong_code_confirms_nothing(ann: Browser) -> None:
    app = begin_totp(ann)
    confirm = "users/me/totp/confirm"
    assert_problem(ann.post(confirm, {"code": app.wrong_code()}), 401, "invalid_code")
    assert factors(ann) == []
    assert ann.post(confirm, {"code": app.code()}).status_code == 204


def test_a_code_may_be_typed_with_spaces(ann: Browser) -> None:
    code = begin_totp(ann).code()
    spaced = f" {code[:3]} {code[3:]} "
    assert ann.post("users/me/totp/confirm", {"code": spaced}).status_code == 204


@pytest.mark.parametrize(("steps", "status"), [(-2, 401), (-1, 204), (0, 204), (1, 204), (2, 401)])
def test_a_clock_may_be_a_step_off(ann: Browser, steps: int, status: int) -> None:
    code = begin_totp(ann).code(steps=steps)
    assert ann.post("users/me/totp/confirm", {"code": code}).status_code == status


def test_beginning_again_replaces_what_is_not_confirmed(ann: Browser) -> None:
    first, second = begin_totp(ann), begin_totp(ann)
    confirm = "users/me/totp/confirm"
    assert_problem(ann.post(confirm, {"code": first.code()}), 401, "invalid_code")
    assert ann.post(confirm, {"code": second.code()}).status_code == 204


def test_who_changes_while_it_is_begun_has_begun_it_all_the_same(site: Site, ann: Browser) -> None:
    user_id = ann.get("users/me").json["id"]

    def begins(operation: str, _asked: Asked) -> bool:
        return operation == "TransactWriteItems"

    ann.prove()
    change = partial(site.change_user, user_id, display_name="Ann")
    with site.calls.noted(at(begins, change)):
        app = begin_totp(ann)
    assert ann.post("users/me/totp/confirm", {"code": app.code()}).status_code == 204


def test_there_is_one_at_most(ann: Browser) -> None:
    app = add_totp(ann)
    assert_problem(ann.post("users/me/totp"), 409, "totp_exists")
    again = ann.post("users/me/totp/confirm", {"code": app.next_code()})
    assert_problem(again, 409, "totp_exists")


def test_what_was_not_begun_is_not_confirmed(ann: Browser) -> None:
    ann.prove()
    confirm = ann.post("users/me/totp/confirm", {"code": "123456"})
    assert_problem(confirm, 404, "totp_not_found")


def test_a_confirmation_needs_a_code(ann: Browser) -> None:
    begin_totp(ann)
    assert codes(ann.post("users/me/totp/confirm", {})) == [("/code", "required")]


def test_it_is_removed_with_the_recovery_codes(site: Site, ann: Browser) -> None:
    add_totp(ann)
    make_recovery_codes(ann)
    assert ann.delete("users/me/totp").status_code == 204
    assert factors(ann) == []
    assert site.browser().sign_in().status_code == 201
    assert any(
        subject.startswith("The authenticator app was removed") for subject in subjects(site)
    )
    assert assert_whole(site).parts == {}


def test_what_is_pending_is_removed_without_a_word(site: Site, ann: Browser) -> None:
    begin_totp(ann)
    assert ann.delete("users/me/totp").status_code == 204
    assert len(subjects(site)) == 1
    assert_problem(ann.delete("users/me/totp"), 404, "totp_not_found")


def test_the_secret_is_nowhere_in_the_tables(site: Site, ann: Browser) -> None:
    secret = add_totp(ann).secret
    stored = repr(site.stored()).encode()
    assert secret.encode() not in stored
    assert repr(b32decode(secret))[2:-1].encode() not in stored


def test_a_secret_beside_another_user_opens_nothing(site: Site, ann: Browser) -> None:
    ann_app, bob = add_totp(ann), site.browser()
    bob_id = bob.become("bob")["id"]
    add_totp(bob)
    table = f"{site.prefix}accounts"
    [mine] = [i for i in site.stored() if i["sk"]["S"] == "totp" and bob_id not in i["pk"]["S"]]
    mine["pk"] = {"S": f"U#{bob_id}"}
    site.client.put_item(TableName=table, Item=mine)
    somebody = site.browser()
    challenge = challenged(somebody, "bob")
    body = {"method": "totp", "code": ann_app.next_code()}
    refused = somebody.post(f"sessions/challenges/{challenge}", body)
    assert_problem(refused, 401, "invalid_code")
