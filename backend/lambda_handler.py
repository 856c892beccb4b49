"""What Lambda calls: the app, for what an API sends, and the one order that there is."""

from __future__ import annotations

import gc
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from apig_wsgi import make_lambda_handler

from backend.orders import DELIVER_WEBHOOKS

if TYPE_CHECKING:
    from flask import Flask

# Of the 15 that a call may take, with a last try under way at their end.
DELIVERY_SECONDS: Final = 8


def _start() -> Flask:
    """The app, made without looking for garbage: what a start makes stays, then and afterwards."""
    gc.disable()
    from backend.app import create_app  # noqa: PLC0415

    made = create_app(commands=False)
    gc.freeze()
    gc.enable()
    return made


# Made at import, so that a start, and not the first request, builds the app.
app = _start()
_answer = make_lambda_handler(app)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The answer to an API's event, or what came of the order."""
    if event == DELIVER_WEBHOOKS:
        return _deliver_webhooks()
    if "requestContext" not in event:
        raise ValueError("Only what an API sends is answered.")
    return _answer(_without_doubles(_without_stage(event)), context)


def _without_stage(event: dict[str, Any]) -> dict[str, Any]:
    """An HTTP API has the name of its stage before the path, which nobody typed."""
    prefix = f"/{event['requestContext'].get('stage')}/"
    path = event.get("rawPath", "")
    if not path.startswith(prefix):
        return event
    return {**event, "rawPath": path[len(prefix) - 1 :]}


def _without_doubles(event: dict[str, Any]) -> dict[str, Any]:
    """WSGI writes - as _ in a header's name, so that X_Origin_Secret would be X-Origin-Secret."""
    told = {
        part: {name: value for name, value in event[part].items() if "_" not in name}
        for part in ("headers", "multiValueHeaders")
        if event.get(part)
    }
    return {**event, **told}


def _deliver_webhooks() -> dict[str, Any]:
    # Not imported for any other call.
    from backend.accounts import webhooks  # noqa: PLC0415
    from backend.web.operation import EXTENSION  # noqa: PLC0415

    context = app.extensions[EXTENSION]
    return asdict(webhooks.deliver(context, until=context.now(), seconds=DELIVERY_SECONDS))
