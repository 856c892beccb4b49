"""Many who ask for a token before there is a key, and operators who rotate at once."""

from __future__ import annotations

from backend.accounts import token_keys
from backend.accounts.context import Caller
from backend.accounts.token_keys import TooSoon
from backend.storage.token_keys import Overtaken
from tests.invariants import assert_whole
from tests.races.crowd import at_once
from tests.support import Site, browser_with, session_token
from tests.web.published import key_of, published_keys

CROWD = 50
OPERATOR = Caller("", "", "", "")


def test_of_many_first_tokens_all_have_one_key(site: Site) -> None:
    browser = site.browser()
    browser.become()
    # An instance each, so that none knows what another has read.
    windows = [browser_with(site.instance(), session_token(browser)) for _ in range(CROWD)]
    answers = at_once([lambda window=window: window.post("tokens") for window in windows])
    assert {answer.status_code for answer in answers} == {201}
    signed_by = {key_of(answer.json["token"]) for answer in answers}
    assert [key["kid"] for key in published_keys(browser)] == list(signed_by)
    assert_whole(site)


def test_of_many_rotations_one_is_carried_out(site: Site) -> None:
    browser = site.browser()
    [before] = published_keys(browser)

    def rotate() -> str | None:
        try:
            return token_keys.rotate(site.context, OPERATOR).id
        except (TooSoon, Overtaken):
            return None

    [new] = [made for made in at_once([rotate] * CROWD) if made]
    site.clock.advance(minutes=1)
    assert [key["kid"] for key in published_keys(browser)] == [new, before["kid"]]
    assert_whole(site)
