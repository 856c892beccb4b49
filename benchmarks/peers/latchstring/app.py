"""The app as it runs in Lambda, but for the mail, which nobody gets, and the limits."""

from __future__ import annotations

import os

from backend.accounts import verifiers
from backend.accounts.identifiers import parse_email, parse_username
from backend.accounts.ids import new_id
from backend.app import assemble, context
from backend.mail.message import Message
from backend.settings import load
from backend.storage import users
from backend.storage.client import connect
from backend.storage.creation import create_missing
from benchmarks.peers import PASSWORD, USERS, email


class Nobody:
    def send(self, message: Message) -> None:
        """As fast as a mail service can be."""


settings = load(os.environ)
accounts = context(settings, Nobody())


def prepare() -> None:
    """Tables, and accounts whose mailboxes count as proved."""
    client = connect(settings.dynamodb_endpoint_url, local=True)
    create_missing(client, settings.table_prefix)
    for number in range(USERS):
        name, address = parse_username(f"user{number}"), parse_email(email(number))
        users.create(
            accounts.database,
            users.User(
                id=new_id(),
                username=name.text,
                name_key=name.key,
                email=address.text,
                email_key=address.key(settings.lookup_key),
                password_hash=verifiers.hash_password(PASSWORD),
                created_at=accounts.now(),
                updated_at=accounts.now(),
                email_verified_at=accounts.now(),
                created_in=new_id(),
            ),
            accounts.now(),
        )


if os.environ.get("PREPARE"):
    prepare()
else:
    app = assemble(settings, accounts)
