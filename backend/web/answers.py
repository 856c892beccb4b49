"""What is shown of users, sessions, passkeys: never a hash, a secret or an internal key."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Response, json

from backend.accounts.pending import Pending
from backend.storage.passkeys import Passkey
from backend.storage.sessions import Session
from backend.storage.users import User
from backend.web.factor_schemas import PasskeyAnswer
from backend.web.schemas import RegistrationEnvelope, SessionAnswer, UserAnswer


def answer(status: int, body: Any = None) -> Response:
    if body is None:
        empty = Response(status=status)
        del empty.headers["Content-Type"]
        return empty
    return Response(json.dumps(body), status, content_type="application/json")


def user_answer(user: User) -> UserAnswer:
    return {
        "id": user.id,
        "username": user.username,
        "email": user.email,
        "display_name": user.display_name,
        "locale": user.locale,
        "roles": list(user.roles),
        "created_at": rfc3339(user.created_at),
        "updated_at": rfc3339(user.updated_at),
        "email_verified_at": rfc3339(user.email_verified_at),
        "has_password": bool(user.password_hash),
        "second_factors": list(user.second_factors),
    }


def session_answer(session: Session, current: str) -> SessionAnswer:
    """`expires_at` is when the session ends if it is not used again."""
    return {
        "id": session.id,
        "created_at": rfc3339(session.created_at),
        "last_seen_at": rfc3339(session.last_seen_at),
        "expires_at": rfc3339(session.idle_at),
        "user_agent": session.user_agent,
        "ip_prefix": session.ip_prefix,
        "current": session.id == current,
    }


def passkey_answer(passkey: Passkey) -> PasskeyAnswer:
    return {
        "id": passkey.id,
        "name": passkey.name,
        "created_at": rfc3339(passkey.created_at),
        "last_used_at": rfc3339(passkey.last_used_at) if passkey.last_used_at else None,
        "backed_up": passkey.backed_up,
    }


def registration_answer(pending: Pending) -> RegistrationEnvelope:
    registration: RegistrationEnvelope = {
        "registration": {
            "id": pending.id,
            "expires_at": rfc3339(pending.expires_at),
            "resend_after": rfc3339(pending.resend_after),
        }
    }
    if not pending.sent:
        registration["registration"]["mail"] = "not_sent"
    return registration


def etag(user: User) -> str:
    """Of this user's version only: another's is no precondition here."""
    return f"{user.id}.{user.version}"


def rfc3339(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
