"""`flask audit …`: the audit log, and whether it is whole."""

from __future__ import annotations

import sys
from typing import Any, Final

import click

from backend.accounts import administration, chains, event_log
from backend.accounts.audit import OPERATOR
from backend.accounts.ids import parse_id
from backend.cli.data import DataCommands, context, operator
from backend.cli.moments import moment, since_option
from backend.cli.output import as_json_option, progress, show_json, show_table
from backend.storage.audit import Event
from backend.web.admin import event_answer

HEAD: Final = ["AT", "ACTION", "WHOM", "BY", "FROM", "DETAILS", "REQUEST"]


@click.group("audit", cls=DataCommands)
def audit() -> None:
    """The audit log: what happened to which account, when, and by whom."""


@audit.command("list")
@click.option(
    "--user", "name", help="Only of this user: a username, an address, an id; `operator`."
)
@since_option
@as_json_option
def list_events(name: str | None, since: str, *, as_json: bool) -> None:
    """Events, newest first."""
    found = event_log.since(
        context(), operator(), _subject(name) if name else None, moment(since, context().now())
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
