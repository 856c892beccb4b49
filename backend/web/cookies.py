"""The two cookies: the session's token, and the mark of a device that signed in before."""

from __future__ import annotations

from typing import Final

from flask import Response, current_app, request

from backend.accounts.sessions import Opened, SignedIn

DEVICE_SECONDS: Final = 400 * 24 * 3600


def session_token() -> str:
    return request.cookies.get(_name("session"), "")


def device() -> str:
    return request.cookies.get(_name("device"), "")


def set_signed_in(answer: Response, signed_in: SignedIn) -> Response:
    """Both cookies: out of reach of scripts, never sent with another site's unsafe requests."""
    set_session(answer, signed_in)
    _set(answer, "device", signed_in.device_cookie, DEVICE_SECONDS)
    return answer


def set_session(answer: Response, opened: Opened) -> Response:
    """The session's cookie, which lasts as long as the session may."""
    age = opened.session.expires_at - opened.session.last_seen_at
    _set(answer, "session", opened.token, age)
    return answer


def clear_session(answer: Response) -> Response:
    _set(answer, "session", "", 0)
    return answer


def _set(answer: Response, name: str, value: str, age: int) -> None:
    answer.set_cookie(
        _name(name), value, max_age=age, path="/", secure=_secure(), httponly=True, samesite="Lax"
    )


def _name(name: str) -> str:
    """`__Host-` holds a cookie to this host and to TLS; plain HTTP on loopback cannot have it."""
    return f"__Host-{name}" if _secure() else name


def _secure() -> bool:
    return str(current_app.config["SITE_URL"]).startswith("https://")
