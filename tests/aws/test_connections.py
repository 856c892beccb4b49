"""An answer is taken as it was meant, or not at all."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from backend.aws.connections import HEAD_BYTES, Answer, Broken, Connections

WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nX-Made-Up:  yes \r\n\r\n{ } "


@contextmanager
def saying(*pieces: bytes) -> Iterator[Connections]:
    """To a service that says these one after the other, whatever it is asked, and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with listening.accept()[0] as caller, suppress(OSError):
                caller.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                caller.recv(65_536)
                for piece in pieces:
                    caller.sendall(piece)
                caller.shutdown(socket.SHUT_WR)
                while caller.recv(65_536):
                    """Until it is closed."""

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        port = listening.getsockname()[1]
        yield Connections(f"http://127.0.0.1:{port}", connect=1, read=2)


def asked(*pieces: bytes) -> Answer:
    with saying(*pieces) as connections:
        return connections.post("/", {}, b"{}")


def test_an_answer_has_status_headers_and_body() -> None:
    answer = asked(WHOLE)
    assert (answer.status, answer.body) == (200, b"{ } ")
    assert answer.headers == {"content-length": "4", "x-made-up": "yes"}


def test_an_answer_may_come_byte_by_byte() -> None:
    assert asked(*(bytes([one]) for one in WHOLE)).body == b"{ } "


def test_a_large_answer_is_read_to_its_end() -> None:
    body = b"x" * 1_000_000
    assert asked(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n" + body).body == body


@pytest.mark.parametrize("cut", range(len(WHOLE)))
def test_half_an_answer_is_none(cut: int) -> None:
    with pytest.raises(Broken):
        asked(WHOLE[:cut])


def with_length(length: bytes) -> bytes:
    return WHOLE.replace(b"Length: 4", b"Length: " + length)


NONE: dict[str, Callable[[], bytes]] = {
    "longer than its length": lambda: WHOLE + b"{}",
    "in chunks": lambda: (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
    ),
    "a length and chunks": lambda: WHOLE.replace(b"X-Made-Up", b"Transfer-Encoding"),
    "no length": lambda: b"HTTP/1.1 200 OK\r\n\r\n{}",
    "a negative length": lambda: with_length(b"-4"),
    "two lengths": lambda: with_length(b"4, 4"),
    "a length that is no number": lambda: with_length(b"four"),
    "no HTTP": lambda: b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
    "no status": lambda: WHOLE.replace(b"200", b"OK!"),
    "an endless head": lambda: b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * HEAD_BYTES,
}


@pytest.mark.parametrize("made", NONE.values(), ids=NONE.keys())
def test_what_is_no_answer_is_broken(made: Callable[[], bytes]) -> None:
    with pytest.raises(Broken):
        asked(made())


def test_a_header_cannot_bring_another() -> None:
    connections = Connections("http://127.0.0.1:9", connect=1, read=1)
    with pytest.raises(ValueError, match="one line"):
        connections.post("/", {"x-made-up": "yes\r\nx-another: yes"}, b"{}")


@pytest.mark.parametrize(
    "last", [WHOLE.replace(b"1.1", b"1.0"), WHOLE.replace(b"X-Made-Up:  yes", b"Connection: close")]
)
def test_a_service_that_says_so_is_asked_anew(last: bytes) -> None:
    with saying(last) as connections:
        connections.post("/", {}, b"{}")
        assert not connections._idle  # noqa: SLF001 - what the next call would take
