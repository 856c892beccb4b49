"""`flask keys …`: the keys that sign tokens for other services."""

from __future__ import annotations

from typing import Any

import click

from backend.accounts.token_keys import TooSoon, rotate
from backend.cli.data import DataCommands, context, operator
from backend.cli.output import as_json_option, show_json, show_table
from backend.storage import token_keys
from backend.storage.token_keys import Overtaken, TokenKey
from backend.web.answers import rfc3339


@click.group("keys", cls=DataCommands)
def keys() -> None:
    """The keys that sign tokens for other services, which check them by /.well-known/jwks.json."""


@keys.command("list")
@as_json_option
def list_keys(*, as_json: bool) -> None:
    """The keys that are published, newest first; the first is made when a token is asked for."""
    now = context().now()
    ring = token_keys.find(context().database)
    found = [_shown(key, ring.signing(now), now) for key in ring.keys]
    if as_json:
        show_json(found)
    else:
        show_table(["KEY", "MADE", "SIGNS FROM", "STATE"], (list(key.values()) for key in found))


@keys.command("rotate")
@click.option(
    "--at-once",
    is_flag=True,
    help="For a key that has leaked: the new one signs now and is published alone, so that tokens "
    "of before end as soon as services fetch the keys again, in 10 minutes at most.",
)
def rotate_keys(*, at_once: bool) -> None:
    """Makes the next key. It signs 11 minutes later, when every service has it; the one before
    stays published, so that its tokens are good until their end.
    """
    try:
        made = rotate(context(), operator().caller, at_once=at_once)
    except TooSoon as refusal:
        raise click.ClickException(
            "Tokens that the key before has signed are still good. Rotate again after "
            f"{rfc3339(refusal.until)}, or with --at-once if a key has leaked."
        ) from None
    except Overtaken:
        raise click.ClickException(
            "The keys were rotated by somebody else at this moment; see `flask keys list`."
        ) from None
    click.echo(f"{made.id} is published, and signs from {rfc3339(made.signs_from)} on.")


def _shown(key: TokenKey, signs: TokenKey, now: int) -> dict[str, Any]:
    state = "signs" if key == signs else "next" if key.signs_from > now else "before"
    return {
        "id": key.id,
        "made_at": rfc3339(key.made_at),
        "signs_from": rfc3339(key.signs_from),
        "state": state,
    }
