"""The commands of `flask`, one module a group."""

from __future__ import annotations

from flask import Flask

from backend.cli import audit, installation, keys, users, webhooks


def register(app: Flask) -> None:
    for command in (
        installation.config,
        installation.docs,
        users.users,
        audit.audit,
        keys.keys,
        webhooks.webhooks,
    ):
        app.cli.add_command(command)
