"""Mail through Amazon SES. The API takes each header by itself, so none can bring another."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from backend.mail.message import MailError, Message

if TYPE_CHECKING:
    from types_boto3_sesv2 import SESV2Client


class Ses:
    def __init__(self, sender: str) -> None:
        self._sender = sender

    def send(self, message: Message) -> None:
        try:
            self._client.send_email(
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": [message.to]},
                Content={
                    "Simple": {
                        "Subject": {"Data": message.subject, "Charset": "UTF-8"},
                        "Body": {
                            "Text": {"Data": message.text, "Charset": "UTF-8"},
                            "Html": {"Data": message.html, "Charset": "UTF-8"},
                        },
                    }
                },
            )
        except ClientError as error:
            # SES's own message may repeat the address; its code never does.
            raise MailError(error.response["Error"]["Code"]) from None
        except BotoCoreError as error:
            raise MailError(type(error).__name__) from None

    @cached_property
    def _client(self) -> SESV2Client:
        """Made at the first mail: a client costs more at start than most requests need."""
        retries = Config(
            retries={"mode": "standard", "total_max_attempts": 2}, connect_timeout=1, read_timeout=3
        )
        return boto3.client("sesv2", config=retries)
