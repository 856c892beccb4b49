"""The commands of `flask`, one module a group."""

from __future__ import annotations

from flask import Flask

from backend.cli import installation


def register(app: Flask) -> None:
    for command in (installation.config, installation.docs):
        app.cli.add_command(command)
