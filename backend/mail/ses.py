"""Mail through Amazon SES. The API takes each header by itself, so none can bring another."""

from __future__ import annotations

from functools import cached_property
from typing import Final

from backend.aws import place
from backend.aws.service import Limits, NoAnswer, Refused, Service
from backend.mail.message import MailError, Message

PATH: Final = "/v2/email/outbound-emails"
HEADERS: Final = {"content-type": "application/json"}
LIMITS: Final = Limits(read=3, attempts=2)


class Ses:
    def __init__(self, sender: str) -> None:
        self._sender = sender

    def send(self, message: Message) -> None:
        try:
            self._service.call(PATH, HEADERS, self._asked(message))
        except Refused as refused:
            # SES's own message may repeat the address; its code never does.
            raise MailError(refused.code) from None
        except NoAnswer as failure:
            raise MailError(str(failure)) from None
        except (place.NoCredentials, place.NoRegion) as failure:
            raise MailError(type(failure).__name__) from None

    def _asked(self, message: Message) -> dict[str, object]:
        return {
            "FromEmailAddress": self._sender,
            "Destination": {"ToAddresses": [message.to]},
            "Content": {
                "Simple": {
                    "Subject": {"Data": message.subject, "Charset": "UTF-8"},
                    "Body": {
                        "Text": {"Data": message.text, "Charset": "UTF-8"},
                        "Html": {"Data": message.html, "Charset": "UTF-8"},
                    },
                }
            },
        }

    @cached_property
    def _service(self) -> Service:
        """Made at the first mail, which most requests do not send."""
        region = place.region()
        return Service(
            place.endpoint("email", "SESV2", region),
            service="ses",
            region=region,
            credentials=place.credentials(),
            limits=LIMITS,
        )
