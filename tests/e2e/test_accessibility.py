"""For whoever sees little, listens, zooms far in, or has asked for calm and contrast."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.axe import violations
from tests.e2e.network import hold
from tests.e2e.steps import ACCOUNT, button, fill_registration, register, see, somebody, verify
from tests.e2e.views import VIEWS
from tests.installation import Installation

ANIMATIONS = "() => document.getAnimations().length"


@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_nothing_in_the_light_or_in_the_dark(
    page: Page, installation: Installation, view: str
) -> None:
    VIEWS[view](page, installation)
    assert violations(page) == []


@pytest.mark.parametrize("view", VIEWS)
def test_nothing_has_to_be_scrolled_sideways_on_a_phone_or_at_400_percent(
    new_page: Callable[..., Page], installation: Installation, view: str
) -> None:
    page = new_page(viewport={"width": 320, "height": 256})
    VIEWS[view](page, installation)
    for height in (256, 640):
        page.set_viewport_size({"width": 320, "height": height})
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 320, height


@pytest.mark.parametrize(
    "wish",
    [{"reduced_motion": "reduce"}, {"forced_colors": "active"}],
    ids=lambda wish: next(iter(wish)),
)
def test_registering_works_for_whoever_wishes_for(
    new_page: Callable[..., Page], installation: Installation, wish: dict[str, str]
) -> None:
    page = new_page(**wish)
    verify(page, installation.code(register(page).email))
    see(page, ACCOUNT)


@pytest.mark.parametrize(("motion", "moves"), [("reduce", False), ("no-preference", True)])
def test_waiting_moves_only_for_whoever_has_not_asked_for_calm(
    new_page: Callable[..., Page], motion: str, moves: bool
) -> None:
    page = new_page(reduced_motion=motion)
    fill_registration(page, somebody())
    release = hold(page, "POST", "users")
    button(page, "Register").click()
    expect(button(page, "Register")).to_be_disabled()
    assert (page.evaluate(ANIMATIONS) > 0) is moves
    release()
