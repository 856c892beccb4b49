"""How often is too often. docs/limits.md has the arithmetic."""

from __future__ import annotations

import ipaddress

from backend.accounts.context import Caller, Context
from backend.accounts.errors import RateLimited
from backend.accounts.tokens import keyed_hash
from backend.settings import Rate
from backend.storage import counters


def address_prefix(address: str) -> str:
    """The network that one subscriber has: IPv4 /32, IPv6 /64."""
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    bits = 32 if parsed.version == 4 else 64  # noqa: PLR2004
    return str(ipaddress.ip_network((parsed, bits), strict=False))


def registration(context: Context, caller: Caller) -> None:
    """Before a new registration, or another address for one."""
    _take(context, "registrations", caller.ip_prefix, context.settings.limit_registrations)


def mail(context: Context, email_key: str) -> None:
    """Before a mail: first the mailbox's share, then the site's budget."""
    _take(context, "mailbox", email_key, context.settings.limit_mailbox)
    _take(context, "mail", "site", context.settings.limit_mail)


def sign_in(context: Context, caller: Caller, identifier: str) -> None:
    """Before a password from a device that is new to the account is judged.

    `identifier` is the key of what was typed, counted alike whether or not it is known.
    """
    who = keyed_hash(context.settings.lookup_key, "identifier", identifier).hex()
    _take(context, "sign-ins", caller.ip_prefix, context.settings.limit_sign_ins)
    _take(context, "identifier", who, context.settings.limit_identifier)


def device_sign_in(context: Context, user_id: str, device_id: str) -> None:
    """Before a password from a device that signed in before: no stranger can use this share up."""
    _take(context, "device", f"{user_id}#{device_id}", context.settings.limit_device)


def _take(context: Context, scope: str, who: str, rate: Rate) -> None:
    scaled = rate.scaled(context.settings.rate_limit_scale)
    retry_after = counters.take(context.database, scope, who, scaled, context.now())
    if retry_after is not None:
        raise RateLimited(retry_after)
