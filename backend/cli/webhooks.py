"""`flask webhooks …`: what another service was told, is to be told, or is told again."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

import click

from backend.accounts import webhooks as rules
from backend.accounts.webhooks import Delivered
from backend.cli.data import DataCommands, context
from backend.cli.moments import moment, since_option
from backend.cli.output import as_json_option, progress, show_json, show_table
from backend.storage.outbox import Message
from backend.web.answers import rfc3339


@click.group("webhooks", cls=DataCommands)
def webhooks() -> None:
    """Messages to the service at WEBHOOK_URL, which are kept for 30 days."""


@webhooks.command("list")
@since_option
@as_json_option
def list_messages(since: str, *, as_json: bool) -> None:
    """What was told and what is still to be told, newest first."""
    found = [_shown(message) for message in _since(since)]
    if as_json:
        show_json(found)
        return
    head = ["MADE", "TYPE", "USER", "STATE", "TRIES", "NEXT TRY", "ID"]
    show_table(head, ([str(value or "") for value in shown.values()] for shown in found))


@webhooks.command("deliver")
def deliver() -> None:
    """Tries all that is still to be told now, whenever it is due; exit status 1 if any is not
    taken.
    """
    _need_url()
    _end(rules.deliver(context(), until=rules.FOR_EVER, seconds=float("inf")))


@webhooks.command("replay")
@click.option("--since", help="All from then on: 90m, 12h, 7d, or 2026-05-31.")
@click.argument("ids", nargs=-1)
def replay(since: str | None, ids: Sequence[str]) -> None:
    """Tells again what was told or given up: the messages with these ids, or all since a moment.

    A message keeps its id, by which a service knows that it has it already.
    """
    _need_url()
    if bool(ids) == bool(since):
        raise click.ClickException("Give either the ids of messages or --since.")
    chosen = _named(ids) if ids else list(reversed(_since(since or "")))
    done = Delivered()
    with progress(chosen, "messages", len(chosen)) as counted:
        for message in counted:
            done += rules.replay(context(), message)
    _end(done)


def _need_url() -> None:
    if not context().settings.webhook_url:
        raise click.ClickException("WEBHOOK_URL is not set, so nobody is told anything.")


def _since(text: str) -> list[Message]:
    return rules.messages(context(), moment(text, context().now()))


def _named(ids: Sequence[str]) -> list[Message]:
    known = {message.id: message for message in rules.messages(context(), 0)}
    for name in ids:
        if name not in known:
            raise click.ClickException(
                f"There is no message {name!r}; they are kept for 30 days. "
                "See `flask webhooks list`."
            )
    return [known[name] for name in dict.fromkeys(ids)]


def _end(done: Delivered) -> None:
    click.echo(f"{done.taken} taken, {done.refused} not taken")
    if done.refused:
        sys.exit(1)


def _shown(message: Message) -> dict[str, Any]:
    state = "taken" if message.taken_at else "given up" if message.given_up_at else "pending"
    return {
        "made_at": rfc3339(message.made_at),
        "type": message.type,
        "user": json.loads(message.body)["data"]["user"],
        "state": state,
        "tries": message.attempts,
        "next_try": rfc3339(message.due_at) if message.pending else None,
        "id": message.id,
    }
