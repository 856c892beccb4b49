"""What Lambda calls: Zappa's handler, for what an API sends and nothing else."""

from __future__ import annotations

from typing import Any

from zappa.handler import LambdaHandler

# Made at import, so that a start, and not the first request, builds the app.
_zappa = LambdaHandler()


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The answer to an API's event.

    Zappa also takes code and the names of functions to run; whoever may invoke the function shall
    not thereby read its secrets.
    """
    if "requestContext" not in event:
        raise ValueError("Only what an API sends is answered.")
    answer: dict[str, Any] = _zappa.handler(event, context)
    # Zappa repeats each cookie under another spelling, and has null for no body.
    if "cookies" in answer:
        answer["cookies"] = list(dict.fromkeys(answer["cookies"]))
    answer["body"] = answer.get("body") or ""
    return answer
