"""How often and how fast each flow is used: embedded metrics, which ride on the request's log line.

CloudWatch makes the metric from the line (embedded metric format), so nothing is called. It is one
metric, whose sample count is the counter, since each pair of flow and outcome is paid for.
"""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import Any, Final

NAMESPACE: Final = "Latchstring"
METRIC: Final = "milliseconds"
DIMENSIONS: Final = ("stage", "flow", "outcome")


def embedded(stage: str, flow: str, status: int) -> dict[str, Any]:
    """What makes a line that has `milliseconds` a measurement of the flow."""
    declared = {
        "Namespace": NAMESPACE,
        "Dimensions": [DIMENSIONS],
        "Metrics": [{"Name": METRIC, "Unit": "Milliseconds"}],
    }
    return {
        "_aws": {"Timestamp": int(1000 * time.time()), "CloudWatchMetrics": [declared]},
        "stage": stage,
        "flow": flow,
        "outcome": _outcome(status),
    }


def _outcome(status: int) -> str:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return "failed"
    return "refused" if status >= HTTPStatus.BAD_REQUEST else "ok"
