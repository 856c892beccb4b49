"""What Lambda calls: Zappa's handler, for what an API sends and nothing else."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from zappa.handler import LambdaHandler

from backend.accounts import webhooks
from backend.lambda_app import app
from backend.orders import DELIVER_WEBHOOKS
from backend.web.operation import EXTENSION

# Made at import, so that a start, and not the first request, builds the app.
_zappa = LambdaHandler()
# Of the 15 that a call may take, with a last try under way at their end.
DELIVERY_SECONDS: Final = 8


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The answer to an API's event, or what came of the one order that there is.

    Zappa also takes code and the names of functions to run; whoever may invoke the function shall
    not thereby read its secrets.
    """
    if event == DELIVER_WEBHOOKS:
        return _deliver_webhooks()
    if "requestContext" not in event:
        raise ValueError("Only what an API sends is answered.")
    answer: dict[str, Any] = _zappa.handler(event, context)
    # Zappa repeats each cookie under another spelling, and has null for no body.
    if "cookies" in answer:
        answer["cookies"] = list(dict.fromkeys(answer["cookies"]))
    answer["body"] = answer.get("body") or ""
    return answer


def _deliver_webhooks() -> dict[str, Any]:
    context = app.extensions[EXTENSION]
    return asdict(webhooks.deliver(context, until=context.now(), seconds=DELIVERY_SECONDS))
