"""`flask keys …`: the keys that sign tokens for other services, and the installation's own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import click

from backend.accounts import renewal
from backend.accounts.renewal import Standing
from backend.accounts.token_keys import TooSoon, rotate
from backend.cli.data import DataCommands, context, operator
from backend.cli.output import as_json_option, show_json, show_table
from backend.settings import Settings
from backend.settings.secret_ids import secret_id
from backend.storage import token_keys
from backend.storage.token_keys import Overtaken, TokenKey
from backend.web.answers import rfc3339


@click.group("keys", cls=DataCommands)
def keys() -> None:
    """The keys that sign tokens for other services, and the secrets of the installation."""


@keys.command("list")
@as_json_option
def list_keys(*, as_json: bool) -> None:
    """The keys of tokens, published at /.well-known/jwks.json, newest first.

    The first is made when a token is asked for.
    """
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
    """Makes the next key. It signs 31 minutes later, when every service has it; the one before
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


@keys.command("secrets")
@as_json_option
def list_secrets(*, as_json: bool) -> None:
    """The secrets of the installation by their ids, and how much stands under each still."""
    found = [*_secrets(context().settings, renewal.standing(context()))]
    if as_json:
        show_json(found)
    else:
        head = ["SECRET", "ID", "STATE", "UNDER IT"]
        show_table(head, (["" if v is None else str(v) for v in one.values()] for one in found))


@keys.command("renew")
def renew() -> None:
    """Brings what stands under a replaced key under the new one; may be run again at any time."""
    failures = 0
    for sentence in renewal.renew(context()):
        failures += 1
        click.echo(sentence)
    if failures:
        click.echo(f"{failures} things stay under another key", err=True)
        sys.exit(1)
    click.echo("all stands under the first keys")


def _secrets(settings: Settings, standing: Standing) -> Iterator[dict[str, Any]]:
    """Each secret, and each that something stands under although it is not at hand."""
    left = Standing(standing)
    for name, values in _values(settings).items():
        counted = name in {renewal.SIGNING_KEY, renewal.LOOKUP_KEY}
        for place, value in enumerate(values):
            key_id = secret_id(value)
            count = left.pop((name, key_id), 0)
            state = "accepted" if place else "makes"
            yield _secret(name, key_id, state, count if counted else None)
    for (name, key_id), count in sorted(left.items()):
        yield _secret(name, key_id or "unknown", "not at hand", count)


def _values(settings: Settings) -> dict[str, tuple[bytes, ...]]:
    return {
        renewal.SIGNING_KEY: settings.signing_keys,
        renewal.LOOKUP_KEY: settings.lookup_keys,
        "AUDIT_KEY": settings.audit_keys,
        "ORIGIN_SECRET": tuple(one.encode() for one in settings.origin_secrets),
        "WEBHOOK_SECRET": settings.webhook_secrets,
    }


def _secret(name: str, key_id: str, state: str, count: int | None) -> dict[str, Any]:
    return {"secret": name, "id": key_id, "state": state, "count": count}


def _shown(key: TokenKey, signs: TokenKey, now: int) -> dict[str, Any]:
    state = "signs" if key == signs else "next" if key.signs_from > now else "before"
    return {
        "id": key.id,
        "made_at": rfc3339(key.made_at),
        "signs_from": rfc3339(key.signs_from),
        "state": state,
    }
