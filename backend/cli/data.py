"""What commands that work with the data have in common: where the data are, and what goes wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import click
from flask import current_app
from flask.cli import AppGroup

from backend.accounts import audit
from backend.accounts.administration import Administrator
from backend.accounts.context import Caller, Context
from backend.accounts.errors import Refusal
from backend.accounts.ids import new_id
from backend.aws.place import NoCredentials
from backend.aws.service import Refused
from backend.settings import SettingError
from backend.storage.client import connect
from backend.storage.database import Database, Unavailable
from backend.web import operation

# What the log says in place of a browser.
COMMAND_LINE: Final = "flask"


class DataCommands(AppGroup):
    """Commands whose failures are sentences, with exit status 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Refusal as refusal:
            raise click.ClickException(f"{refusal.title}. {refusal.detail}") from None
        except SettingError as error:
            raise click.ClickException(str(error)) from None
        except Unavailable as failure:
            raise click.ClickException(
                f"The database does not answer ({failure}). Whether the last change was made is "
                "not known; the command may be run again."
            ) from None
        except NoCredentials:
            raise click.ClickException("AWS does not know who asks; run `aws sso login`.") from None
        except Refused as refused:
            said = refused.body.get("message") or refused.body.get("Message") or ""
            raise click.ClickException(f"The database refuses: {refused.code}: {said}") from None


def context() -> Context:
    """What the rules work with.

    On a developer's machine the engine is that of `flask run`, or one for this command alone.
    """
    found = operation.context()
    if found.settings.local:
        found = _reached(found)
        current_app.extensions[operation.EXTENSION] = found
    return found


def operator() -> Administrator:
    """Who acts at the command line; each command is a request of its own."""
    meta = click.get_current_context().meta
    administrator: Administrator = meta.setdefault(__name__, _operator())
    return administrator


def _operator() -> Administrator:
    caller = Caller(ip_prefix="", user_agent=COMMAND_LINE, device_cookie="", request_id=new_id())
    return Administrator(audit.OPERATOR, caller)


def _reached(found: Context) -> Context:
    # Not imported in production, where neither the engine nor the site generator is installed.
    from backend.local import development  # noqa: PLC0415

    settings = development.reach_data(found.settings)
    if settings is found.settings:
        return found
    client = connect(settings.dynamodb_endpoint_url, local=True)
    return replace(found, settings=settings, database=Database(client, settings.table_prefix))
