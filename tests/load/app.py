"""What a production server serves under load: the app, whose mails are files named by mailbox."""

from __future__ import annotations

import os
from pathlib import Path

from backend.app import assemble, context
from backend.mail.message import Message
from backend.settings import load


class Letters:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, message: Message) -> None:
        (self._folder / message.to).write_text(message.subject[:6], encoding="utf-8")


_settings = load(os.environ)
app = assemble(_settings, context(_settings, Letters(Path(os.environ["LETTERS"]))))
