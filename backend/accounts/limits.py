"""How often is too often. docs/limits.md has the arithmetic."""

from __future__ import annotations

import ipaddress
import logging
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import ceil
from typing import Final

from backend.accounts.context import Caller, Context
from backend.accounts.errors import RateLimited
from backend.accounts.tokens import keyed_hash
from backend.settings import Rate
from backend.storage import counters
from backend.storage.counters import Taken, UsedUp, Window
from backend.storage.database import Unavailable

logger = logging.getLogger(__name__)

# Tries an hour that one counter takes; of a budget that is larger there are several.
COUNTED: Final = 100_000


def address_prefix(address: str) -> str:
    """The network that one subscriber has: IPv4 /32, IPv6 /64."""
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    bits = 32 if parsed.version == 4 else 64  # noqa: PLR2004
    return str(ipaddress.ip_network((parsed, bits), strict=False))


def registration(context: Context, caller: Caller) -> list[Taken]:
    """Before a registration, or another mail for one."""
    return [_take(context, "registrations", caller.ip_prefix, context.settings.limit_registrations)]


def reset(context: Context, caller: Caller) -> None:
    """Before a password reset is asked for."""
    _take(context, "resets", caller.ip_prefix, context.settings.limit_registrations)


def email_change(context: Context, caller: Caller) -> None:
    """Before a change of address is begun."""
    _take(context, "email-changes", caller.ip_prefix, context.settings.limit_registrations)


def mail(context: Context, email_key: str) -> list[Taken]:
    """Before a mail: first the mailbox's share, then the site's budget."""
    return [_take(context, "mailbox", email_key, context.settings.limit_mailbox), *notice(context)]


def notice(context: Context) -> list[Taken]:
    """Before a notice, which only the site's budget limits."""
    budget = context.settings.limit_mail.scaled(context.settings.rate_limit_scale)
    number, part = parts(budget)
    return [_count(context, "mail", f"site{secrets.randbelow(number) or ''}", part)]


def new_device(context: Context, user_id: str) -> list[Taken]:
    """Before the notice of a new device: the account's share of these, then the site's budget."""
    return [
        _take(context, "new-devices", user_id, context.settings.limit_mailbox),
        *notice(context),
    ]


def parts(budget: Rate) -> tuple[int, Rate]:
    """In how many counters a budget that all share is counted, and what each of them allows.

    Each takes a write for each try, and one item takes no more than a thousand a second. Together
    they never allow more than the budget, and less by what does not divide.
    """
    number = ceil(min(budget.hourly, budget.daily) / COUNTED)
    return number, Rate(budget.hourly // number, budget.daily // number)


def sign_in(context: Context, caller: Caller, identifier: str) -> list[Taken]:
    """Before a password from a device that is new to the account is judged.

    `identifier` is the key of what was typed, counted alike whether or not it is known.
    """
    who = keyed_hash(context.settings.lookup_key, "identifier", identifier).hex()
    return [
        _take(context, "sign-ins", caller.ip_prefix, context.settings.limit_sign_ins),
        _take(context, "identifier", who, context.settings.limit_identifier),
    ]


def device_sign_in(context: Context, user_id: str, device_id: str) -> list[Taken]:
    """Before a password from a device that signed in before: no stranger can use this share up."""
    return [_take(context, "device", f"{user_id}#{device_id}", context.settings.limit_device)]


def second_factor(context: Context, user_id: str, device_id: str | None) -> list[Taken]:
    """Before a code of a second factor is judged, over all challenges.

    A device that signed in before has a share of its own, which no stranger can use up.
    """
    who = f"{user_id}#{device_id}" if device_id else user_id
    return [_take(context, "second-factor", who, context.settings.limit_second_factor)]


def recovery_codes(context: Context, user_id: str) -> list[Taken]:
    """Before a new set is made, which takes ten hashes."""
    return [_take(context, "recovery-codes", user_id, context.settings.limit_second_factor)]


def right_after_all(context: Context, tries: list[Taken]) -> None:
    """The password was right, so that the tries do not bring anybody to the limit.

    They are counted before the password is judged, so that many at once get no more tries.
    """
    _give_back(context, tries)


def not_sent(context: Context, mail: Sequence[Taken]) -> None:
    """A mail that was not sent brings nobody to the limit."""
    _give_back(context, mail)


@contextmanager
def unless_unavailable(context: Context, tries: list[Taken]) -> Iterator[None]:
    """What was counted for work that is then refused for load brings nobody to the limit."""
    try:
        yield
    except Unavailable:
        _give_back(context, tries)
        raise


def _give_back(context: Context, tries: Sequence[Taken]) -> None:
    """Up to half of the limit tries stay counted, which saves a write in all but few cases."""
    try:
        for taken in tries:
            if taken.past_half:
                counters.give_back(context.database, taken.window)
    except Unavailable as failure:
        logger.warning("try not given back", extra={"reason": str(failure)})


def _take(context: Context, scope: str, who: str, rate: Rate) -> Taken:
    return _count(context, scope, who, rate.scaled(context.settings.rate_limit_scale))


def _count(context: Context, scope: str, who: str, rate: Rate) -> Taken:
    try:
        return counters.take(context.database, Window(scope, who, context.now()), rate)
    except UsedUp as used_up:
        raise RateLimited(used_up.retry_after) from None
