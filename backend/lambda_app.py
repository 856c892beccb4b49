"""The app that Zappa's handler serves in Lambda, made once at its start."""

from backend.app import create_app

app = create_app()
