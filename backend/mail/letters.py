"""The letters that are sent, from `templates/mail/`: each in plain text and in HTML."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from backend.mail.message import Message
from backend.settings import Settings

TEMPLATES = Path(__file__).parents[2] / "templates"


def registration_code(
    settings: Settings, to: str, username: str, registration_id: str, code: str
) -> Message:
    """The code, and a link that carries it in the fragment, which no server or scanner spends."""
    link = f"{settings.site_url}/#verify/{registration_id}/{code}"
    subject = f"{code} is your code for {settings.brand_name}"
    return _letter(
        settings, "registration_code", to, subject, username=username, code=code, link=link
    )


def account_exists(settings: Settings, to: str) -> Message:
    """To the owner of an account with whose address somebody registers."""
    subject = f"You already have an account at {settings.brand_name}"
    return _letter(settings, "account_exists", to, subject, link=f"{settings.site_url}/#sign-in")


def _letter(settings: Settings, name: str, to: str, subject: str, **values: Any) -> Message:
    values |= {"brand": settings.brand_name, "subject": subject}
    text = _environment().get_template(f"{name}.txt.j2").render(values)
    html = _environment().get_template(f"{name}.html.j2").render(values)
    return Message(to, subject, text, html)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES / "mail"),
        autoescape=select_autoescape(["html.j2"], default_for_string=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
