"""Which language an answer's words are in."""

from __future__ import annotations

from flask import current_app, g, request

from backend import languages


def wanted_language() -> str:
    """That of the account that asks, else the first of Accept-Language, else the site's."""
    asked = [tag for tag, quality in request.accept_languages if quality]
    return languages.choose([g.get("locale"), *asked], current_app.config["DEFAULT_LANGUAGE"])
