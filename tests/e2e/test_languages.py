"""The page in the language of its reader, from either side."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from backend.languages import LANGUAGES
from tests.catalogues import TRANSLATED
from tests.e2e.axe import violations
from tests.e2e.steps import (
    REGISTER,
    button,
    field,
    fill_sign_in,
    join,
    notice,
    see,
    somebody,
)
from tests.e2e.views import SITE
from tests.installation import Installation, running
from tests.support import PASSWORD

HEADINGS = {
    "en": "Register",
    "de": "Registrieren",
    "es": "Registrarse",
    "fr": "S’inscrire",  # noqa: RUF001 - as it is written
    "ar": "التسجيل",
}


def html(page: Page, name: str) -> str:
    return str(page.evaluate(f"document.documentElement.{name}"))


@pytest.mark.parametrize("tag", HEADINGS)
def test_the_page_is_in_the_language_that_the_browser_asks_for(
    new_page: Callable[..., Page], tag: str
) -> None:
    page = new_page(locale=tag)
    page.goto("/")
    see(page, HEADINGS[tag])
    assert (html(page, "lang"), html(page, "dir")) == (tag, LANGUAGES[tag].direction)


def test_a_choice_in_the_footer_is_kept(new_page: Callable[..., Page]) -> None:
    page = new_page(locale="fr")
    page.goto("/#sign-in")
    button(page, "Deutsch").click()
    see(page, "Anmelden")
    expect(button(page, "Deutsch")).to_have_attribute("aria-current", "true")
    page.goto("/#register")
    page.reload()
    see(page, HEADINGS["de"])


def test_over_tls_the_choice_is_held_to_this_host(
    visit: Callable[..., Page], installation: Installation
) -> None:
    secure = "https://accounts.example.com"
    page = visit(secure)

    def pass_on(route: Route) -> None:
        asked = route.request.url.replace(secure, installation.url)
        route.fulfill(response=route.fetch(url=asked))

    page.context.route(f"{secure}/**", pass_on)
    page.goto("/#sign-in")
    button(page, "Deutsch").click()
    page.wait_for_load_state()
    [cookie] = page.context.cookies()
    assert (cookie["name"], cookie["value"]) == ("__Host-language", "de")
    assert (cookie["secure"], cookie["path"], cookie["sameSite"]) == (True, "/", "Lax")


def test_whoever_registers_is_written_to_in_the_language_of_the_page(
    new_page: Callable[..., Page], installation: Installation
) -> None:
    person, page = somebody(), new_page(locale="de")
    page.goto("/#register")
    field(page, "Benutzername").fill(person.username)
    field(page, "E-Mail-Adresse").fill(person.email)
    field(page, "Passwort").fill(PASSWORD)
    button(page, "Registrieren").click()
    see(page, "Bestätigen Sie Ihre E-Mail-Adresse")
    assert "ist Ihr Code" in installation.mails(person.email)[0]["subject"]
    field(page, "Code").fill(installation.code(person.email))
    button(page, "Bestätigen").click()
    see(page, "Ihr Konto")
    assert field(page, "Sprache").input_value() == "de"


def test_the_page_takes_on_the_language_of_the_account_at_sign_in(
    new_page: Callable[..., Page], installation: Installation
) -> None:
    person = join(new_page(), installation, locale="es-MX", signed_in=False)
    page = new_page(locale="en")
    fill_sign_in(page, person.username)
    button(page, "Sign in").click()
    see(page, "Su cuenta")
    page.goto("/#sign-in")
    see(page, "Iniciar sesión")


def test_a_changed_language_shows_at_once(page: Page, installation: Installation) -> None:
    join(page, installation)
    field(page, "Language").select_option("Français")
    button(page, "Save").click()
    see(page, "Votre compte")
    expect(notice(page)).to_have_text("Enregistré.")
    assert field(page, "Langue").input_value() == "fr"


def test_a_language_that_the_page_does_not_have_stays_when_something_else_is_saved(
    page: Page, installation: Installation
) -> None:
    join(page, installation, locale="pt-BR")
    expect(field(page, "Language").locator("option:checked")).to_have_text("Brazilian Portuguese")
    field(page, "Display name").fill("Ann")
    button(page, "Save").click()
    expect(notice(page)).to_have_text("Saved.")
    me = page.context.request.get(f"{installation.url}/api/v1/users/me").json()
    assert (me["display_name"], me["locale"]) == ("Ann", "pt-BR")


@pytest.mark.parametrize("tag", TRANSLATED)
@pytest.mark.parametrize("view", SITE)
def test_every_view_can_be_used_and_fits_a_phone_in_every_language(
    new_page: Callable[..., Page], installation: Installation, view: str, tag: str
) -> None:
    page = new_page(viewport={"width": 320, "height": 640}, locale=tag)
    SITE[view](page, installation)
    assert html(page, "lang") == tag
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 320
    assert violations(page) == []


@pytest.fixture(scope="module")
def branded(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    brand = {
        "BRAND_NAME": "Fish & Chips",
        "DEFAULT_LANGUAGE": "ar",
        "TERMS_URL": "https://example.com/terms?of=fish&for=chips",
        "PRIVACY_URL": "https://example.com/privacy",
    }
    with running(tmp_path_factory.mktemp("branded"), **brand) as found:
        yield found


def test_a_site_links_to_its_terms_and_its_privacy_notice(
    visit: Callable[..., Page], branded: Installation
) -> None:
    page = visit(branded.url, locale="en")
    page.goto("/")
    see(page, REGISTER)
    for place, terms, privacy in (
        ("main", "terms", "privacy notice"),
        ("footer", "Terms", "Privacy"),
    ):
        inside = page.locator(place)
        expect(inside.get_by_role("link", name=terms, exact=True)).to_have_attribute(
            "href", "https://example.com/terms?of=fish&for=chips"
        )
        expect(inside.get_by_role("link", name=privacy, exact=True)).to_have_attribute(
            "href", "https://example.com/privacy"
        )


def test_whoever_reads_none_of_the_languages_gets_that_of_the_site(
    visit: Callable[..., Page], branded: Installation
) -> None:
    page = visit(branded.url, locale="ja")
    page.goto("/")
    see(page, HEADINGS["ar"])
