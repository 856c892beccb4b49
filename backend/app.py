"""The app factory: the one place where everything is put together."""

from __future__ import annotations

import os
import time
from typing import Final

import click
from flask import Flask

from backend import production
from backend.accounts.context import Context
from backend.breaches import breach_check
from backend.mail.mailbox import Mailbox
from backend.mail.message import Mailer
from backend.mail.ses import Ses
from backend.settings import SettingError, Settings, listed, load
from backend.storage.client import connect
from backend.storage.database import Database
from backend.web import (
    access_tokens,
    admin,
    changes,
    factors,
    guards,
    logs,
    own_account,
    passkeys,
    problems,
    recovery,
    registrations,
    service,
    sessions,
    users,
)
from backend.web.bodies import MAX_BYTES
from backend.web.operation import EXTENSION
from backend.web.url_rules import Rule

ENDPOINTS: Final = (
    registrations,
    sessions,
    passkeys,
    users,
    own_account,
    factors,
    changes,
    recovery,
    admin,
    access_tokens,
    service,
)


def create_app(*, commands: bool = True) -> Flask:
    """The app that the environment describes; a wrong setting ends the command with a sentence.

    Without `commands` it starts sooner.
    """
    try:
        app = _app()
    except SettingError as error:
        raise click.ClickException(str(error)) from None
    if commands:
        # Not imported in the function, which has no command line.
        from backend import cli  # noqa: PLC0415

        cli.register(app)
    return app


def context(settings: Settings, mailer: Mailer) -> Context:
    """What the rules work with, for real."""
    client = connect(settings.dynamodb_endpoint_url, local=settings.local)
    return Context(
        settings=settings,
        database=Database(client, settings.table_prefix),
        mailer=mailer,
        now=lambda: int(time.time()),
        breached=breach_check(settings.breach_check_url),
    )


def assemble(settings: Settings, accounts: Context) -> Flask:
    """The app over these settings and this context."""
    app = Flask(__name__, static_folder=None)
    app.url_rule_class = Rule
    app.config.from_mapping({name.upper(): getattr(settings, name) for name, _ in listed()})
    app.config["LOCAL"] = settings.local
    app.config["MAX_CONTENT_LENGTH"] = MAX_BYTES + 1
    app.extensions[EXTENSION] = accounts
    app.url_map.merge_slashes = False
    app.json.sort_keys = False  # type: ignore[attr-defined]
    for part in (logs, guards, problems):
        part.register(app)
    for endpoints in ENDPOINTS:
        app.register_blueprint(endpoints.blueprint)
    return app


def _app() -> Flask:
    settings = load(production.environ(os.environ))
    if settings.local:
        return _local_app()
    return assemble(settings, context(settings, Ses(settings.mail_from)))


def _local_app() -> Flask:
    # Not imported in production, where neither the engine nor the site generator is installed.
    from backend.local import development  # noqa: PLC0415

    settings = development.local_settings(os.environ)
    app = assemble(settings, context(settings, Mailbox(settings.instance_path / "mailbox")))
    development.prepare(app, settings)
    return app
