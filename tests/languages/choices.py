"""Which language is chosen for what a browser asks for; None: the site's own."""

from __future__ import annotations

# Accept-Language, the cookie `language`, and the language.
CHOICES: list[tuple[str, str | None, str | None]] = [
    ("", None, None),
    ("de", None, "de"),
    ("de-AT", None, "de"),
    ("DE-at", None, "de"),
    ("zh-Hant-TW", None, None),
    ("ar-EG,ar;q=0.9,en;q=0.8", None, "ar"),
    ("it, fr;q=0.2, es;q=0.8", None, "es"),
    ("it,pt;q=0.9,en;q=0.1", None, "en"),
    ("fr;q=0, es;q=0.1", None, "es"),
    ("fr;q=0", None, None),
    ("fr;q=0.5,es;q=0.5", None, "fr"),
    ("*", None, None),
    ("de;q=, fr", None, "de"),
    (";;,q=1,-,--", None, None),
    ("de", "fr", "fr"),
    ("de", "ar-EG", "ar"),
    ("de", "it", "de"),
    ("de", "", "de"),
    ("", "../../etc/passwd", None),
    ("", "constructor", None),
]
