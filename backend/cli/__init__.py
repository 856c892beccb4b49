"""The commands of `flask`, one module a group."""

from __future__ import annotations

from flask import Flask

from backend.cli import audit, installation, users


def register(app: Flask) -> None:
    for command in (installation.config, installation.docs, users.users, audit.audit):
        app.cli.add_command(command)
