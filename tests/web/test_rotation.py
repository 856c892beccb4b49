"""Secrets are replaced one after the other, and nothing that anybody has begun is lost by it.

A rotation has four stages: the old secret alone, the new one accepted as well, the new one making
with the old one accepted, the new one alone. Instances of two stages that follow on one another
serve side by side for a while, so what is begun at one is finished at the other, either way.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Final

import pytest

from tests.cli.inside import done, done_json, run
from tests.factors import add_totp, make_recovery_codes
from tests.support import KEYS, Site, assert_problem
from tests.tally import Tried
from tests.web.beginnings import (
    BEGINNINGS,
    LASTING,
    Begin,
    mailbox_that_has_an_account,
    person,
    sign_in_by_address,
)

NEW: Final = "6" * 64
SIGNING, LOOKUP = KEYS["SIGNING_KEY"], KEYS["LOOKUP_KEY"]
# While LOOKUP_KEY is replaced, AUDIT_KEY keeps what the chains are sealed with.
STAGES: Final[dict[str, list[dict[str, str]]]] = {
    "SIGNING_KEY": [
        {"SIGNING_KEY": keys} for keys in (SIGNING, f"{SIGNING}, {NEW}", f"{NEW}, {SIGNING}", NEW)
    ],
    "LOOKUP_KEY": [
        {"LOOKUP_KEY": keys, "AUDIT_KEY": LOOKUP}
        for keys in (LOOKUP, f"{LOOKUP}, {NEW}", f"{NEW}, {LOOKUP}", NEW)
    ],
}
# Which stages serve side by side.
NEIGHBOURS: Final = ((0, 1), (1, 0), (1, 2), (2, 1))


@pytest.fixture(params=STAGES)
def secret(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def stages(secret: str, site: Site) -> list[Site]:
    """Instances of one installation, one for each stage of replacing the secret."""
    return [site.instance(**environ) for environ in STAGES[secret]]


def under(site: Site, secret: str) -> list[int]:
    """How much stands under each value of the secret."""
    shown = done_json(site, "keys", "secrets")
    return [one["count"] for one in shown if one["secret"] == secret]


@pytest.mark.torture
@pytest.mark.parametrize("begin", BEGINNINGS, ids=lambda begin: begin.__name__)
@pytest.mark.parametrize(("before", "after"), NEIGHBOURS)
def test_what_is_begun_at_one_stage_is_finished_at_the_next(
    begin: Begin, before: int, after: int, stages: list[Site], tried: Tried
) -> None:
    begin(stages[before])(stages[after])
    tried("state")


@pytest.mark.parametrize("begin", [sign_in_by_address, mailbox_that_has_an_account])
def test_a_mailbox_is_found_before_it_is_brought_over(begin: Begin, site: Site) -> None:
    _, between, after, _ = (site.instance(**environ) for environ in STAGES["LOOKUP_KEY"])
    begin(between)(after)


def test_nothing_that_is_begun_at_any_stage_is_lost_by_the_renewal(
    stages: list[Site], tried: Tried
) -> None:
    begun = [begin(stage) for begin in BEGINNINGS for stage in (stages[1], stages[2])]
    done(stages[2], "keys", "renew")
    for finish in begun:
        finish(stages[2])
    tried("state", len(begun))


def test_what_lives_long_goes_on_when_the_old_key_is_gone(stages: list[Site]) -> None:
    begun = [begin(stages[0]) for begin in LASTING]
    done(stages[2], "keys", "renew")
    for finish in begun:
        finish(stages[3])
    assert done(stages[3], "audit", "verify").startswith("whole: ")


def test_a_command_shows_what_stands_under_which_key(secret: str, stages: list[Site]) -> None:
    browser, _ = person(stages[0])
    add_totp(browser)
    make_recovery_codes(browser)
    browser.post("tokens", {})
    [all_of_it] = under(stages[0], secret)
    # The key of tokens, that of the app and that of the codes; the mailbox.
    assert all_of_it == {"SIGNING_KEY": 3, "LOOKUP_KEY": 1}[secret]
    assert under(stages[2], secret) == [0, all_of_it]
    done(stages[2], "keys", "renew")
    assert under(stages[2], secret) == [all_of_it, 0]
    assert under(stages[3], secret) == [all_of_it]


def test_a_renewal_that_cannot_open_a_secret_says_whose(site: Site) -> None:
    browser, _ = person(site)
    add_totp(browser)
    user_id = browser.get("users/me").json["id"]
    lost = run(site.instance(SIGNING_KEY=NEW), "keys", "renew")
    assert lost.exit_code == 1
    assert f"totp of {user_id}: the key is not at hand" in lost.stdout
    for key in (site.instance(SIGNING_KEY=NEW), site.instance(LOOKUP_KEY=NEW)):
        assert "not at hand" in done(key, "keys", "secrets")


def test_a_mailbox_has_one_account_also_while_its_key_is_replaced(site: Site) -> None:
    """Two instances of neighbouring stages make accounts for it at the same time."""
    before, after = (site.instance(**STAGES["LOOKUP_KEY"][stage]) for stage in (1, 2))
    begun = [
        (stage.browser(), stage.browser().register(name, email="one@example.com"))
        for stage, name in ((before, "ann"), (after, "bob"))
    ]
    codes = [mail["subject"][:6] for mail in reversed(site.mails("one@example.com"))]
    with ThreadPoolExecutor(2) as crowd:
        made = crowd.map(lambda one, code: one[0].verify(one[1], code).status_code, begun, codes)
    assert sorted(made) == [201, 409]


def test_an_undo_link_ends_where_the_kept_mailbox_was_taken_under_a_new_key(site: Site) -> None:
    """It can be where the old key was dropped at once."""
    browser, name = person(site)
    link = browser.move(f"{name}@example.net")
    after = site.instance(**STAGES["LOOKUP_KEY"][3])
    after.browser().become("other", email=f"{name}@example.com")
    done(site.instance(**STAGES["LOOKUP_KEY"][2]), "keys", "renew")
    assert_problem(after.browser().undo(link), 410, "token_invalid")


def test_the_origins_secret_is_replaced_while_both_come(site: Site, tried: Tried) -> None:
    old, new = ({"X-Origin-Secret": secret} for secret in ("old", "new"))
    edge = {"CloudFront-Viewer-Address": "192.0.2.1:50123"}
    between, after = (
        site.instance(ORIGIN_SECRET=secrets).browser() for secrets in ("old, new", "new")
    )
    for headers in (old, new):
        assert between.get("health", headers=headers | edge).status_code == 200
    assert after.get("health", headers=new | edge).status_code == 200
    for wrong in (old, {"X-Origin-Secret": "old, new"}, {"X-Origin-Secret": ""}):
        refused = after.get("health", headers=wrong | edge)
        assert_problem(refused, 403, "direct_call_refused")
        tried("attack")
