"""AWS as it can be but an emulator is not: some answers are given here, the rest come from it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from email.utils import formatdate
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs
from urllib.request import Request, urlopen

from tests.servers import Handler, serving

HOP_BY_HOP = {"connection", "content-length", "transfer-encoding"}


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def says(body: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(body).encode())


def denies(action: str) -> Answer:
    told = f"User: arn:aws:iam::1:user/u is not authorized to perform: {action}"
    return Answer(403, json.dumps({"message": told}).encode(), {"x-amzn-errortype": "AccessDenied"})


def is_somebody(arn: str, date: str | None = None) -> Answer:
    """To the question who asks."""
    result = f"<Arn>{arn}</Arn><UserId>U</UserId><Account>1</Account>"
    body = f"<GetCallerIdentityResult>{result}</GetCallerIdentityResult>"
    whole = f"<GetCallerIdentityResponse>{body}</GetCallerIdentityResponse>"
    return Answer(200, whole.encode(), {"Date": date or formatdate(usegmt=True)})


# What is answered instead of what the emulator says, or what is made of that.
Alteration = Answer | Callable[[Answer], Answer]


@contextmanager
def altered(url: str, answers: Mapping[str, Alteration]) -> Iterator[str]:
    """By operation, such as `GetCallerIdentity`, or by method and path where AWS has no other."""

    def answer(call: Handler) -> None:
        body = call.rfile.read(int(call.headers.get("Content-Length", 0)))
        alteration = answers.get(_operation(call, body))
        given = alteration if isinstance(alteration, Answer) else _asked(url, call, body)
        if callable(alteration):
            given = alteration(given)
        call.send_response_only(given.status)
        for name, value in given.headers.items():
            call.send_header(name, value)
        call.send_header("Content-Length", str(len(given.body)))
        call.end_headers()
        call.wfile.write(given.body)

    with serving(answer) as address:
        yield address


def _operation(call: Handler, body: bytes) -> str:
    if "X-Amz-Target" in call.headers:
        return str(call.headers["X-Amz-Target"]).rpartition(".")[2]
    form = parse_qs(body.decode(errors="replace"))
    return form["Action"][0] if "Action" in form else f"{call.command} {call.path}"


def _asked(url: str, call: Handler, body: bytes) -> Answer:
    sent = {name: value for name, value in call.headers.items() if name.lower() != "host"}
    request = Request(url + call.path, body or None, sent, method=call.command)
    try:
        with urlopen(request, timeout=60) as answer:
            return Answer(answer.status, answer.read(), _kept(answer.headers))
    except HTTPError as error:
        return Answer(error.code, error.read(), _kept(error.headers))


def _kept(headers: Message) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in HOP_BY_HOP}
