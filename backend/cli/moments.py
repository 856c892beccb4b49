"""Moments as somebody types them: how long ago, or when."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

import click

UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}

since_option = click.option(
    "--since", default="7d", show_default=True, help="From then on: 90m, 12h, 7d, or 2026-05-31."
)


def moment(text: str, now: int) -> int:
    """Seconds since 1970. Raises ClickException for what is no moment."""
    ago = re.fullmatch(r"([0-9]{1,6})([mhd])", text)
    if ago:
        return now - int(timedelta(**{UNITS[ago[2]]: int(ago[1])}).total_seconds())
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        raise click.ClickException(
            f"--since is {text!r}. Give a time such as 90m, 12h, 7d, 2026-05-31 or "
            "2026-05-31T12:00:00Z."
        ) from None
    return int((given if given.tzinfo else given.replace(tzinfo=UTC)).timestamp())
