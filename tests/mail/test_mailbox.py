"""The local mailbox: newest first, whole or not at all, and never full."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backend.mail.mailbox import Mailbox
from backend.mail.message import MailError, Message


def letter(subject: str) -> Message:
    return Message("ann@example.com", subject, f"Text of {subject}: ü\n", f"<p>{subject}</p>")


def subjects(box: Mailbox) -> list[str]:
    return [mail["subject"] for mail in box.mails()]


@pytest.fixture
def box(tmp_path: Path) -> Mailbox:
    return Mailbox(tmp_path / "instance" / "mailbox")


def test_a_mailbox_that_nobody_wrote_to_is_empty(box: Mailbox) -> None:
    assert box.mails() == []


def test_a_mail_is_kept_as_it_was_sent(box: Mailbox) -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    box.send(letter("Hello"))
    [mail] = box.mails()
    assert mail.keys() == {"id", "to", "subject", "text", "html", "sent_at"}
    assert mail["to"] == "ann@example.com"
    assert mail["text"] == "Text of Hello: ü\n"
    assert mail["html"] == "<p>Hello</p>"
    assert mail["sent_at"].endswith("Z")
    assert before <= datetime.fromisoformat(mail["sent_at"]) <= datetime.now(UTC)


def test_the_newest_mail_comes_first(box: Mailbox) -> None:
    for number in range(5):
        box.send(letter(str(number)))
    assert subjects(box) == ["4", "3", "2", "1", "0"]
    assert len({mail["id"] for mail in box.mails()}) == 5


def test_the_newest_200_mails_are_kept(box: Mailbox) -> None:
    for number in range(203):
        box.send(letter(str(number)))
    assert subjects(box) == [str(number) for number in range(202, 2, -1)]


def test_mails_survive_a_restart(box: Mailbox) -> None:
    box.send(letter("Hello"))
    assert subjects(Mailbox(box.folder)) == ["Hello"]


def test_a_mail_that_is_not_finished_is_not_shown(box: Mailbox) -> None:
    box.send(letter("Hello"))
    [finished] = box.folder.iterdir()
    finished.with_name(f"{finished.name}.part").write_text('{"subject": "Hel')
    assert subjects(box) == ["Hello"]


def test_nothing_unfinished_is_left_behind(box: Mailbox) -> None:
    box.send(letter("Hello"))
    [file] = box.folder.iterdir()
    assert json.loads(file.read_text())["subject"] == "Hello"


def test_mails_that_are_sent_at_once_all_arrive(box: Mailbox) -> None:
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(box.send, [letter(str(number)) for number in range(150)]))
    assert sorted(subjects(box), key=int) == [str(number) for number in range(150)]


def test_a_full_mailbox_can_be_written_to_at_once(box: Mailbox) -> None:
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(box.send, [letter(str(number)) for number in range(400)]))
    assert len(box.mails()) == 200


def test_a_full_mailbox_can_be_read_while_it_is_written_to(box: Mailbox) -> None:
    for number in range(200):
        box.send(letter(str(number)))
    over = threading.Event()

    def write() -> None:
        while not over.is_set():
            box.send(letter("more"))

    with ThreadPoolExecutor(2) as threads:
        writers = [threads.submit(write) for _ in range(2)]
        try:
            for _ in range(10):
                assert box.mails()
        finally:
            over.set()
        for writer in writers:
            writer.result()


def test_a_mailbox_that_cannot_be_written_says_so_without_the_address(tmp_path: Path) -> None:
    (tmp_path / "mailbox").write_text("no folder")
    with pytest.raises(MailError, match="the local mailbox cannot be written") as refusal:
        Mailbox(tmp_path / "mailbox").send(letter("Hello"))
    assert "ann@" not in str(refusal.value)
