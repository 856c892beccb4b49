"""The function's log: one line a record, newest last."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from infra.aws import Aws, code
from infra.errors import Refusal
from infra.screen import say

UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}
PAUSE: Final = 2.0
# Said once, at the beginning of the line.
LEADING: Final = ("time", "level", "event")


def logs(aws: Aws, *, since: str, pattern: str, follow: bool) -> None:
    client, begin = aws.here("logs"), int((time.time() - _seconds(since)) * 1000)
    seen: set[str] = set()
    while True:
        for event in _events(client, aws.stage.log_group, begin, pattern):
            identity = event.get("eventId") or repr(event)
            if identity not in seen:
                seen.add(identity)
                begin = max(begin, event["timestamp"])
                say(_line(event))
        if not follow:
            return
        time.sleep(PAUSE)


def _seconds(since: str) -> int:
    match = re.fullmatch(r"([1-9]\d{0,4})([smhd])", since)
    if not match:
        raise Refusal(f"--since is {since!r}; allowed are a number and s, m, h or d, such as 10m.")
    return int(match[1]) * UNITS[match[2]]


def _events(client: Any, group: str, begin: int, pattern: str) -> Iterator[Any]:
    asked = {"logGroupName": group, "startTime": begin}
    if pattern:
        asked["filterPattern"] = pattern
    try:
        for page in client.get_paginator("filter_log_events").paginate(**asked):
            yield from page["events"]
    except ClientError as error:
        if code(error) == "ResourceNotFoundException":
            raise Refusal(f"There is no log {group} yet; deploy the stage first.") from None
        raise


def _line(event: Any) -> str:
    when = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
    text = event["message"].rstrip()
    try:
        record = json.loads(text)
    except ValueError:
        record = None
    if not isinstance(record, dict):
        return f"{when:%m-%d %H:%M:%S} {text}"
    rest = {name: value for name, value in record.items() if name not in (*LEADING, "_aws")}
    told = " ".join(f"{name}={value}" for name, value in rest.items())
    level, event = record.get("level", "-"), record.get("event", "-")
    return f"{when:%m-%d %H:%M:%S} {level:<7} {event} {told}".rstrip()
