"""`flask keys …`: the keys of tokens are listed and rotated."""

from __future__ import annotations

from tests.cli.inside import done, done_json, refused
from tests.support import Browser, Site
from tests.web.published import key_of, published_keys


def states(site: Site) -> list[str]:
    return [key["state"] for key in done_json(site, "keys", "list")]


def test_before_the_first_token_there_is_no_key(site: Site) -> None:
    assert done_json(site, "keys", "list") == []
    assert done(site, "keys", "list").split() == ["KEY", "MADE", "SIGNS", "FROM", "STATE"]


def test_the_keys_are_listed_with_what_each_does(site: Site, browser: Browser) -> None:
    [first] = published_keys(browser)
    done(site, "keys", "rotate")
    newest, before = done_json(site, "keys", "list")
    assert (newest["state"], before["state"]) == ("next", "signs")
    assert before["id"] == first["kid"]
    assert newest["signs_from"] > newest["made_at"] == before["made_at"]
    site.clock.advance(minutes=31)
    assert states(site) == ["signs", "before"]
    assert newest["id"] in done(site, "keys", "list")


def test_a_rotation_says_which_key_signs_from_when(site: Site, browser: Browser) -> None:
    browser.become()
    browser.post("tokens")
    said = done(site, "keys", "rotate")
    newest = done_json(site, "keys", "list")[0]
    assert said == f"{newest['id']} is published, and signs from {newest['signs_from']} on.\n"
    site.clock.advance(minutes=31)
    assert key_of(browser.post("tokens").json["token"]) == newest["id"]


def test_a_rotation_within_the_life_of_a_token_is_refused_with_a_time(
    site: Site, browser: Browser
) -> None:
    published_keys(browser)
    done(site, "keys", "rotate")
    before = done_json(site, "keys", "list")
    sentence = refused(site, "keys", "rotate")
    assert "Rotate again after " in sentence
    assert "--at-once" in sentence
    assert done_json(site, "keys", "list") == before


def test_a_key_that_has_leaked_is_replaced_at_once(site: Site, browser: Browser) -> None:
    browser.become()
    leaked = key_of(browser.post("tokens").json["token"])
    done(site, "keys", "rotate")
    done(site, "keys", "rotate", "--at-once")
    assert states(site) == ["signs"]
    # What this instance remembers is a minute old at most.
    site.clock.advance(minutes=1)
    assert leaked not in [key["kid"] for key in published_keys(browser)]


def test_a_rotation_is_told_by_the_audit_log(site: Site) -> None:
    done(site, "keys", "rotate")
    [event] = done_json(site, "audit", "list", "--user", "operator")[-1:]
    [key] = done_json(site, "keys", "list")
    assert (event["action"], event["details"]) == ("keys.rotated", {"key": key["id"]})
    assert done(site, "audit", "verify").startswith("whole: ")
