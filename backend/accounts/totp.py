"""Authenticator apps (TOTP, RFC 6238): six digits, new every 30 seconds, each good once.

A clock may be a step off either way. The secret is sealed; it is shown once, before the app is
confirmed by a code of it.
"""

from __future__ import annotations

import io
import logging
from dataclasses import dataclass
from typing import Final

from backend.accounts import audit, notices, sealing, sessions
from backend.accounts.context import Caller, Context
from backend.accounts.errors import InvalidCode, TotpExists, TotpNotFound
from backend.accounts.ids import new_id
from backend.accounts.retries import own_change
from backend.accounts.sealing import CannotUnseal
from backend.accounts.tokens import same
from backend.storage import recovery_codes, totp, users
from backend.storage.sessions import Session
from backend.storage.totp import Totp
from backend.storage.users import User

logger = logging.getLogger(__name__)

TOTP: Final = "totp"
STEP_SECONDS: Final = 30
TOLERANCE: Final = (-1, 0, 1)
# 160 bits, as RFC 4226 4 recommends, in base 32.
SECRET_LENGTH: Final = 32
QUIET_ZONE: Final = 4


@dataclass(frozen=True)
class Enrolment:
    """What an authenticator app needs: the secret in base 32, the same as a URI, that as SVG."""

    secret: str
    uri: str
    qr: str


@dataclass(frozen=True)
class OpenTotp:
    """A confirmed app as it moves between installations: the secret in base 32.

    Times as in `storage/totp.py`.
    """

    secret: str
    created_at: int
    last_step: int


def begin(context: Context, user: User) -> Enrolment:
    """A new secret, which counts for nothing until it is confirmed. Raises TotpExists."""
    import pyotp  # noqa: PLC0415

    secret = pyotp.random_base32(SECRET_LENGTH)
    write = totp.begun(user.id, Totp(_seal(context, user.id, secret), context.now()))

    def attempt(user: User) -> None:
        try:
            users.change(context.database, user, context.now(), write)
        except users.Stale as stale:
            if any(stale.found):
                raise TotpExists from None
            raise

    own_change(context, user, attempt)
    issuer = context.settings.brand_name
    uri = pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name=issuer)
    return Enrolment(secret, uri, _qr(uri))


def confirm(context: Context, caller: Caller, session: Session, user: User, code: str) -> None:
    """From now on a code is asked for after the password, and all other sessions end.

    So no session is left in which nobody has shown the app.

    Raises InvalidCode, TotpNotFound or TotpExists, and NotAuthenticated if the session was ended
    meanwhile.
    """

    def attempt(user: User) -> None:
        pending = totp.find(context.database, user.id)
        if pending is None:
            raise TotpNotFound
        if pending.confirmed:
            raise TotpExists
        step = _step(context, user.id, pending, code)
        if step is None:
            raise InvalidCode
        writes = (
            totp.confirmed(user.id, pending, step),
            sessions.taken_along(context, session, user),
        )
        changes = {"second_factors": (TOTP, *user.second_factors), "epoch": user.epoch + 1}
        users.change(context.database, user, context.now(), *writes, **changes)

    own_change(context, user, attempt)
    audit.record(context, caller, "totp.added", user.id)
    notices.tell(context, user, "totp_added", caller)


def remove(context: Context, caller: Caller, user: User) -> None:
    """No code is asked for any more; recovery codes, which stand in for the app, go with it.

    Raises TotpNotFound.
    """

    def attempt(user: User) -> bool:
        found = totp.find(context.database, user.id)
        if found is None:
            raise TotpNotFound
        writes = (totp.removed(user.id), recovery_codes.removed(user.id))
        users.change(context.database, user, context.now(), *writes, second_factors=())
        return found.confirmed

    if own_change(context, user, attempt):
        audit.record(context, caller, "totp.removed", user.id)
        notices.tell(context, user, "totp_removed", caller)


def use(context: Context, user: User, code: str) -> bool:
    """Whether the code is right and was not used before; it is used now."""
    seen = totp.find(context.database, user.id)
    step = _step(context, user.id, seen, code) if seen else None
    if seen is None or step is None:
        return False
    secret = sealing.renewed(context.settings.signing_keys, TOTP, user.id, seen.secret)
    return totp.use(context.database, user.id, seen, step=step, secret=secret, use_id=new_id())


def opened(context: Context, user_id: str, found: Totp) -> OpenTotp:
    """Raises CannotUnseal."""
    return OpenTotp(secret_of(context, user_id, found), found.created_at, found.last_step)


def sealed(context: Context, user_id: str, app: OpenTotp) -> Totp:
    secret = _seal(context, user_id, app.secret)
    return Totp(secret, app.created_at, confirmed=True, last_step=app.last_step)


def secret_of(context: Context, user_id: str, found: Totp) -> str:
    """The secret in base 32. Raises CannotUnseal."""
    return sealing.unseal(context.settings.signing_keys, TOTP, user_id, found.secret).decode()


def _seal(context: Context, user_id: str, secret: str) -> bytes:
    return sealing.seal(context.settings.signing_key, TOTP, user_id, secret.encode())


def _step(context: Context, user_id: str, found: Totp, code: str) -> int | None:
    """The step whose code this is, if it is one of now and later than the newest that was used."""
    import pyotp  # noqa: PLC0415

    try:
        generator = pyotp.TOTP(secret_of(context, user_id, found))
    except CannotUnseal as failure:
        logger.error("secret not opened", extra={"user": user_id, "reason": str(failure)})
        return None
    typed = "".join(code.split()).encode()
    now = context.now() // STEP_SECONDS
    for step in (now + off for off in TOLERANCE):
        if step > found.last_step and same(generator.generate_otp(step).encode(), typed):
            return step
    return None


def _qr(uri: str) -> str:
    """Dark on light in any theme, and nothing in it that a content security policy refuses."""
    import segno  # noqa: PLC0415

    drawn = io.BytesIO()
    segno.make(uri, error="m", micro=False).save(
        drawn,
        kind="svg",
        border=QUIET_ZONE,
        dark="#000",
        light="#fff",
        xmldecl=False,
        svgclass=None,
        lineclass=None,
        omitsize=True,
        nl=False,
    )
    return drawn.getvalue().decode()
