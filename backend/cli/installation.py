"""Commands of `flask` that are about the installation itself."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click
from flask import current_app

from backend import reference
from backend.settings import listed
from backend.web.operation import context


@click.command("config")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
def config(*, as_json: bool) -> None:
    """Shows the settings in force, secrets masked."""
    settings = context().settings
    shown = {entry.name: entry.show(getattr(settings, name)) for name, entry in listed()}
    if as_json:
        click.echo(json.dumps(shown, indent=2))
        return
    for name, value in shown.items():
        click.echo(f"{name:<24} {value}")


@click.command("docs")
@click.option("--check", is_flag=True, help="Change nothing; fail where a file is out of date.")
def docs(*, check: bool) -> None:
    """Writes the pages of docs/ that are made from the code."""
    folder = Path(current_app.root_path).parent / "docs"
    stale = []
    for name, text in reference.pages().items():
        file = folder / name
        if file.exists() and file.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if not check:
            file.write_text(text, encoding="utf-8")
    click.echo(f"out of date: {', '.join(stale)}" if stale else "all up to date")
    if check and stale:
        sys.exit(1)
