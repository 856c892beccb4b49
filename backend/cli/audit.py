"""`flask audit …`: the audit log, and whether it is whole."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import click

from backend.accounts import administration, chains, event_log
from backend.accounts.audit import OPERATOR
from backend.accounts.ids import parse_id
from backend.cli.data import DataCommands, context, operator
from backend.cli.output import as_json_option, progress, show_json, show_table
from backend.storage.audit import Event
from backend.web.admin import event_answer

UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}
HEAD: Final = ["AT", "ACTION", "WHOM", "BY", "FROM", "DETAILS", "REQUEST"]


@click.group("audit", cls=DataCommands)
def audit() -> None:
    """The audit log: what happened to which account, when, and by whom."""


@audit.command("list")
@click.option(
    "--user", "name", help="Only of this user: a username, an address, an id; `operator`."
)
@click.option(
    "--since", default="7d", show_default=True, help="From then on: 90m, 12h, 7d, or 2026-05-31."
)
@as_json_option
def list_events(name: str | None, since: str, *, as_json: bool) -> None:
    """Events, newest first."""
    found = event_log.since(
        context(), operator(), _subject(name) if name else None, _moment(since, context().now())
    )
    if as_json:
        show_json([event_answer(event) for event in found])
    else:
        show_table(HEAD, [_row(event) for event in found])


@audit.command("verify")
def verify() -> None:
    """Looks for events that were removed or altered; exit status 1 where there are any."""
    names = chains.subjects(context())
    found = 0
    with progress(sorted(names), "chains", len(names)) as subjects:
        for subject in subjects:
            username = names[subject]
            for sentence in chains.breaks(context(), subject, is_user=username is not None):
                found += 1
                click.echo(
                    f"{username} ({subject}): {sentence}" if username else f"{subject}: {sentence}"
                )
    if found:
        click.echo(f"broken in {found} places, {len(names)} chains looked at", err=True)
        sys.exit(1)
    click.echo(f"whole: {len(names)} chains")


def _subject(name: str) -> str:
    """Whose events: an id is taken as it is, since its user may be deleted."""
    if name == OPERATOR or parse_id(name):
        return name
    user = administration.named(context(), name)
    if user is None:
        raise click.ClickException(f"Nobody is called {name!r}. Of a deleted user, give the id.")
    return user.id


def _moment(text: str, now: int) -> int:
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


def _row(event: Event) -> list[str]:
    shown: dict[str, Any] = {**event_answer(event)}
    details = " ".join(f"{name}={value}" for name, value in event.details.items())
    by = "self" if event.actor == event.subject else event.actor
    return [
        shown["at"],
        event.action,
        event.subject,
        by,
        event.ip_prefix or "",
        details,
        event.request_id,
    ]
