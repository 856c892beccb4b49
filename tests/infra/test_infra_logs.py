"""`logs`: what the function wrote, one line a record."""

from __future__ import annotations

import json
import signal
import time
from typing import Any

import pytest

from tests.infra.emulated import Operator

GROUP = "/aws/lambda/latchstring-prod"
HOUR = 3600


@pytest.fixture
def operator(operator: Operator) -> Operator:
    """Whose function has a log."""
    logs = operator.client("logs")
    logs.create_log_group(logGroupName=GROUP)
    logs.create_log_stream(logGroupName=GROUP, logStreamName="one")
    return operator


def write(operator: Operator, *messages: Any, ago: int = 0) -> None:
    """Records or bare lines, so many seconds ago."""
    texts = [one if isinstance(one, str) else json.dumps(one) for one in messages]
    now = int((time.time() - ago) * 1000)
    operator.client("logs").put_log_events(
        logGroupName=GROUP,
        logStreamName="one",
        logEvents=[{"timestamp": now + place, "message": text} for place, text in enumerate(texts)],
    )


def record(event: str, **more: Any) -> dict[str, Any]:
    return {"time": "-", "level": "info", "event": event, **more}


def told(operator: Operator, *options: str) -> list[str]:
    """The lines without their time."""
    return [
        line[15:] for line in operator.does(f"infra logs prod {' '.join(options)}").splitlines()
    ]


def test_each_record_is_a_line_and_what_is_none_stays_as_it_is(operator: Operator) -> None:
    write(operator, record("request", status=200, _aws={}), "REPORT RequestId: 1")

    assert told(operator) == ["info    request status=200", "REPORT RequestId: 1"]


def test_since_says_how_far_back(operator: Operator) -> None:
    write(operator, record("long ago"), ago=3 * HOUR)
    write(operator, record("just now"))

    assert told(operator, "--since", "2h") == ["info    just now"]
    assert told(operator, "--since", "4h") == ["info    long ago", "info    just now"]


@pytest.mark.parametrize("since", ["now", "10", "0m", "-5m", "10 m", "1w"])
def test_a_since_that_is_none_is_answered_with_one_that_is(operator: Operator, since: str) -> None:
    assert operator.infra("logs", "prod", f"--since={since}").sentence == (
        f"--since is {since!r}; allowed are a number and s, m, h or d, such as 10m."
    )


def test_a_filter_leaves_the_rest_out(operator: Operator) -> None:
    write(operator, record("request", status=200), record("request", status=503))

    # The emulator knows words, and of AWS's patterns for JSON nothing.
    assert told(operator, "--filter", "503") == ["info    request status=503"]


def test_follow_tells_each_record_once_as_it_comes(operator: Operator) -> None:
    write(operator, record("first"))
    following = operator.begin("infra", "logs", "prod", "--follow")
    assert following.stdout
    assert following.stdout.readline()[15:] == "info    first\n"

    write(operator, record("second"))
    assert following.stdout.readline()[15:] == "info    second\n"

    following.send_signal(signal.SIGINT)
    rest, _ = following.communicate(timeout=30)
    assert rest == ""
    assert following.returncode == 130


def test_before_there_is_a_log_it_says_so(operator: Operator) -> None:
    operator.client("logs").delete_log_group(logGroupName=GROUP)

    assert operator.infra("logs", "prod").sentence == (
        f"There is no log {GROUP} yet; deploy the stage first."
    )
