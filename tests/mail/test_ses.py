"""Mail through SES: what is sent, and what is said when it is not."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from moto.core import DEFAULT_ACCOUNT_ID
from moto.server import ThreadedMotoServer
from moto.ses.models import ses_backends

from backend.mail.message import MailError, Message
from backend.mail.ses import Ses
from tests.servers import Handler, free_port, serving

SENDER = "accounts@example.com"
MESSAGE = Message(
    "ann@example.org", "123456 ist Ihr Code für Café", "Grüße\n\n123456\n", "<p>Grüße 123456</p>"
)


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


@contextmanager
def endpoint(status: int, answer: dict[str, str]) -> Iterator[tuple[str, list[Any]]]:
    """Where SES could be: its address, and the bodies that it was sent."""
    received: list[Any] = []

    def service(call: Handler) -> None:
        received.append(json.loads(call.rfile.read(int(call.headers["Content-Length"]))))
        raw = json.dumps(answer).encode()
        call.send_response(status)
        call.send_header("Content-Length", str(len(raw)))
        call.end_headers()
        call.wfile.write(raw)

    with serving(service) as url:
        yield url, received


@pytest.fixture
def ses(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """SES as moto plays it, over HTTP."""
    ses_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].reset()
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", f"http://{host}:{port}")
    yield
    server.stop()


@pytest.mark.usefixtures("ses")
def test_a_mail_of_a_verified_sender_is_accepted() -> None:
    boto3.client("sesv2").create_email_identity(EmailIdentity=SENDER)
    Ses(SENDER).send(MESSAGE)
    [mail] = ses_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].sent_messages
    assert mail.source == SENDER
    assert mail.destinations == {"ToAddresses": [MESSAGE.to]}
    assert (mail.subject, mail.body) == (MESSAGE.subject, MESSAGE.html)


@pytest.mark.usefixtures("ses")
def test_a_mail_of_an_unverified_sender_is_not_sent() -> None:
    with pytest.raises(MailError, match=r"^MessageRejected$"):
        Ses(SENDER).send(MESSAGE)


def test_subject_text_and_html_go_to_one_address_and_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with endpoint(200, {"MessageId": "1"}) as (url, received):
        monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", url)
        Ses(SENDER).send(MESSAGE)
    assert received == [
        {
            "FromEmailAddress": SENDER,
            "Destination": {"ToAddresses": [MESSAGE.to]},
            "Content": {
                "Simple": {
                    "Subject": {"Data": MESSAGE.subject, "Charset": "UTF-8"},
                    "Body": {
                        "Text": {"Data": MESSAGE.text, "Charset": "UTF-8"},
                        "Html": {"Data": MESSAGE.html, "Charset": "UTF-8"},
                    },
                }
            },
        }
    ]


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "MessageRejected"),
        (400, "AccountSuspendedException"),
        (403, "AccessDeniedException"),
        (404, "NotFoundException"),
        (500, "InternalServiceErrorException"),
    ],
)
def test_a_refusal_is_told_by_its_code_and_without_the_address(
    monkeypatch: pytest.MonkeyPatch, status: int, code: str
) -> None:
    answer = {"__type": code, "message": f"Email address is not verified: {MESSAGE.to}"}
    with endpoint(status, answer) as (url, _):
        monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", url)
        with pytest.raises(MailError) as refusal:
            Ses(SENDER).send(MESSAGE)
    assert str(refusal.value) == code
    assert refusal.value.__suppress_context__


def no_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", f"http://127.0.0.1:{free_port()}")


def no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    no_service(monkeypatch)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # it remembers credentials
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (no_service, "ConnectionRefusedError"),
        (no_credentials, "NoCredentials"),
    ],
)
def test_whatever_keeps_a_mail_from_ses_is_told_without_the_address(
    monkeypatch: pytest.MonkeyPatch, trouble: Callable[[pytest.MonkeyPatch], None], reason: str
) -> None:
    trouble(monkeypatch)
    with pytest.raises(MailError, match=f"^{reason}$"):
        Ses(SENDER).send(MESSAGE)
