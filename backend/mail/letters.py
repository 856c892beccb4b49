"""The letters that are sent, from `templates/mail/`: each in plain text and in HTML.

A letter is one template, whose parts (`parts.txt.j2`, `parts.html.j2`) give it both forms, and the
catalogues its languages.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from backend import languages
from backend.mail.message import Message
from backend.settings import Settings

TEMPLATES = Path(__file__).parents[2] / "templates"


@dataclass(frozen=True)
class Recipient:
    """A mailbox, and the language that its owner reads (a tag such as `pt-BR`), if it is known."""

    email: str
    locale: str | None = None


def registration_code(
    settings: Settings, to: Recipient, username: str, registration_id: str, code: str
) -> Message:
    """The code, and a link that carries it in the fragment, which no server or scanner spends."""
    link = f"{settings.site_url}/#verify/{registration_id}/{code}"
    return _letter(settings, "registration_code", to, username=username, code=code, link=link)


def account_exists(settings: Settings, to: Recipient) -> Message:
    """To the owner of an account with whose address somebody registers."""
    return _letter(settings, "account_exists", to, link=f"{settings.site_url}/#sign-in")


def password_reset(settings: Settings, to: Recipient, token: str) -> Message:
    """A link to the page, which asks for the password: opening it spends nothing."""
    return _letter(settings, "password_reset", to, link=f"{settings.site_url}/#reset/{token}")


def no_account(settings: Settings, to: Recipient) -> Message:
    """To a mailbox without an account, for which somebody asked a password reset."""
    return _letter(settings, "no_account", to, link=f"{settings.site_url}/#register")


def email_change_code(settings: Settings, to: Recipient, code: str) -> Message:
    """To the mailbox that an account is to have."""
    return _letter(settings, "email_change_code", to, code=code, link=_account(settings))


def address_taken(settings: Settings, to: Recipient) -> Message:
    """To the owner of an account with whose address another account was to go on."""
    return _letter(settings, "address_taken", to, link=f"{settings.site_url}/#sign-in")


def email_changed(settings: Settings, to: Recipient, ip_prefix: str, token: str) -> Message:
    """To the mailbox that an account has left; the page asks whether that is to be undone."""
    link = f"{settings.site_url}/#undo/{token}"
    return _letter(settings, "email_changed", to, ip_prefix=ip_prefix, link=link)


def notice(settings: Settings, to: Recipient, name: str, **values: str) -> Message:
    """What has happened to an account, to its owner: the letter of this name.

    It leads to the account, unless the values name another `link`.
    """
    return _letter(settings, name, to, **{"link": _account(settings), **values})


def _account(settings: Settings) -> str:
    return f"{settings.site_url}/#account"


def _letter(settings: Settings, name: str, to: Recipient, **values: Any) -> Message:
    values |= {"brand": settings.brand_name}
    language = languages.choose([to.locale], settings.default_language)
    text, html = (_template(form, language, name) for form in ("txt", "html"))
    # A subject is no HTML.
    subject = "".join(text.blocks["subject"](text.new_context(values)))
    return Message(to.email, subject, text.render(values), html.render(values))


def _template(form: str, language: str, name: str) -> Template:
    return _environment(form, language).get_template(f"{name}.j2")


@cache
def _environment(form: str, language: str) -> Environment:
    """Renders letters in one form, `txt` or `html`, and in one language."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES / "mail"),
        autoescape=form == "html",  # noqa: S701 - the other form is plain text
        undefined=StrictUndefined,
        # What runs has the same templates all its life.
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.policies["ext.i18n.trimmed"] = True
    made.install_gettext_translations(  # type: ignore[attr-defined]
        languages.words(language), newstyle=True
    )
    made.globals["language"] = languages.LANGUAGES[language]
    made.globals["frame"] = f"frame.{form}.j2"
    made.globals["parts"] = made.get_template(f"parts.{form}.j2").module
    return made
