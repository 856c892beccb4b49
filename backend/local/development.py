"""A developer's machine: what production gets from AWS and its operator is made here."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import click
from flask import Flask

from backend.aws.service import NoAnswer, Refused
from backend.local import courier, mailbox, pages
from backend.local.engine import EngineError, reach, start
from backend.local.keys import KeysError, local_keys
from backend.settings import SettingError, Settings, load
from backend.storage.client import connect
from backend.storage.creation import create_missing
from backend.web.operation import EXTENSION
from sitegen.build import build
from sitegen.errors import BuildError

ENDPOINT: Final = "DYNAMODB_ENDPOINT_URL"
DEFAULT_PORT: Final = "5000"
LAST_PORT: Final = 65535
# Where nothing answers: a command that uses no data needs no engine.
NOWHERE: Final = "http://127.0.0.1:9"


def local_settings(environ: Mapping[str, str]) -> Settings:
    """The settings, with this machine's own keys, address and engine where none are given."""
    folder = load(environ).instance_path
    given = {name: value for name, value in environ.items() if value}
    found = {"SITE_URL": f"http://localhost:{_port(given)}", **_keys(folder), **given}
    if ENDPOINT not in found:
        found[ENDPOINT] = _start_engine(folder) if serving() else NOWHERE
    return load(found)


def prepare(app: Flask, settings: Settings) -> None:
    """Serves page and mailbox; before `flask run` it makes tables and page, and says where."""
    site = settings.instance_path / "site"
    app.register_blueprint(pages.blueprint(site))
    app.register_blueprint(mailbox.blueprint(settings.instance_path / "mailbox"))
    if not serving() or _reloaded():
        return
    _create_tables(settings)
    try:
        build(settings, site)
    except BuildError as error:
        raise click.ClickException(str(error)) from None
    if settings.webhook_url:
        courier.start(app.extensions[EXTENSION])
    _announce(settings)


def _create_tables(settings: Settings) -> None:
    url = settings.dynamodb_endpoint_url
    try:
        create_missing(connect(url, local=True), settings.table_prefix)
    except (NoAnswer, Refused, TimeoutError) as error:
        raise SettingError(
            f"{ENDPOINT} is {url!r}, where no DynamoDB makes tables ({type(error).__name__}). "
            "Start it first, or unset the setting for an engine of your own."
        ) from None


def reach_data(settings: Settings) -> Settings:
    """The same with the engine of `flask run`, or one for this command alone, and its tables."""
    if settings.dynamodb_endpoint_url != NOWHERE:
        return settings
    try:
        url = reach(settings.instance_path / "db")
    except EngineError as error:
        raise SettingError(str(error)) from None
    reached = replace(settings, dynamodb_endpoint_url=url)
    _create_tables(reached)
    return reached


def serving() -> bool:
    """Whether this is `flask run`, and not another command."""
    command = click.get_current_context(silent=True)
    return command is None or command.info_name == "run"


def _reloaded() -> bool:
    """Whether this is the process that the reloader starts again after each change."""
    return os.environ.get("WERKZEUG_RUN_MAIN") == "true"


def _port(environ: Mapping[str, str]) -> str:
    command = click.get_current_context(silent=True)
    given = command.params.get("port") if command else None
    port = str(given or environ.get("FLASK_RUN_PORT", DEFAULT_PORT))
    if not re.fullmatch(r"[0-9]{1,5}", port) or int(port) > LAST_PORT:
        raise SettingError(
            f"FLASK_RUN_PORT is {port!r}. Allowed is a whole number up to {LAST_PORT}."
        )
    return port


def _keys(folder: Path) -> dict[str, str]:
    """New keys would lose the accounts that are there, so they are made only beside no data."""
    if (folder / "db").exists() and not (folder / "secrets.json").exists():
        raise SettingError(
            f"{folder / 'secrets.json'} is missing, and without its LOOKUP_KEY no account in "
            f"{folder / 'db'} can be found by its address. Restore it from a backup, or move "
            f"{folder} away to start afresh."
        )
    try:
        return local_keys(folder)
    except KeysError as error:
        raise SettingError(str(error)) from None
    except OSError as error:
        raise SettingError(
            f"INSTANCE_PATH is {str(folder)!r}, which cannot be used as a folder "
            f"({error.strerror})."
        ) from None


def _start_engine(folder: Path) -> str:
    """Starts the engine; the reloader's process finds it through the environment."""
    try:
        url = start(folder / "db").url
    except EngineError as error:
        raise SettingError(str(error)) from None
    os.environ[ENDPOINT] = url
    return url


def _announce(settings: Settings) -> None:
    places = {
        "Page": f"{settings.site_url}/",
        "Mailbox": f"{settings.site_url}/dev/mailbox",
        "API": f"{settings.site_url}/api/v1/docs",
        "Data": str(settings.instance_path.resolve()),
    }
    for name, place in places.items():
        click.echo(f" * {name:<8} {place}")
