"""SES as far as the app calls it: what it accepts is in the mailboxes that a site reads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backend.mail.mailbox import Mailbox
from backend.mail.message import Message
from backend.mail.ses import PATH
from tests.servers import Handler, serving

SENDER = "accounts@example.org"


@contextmanager
def accepting(folder: Path) -> Iterator[str]:
    """Its address. It answers in the form of API v2, once the mail is in the folder."""
    mailbox = Mailbox(folder)

    def accept(call: Handler) -> None:
        asked = json.loads(call.rfile.read(int(call.headers["Content-Length"])))
        assert call.path == PATH
        assert call.headers["Authorization"].startswith("AWS4-HMAC-SHA256 ")
        assert asked["FromEmailAddress"] == SENDER
        [to] = asked["Destination"]["ToAddresses"]
        simple = asked["Content"]["Simple"]
        text, html = (simple["Body"][form]["Data"] for form in ("Text", "Html"))
        mailbox.send(Message(to, simple["Subject"]["Data"], text, html))
        raw = json.dumps({"MessageId": "1"}).encode()
        call.send_response(200)
        call.send_header("Content-Length", str(len(raw)))
        call.end_headers()
        call.wfile.write(raw)

    with serving(accept) as url:
        yield url
