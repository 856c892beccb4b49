"""A message: no header of it can bring another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.mail.message import Message

UNPRINTABLE = [
    *("\r\nBcc: eve@example.org", "\n", "\r", "\0", "\t", "\x7f", "\x85"),
    *("\N{LINE SEPARATOR}", "\N{RIGHT-TO-LEFT OVERRIDE}", "\N{ZERO WIDTH SPACE}", "\ud800"),
]


@pytest.mark.parametrize("char", UNPRINTABLE)
@pytest.mark.parametrize("header", ["to", "subject"])
def test_a_header_with_an_unprintable_character_is_refused(header: str, char: str) -> None:
    headers = {"to": "ann@example.com", "subject": "Your code"}
    headers[header] += char
    with pytest.raises(ValueError, match="not printable"):
        Message(**headers, text="", html="")


@given(st.text(), st.text())
def test_a_header_never_has_a_line_break(to: str, subject: str) -> None:
    try:
        message = Message(to, subject, "", "")
    except ValueError:
        return
    assert len(message.to.splitlines()) <= 1
    assert len(message.subject.splitlines()) <= 1


def test_text_and_html_may_have_as_many_lines_as_they_like() -> None:
    message = Message("ann@example.com", "123456 für Café", "one\r\ntwo\n", "<p>\n</p>")
    assert message.text == "one\r\ntwo\n"
