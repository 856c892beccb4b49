"""One change to a stage at a time: a parameter that only one can make.

It names its holder. One of this machine whose process is gone gives way at once, any other after
an hour or when told to.
"""

from __future__ import annotations

import getpass
import json
import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

from infra.aws import Aws, found
from infra.errors import Refusal
from infra.screen import say

STALE_SECONDS: Final = 3600


@contextmanager
def held(aws: Aws, *, take_over: bool = False) -> Iterator[None]:
    """Raises Refusal while somebody else holds the lock."""
    ssm, name = aws.here("ssm"), f"{aws.stage.parameters}/lock"
    me = json.dumps(
        {
            "who": f"{getpass.getuser()}@{platform.node()}",
            "process": os.getpid(),
            "since": int(time.time()),
        }
    )
    while not _take(ssm, name, me):
        _clear_the_way(ssm, name, take_over=take_over)
    try:
        yield
    finally:
        _release(ssm, name, me)


def _take(ssm: Any, name: str, me: str) -> bool:
    put = {"Name": name, "Value": me, "Type": "String", "Overwrite": False}
    return found(lambda: ssm.put_parameter(**put), "ParameterAlreadyExists") is not None


def _clear_the_way(ssm: Any, name: str, *, take_over: bool) -> None:
    """Removes the lock where its holder is gone."""
    answer = found(lambda: ssm.get_parameter(Name=name), "ParameterNotFound")
    if answer is None:
        return
    holder = json.loads(answer["Parameter"]["Value"])
    since = datetime.fromtimestamp(holder["since"], UTC)
    if not (take_over or _gone(holder)):
        raise Refusal(
            f"{holder['who']} has been changing this stage since {since:%H:%M} UTC; wait until "
            "that has ended, or give --take-over if you know that it was interrupted."
        )
    say(f"Taking over from {holder['who']}, who began at {since:%H:%M} UTC and did not finish.")
    found(lambda: ssm.delete_parameter(Name=name), "ParameterNotFound")


def _gone(holder: dict[str, Any]) -> bool:
    if time.time() - holder["since"] > STALE_SECONDS:
        return True
    if holder["who"].rpartition("@")[2] != platform.node():
        return False
    try:
        os.kill(holder["process"], 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _release(ssm: Any, name: str, me: str) -> None:
    answer = found(lambda: ssm.get_parameter(Name=name), "ParameterNotFound")
    if answer and answer["Parameter"]["Value"] == me:
        found(lambda: ssm.delete_parameter(Name=name), "ParameterNotFound")
