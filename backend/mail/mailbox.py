"""The local mailbox: mails as files, for a developer to read."""

from __future__ import annotations

import json
import time
import uuid
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from backend.mail.message import MailError, Message

KEPT: Final = 200


@dataclass(frozen=True)
class Mailbox:
    folder: Path

    def send(self, message: Message) -> None:
        sent = time.time_ns()
        name = f"{sent:020}-{uuid.uuid4()}.json"
        moment = datetime.fromtimestamp(sent / 1e9, UTC).isoformat(timespec="milliseconds")
        mail = {
            "id": name.removesuffix(".json"),
            **asdict(message),
            "sent_at": moment.replace("+00:00", "Z"),
        }
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            unfinished = self.folder / f"{name}.part"
            unfinished.write_text(json.dumps(mail), encoding="utf-8")
            unfinished.replace(self.folder / name)
            self._forget_old()
        except OSError as error:
            raise MailError(f"the local mailbox cannot be written: {error.strerror}") from None

    def mails(self) -> list[dict[str, Any]]:
        """All kept mails, newest first."""
        found = []
        for file in reversed(self._files()):
            # One that was forgotten since the folder was listed is no mail any more.
            with suppress(FileNotFoundError):
                found.append(json.loads(file.read_text(encoding="utf-8")))
        return found

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("*.json"))

    def _forget_old(self) -> None:
        for file in self._files()[:-KEPT]:
            file.unlink(missing_ok=True)
