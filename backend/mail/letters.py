"""The letters that are sent, from `templates/mail/`: each in plain text and in HTML.

A letter is one template, whose parts (`parts.txt.j2`, `parts.html.j2`) give it both forms.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

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


def notice(settings: Settings, to: Recipient, name: str, **values: str) -> Message:
    """What has happened to an account, to its owner: the letter of this name."""
    return _letter(settings, name, to, link=f"{settings.site_url}/#account", **values)


def _letter(settings: Settings, name: str, to: Recipient, **values: Any) -> Message:
    values |= {"brand": settings.brand_name}
    # A subject is no HTML.
    subject = _block("txt", name, "subject", values)
    return Message(to.email, subject, _whole("txt", name, values), _whole("html", name, values))


def _whole(form: str, name: str, values: dict[str, Any]) -> str:
    return _environment(form).get_template(f"{name}.j2").render(values)


def _block(form: str, name: str, block: str, values: dict[str, Any]) -> str:
    template = _environment(form).get_template(f"{name}.j2")
    return "".join(template.blocks[block](template.new_context(values)))


@cache
def _environment(form: str) -> Environment:
    """Renders letters in one form, `txt` or `html`."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES / "mail"),
        autoescape=form == "html",  # noqa: S701 - the other form is plain text
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["frame"] = f"frame.{form}.j2"
    made.globals["parts"] = made.get_template(f"parts.{form}.j2").module
    return made
