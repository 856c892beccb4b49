"""One dashboard: what people did, how long it took, and what it rests on."""

from __future__ import annotations

import json
from typing import Any

from troposphere import Template, cloudwatch

from backend.storage.tables import TABLES
from infra.stages import Stage


def add_dashboard(template: Template, stage: Stage) -> None:
    function = ["FunctionName", stage.function]
    flows = f'{{Latchstring,stage,flow,outcome}} stage="{stage.name}" milliseconds'
    rows: list[list[dict[str, Any]]] = [
        [
            _graph(stage, "Flows by outcome", [_search(flows, "SampleCount")]),
            _graph(stage, "Flows, p99 in ms", [_search(flows, "p99")]),
        ],
        [
            _graph(
                stage,
                "Function",
                [["AWS/Lambda", name, *function] for name in ("Invocations", "Errors", "Throttles")]
                + [["Latchstring/" + stage.name, "server_errors"]],
            ),
            _graph(
                stage,
                "Function, ms",
                [
                    ["AWS/Lambda", "Duration", *function, {"stat": stat}]
                    for stat in ("p50", "p90", "p99")
                ],
            ),
        ],
        [
            _graph(
                stage,
                "Units of the tables",
                [
                    ["AWS/DynamoDB", name, "TableName", stage.table_prefix + table.name]
                    for table in TABLES
                    for name in ("ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits")
                ],
            ),
            _graph(
                stage,
                "Mail",
                [["AWS/SES", name] for name in ("Send", "Delivery", "Bounce", "Complaint")],
            ),
        ],
    ]
    widgets = [
        {**widget, "x": 12 * column, "y": 6 * row}
        for row, line in enumerate(rows)
        for column, widget in enumerate(line)
    ]
    template.add_resource(
        cloudwatch.Dashboard(
            "Dashboard",
            DashboardName=stage.function,
            DashboardBody=json.dumps({"widgets": widgets}, separators=(",", ":")),
        )
    )


def _search(query: str, stat: str) -> list[dict[str, str]]:
    return [{"expression": f"SEARCH('{query}', '{stat}', 300)"}]


def _graph(stage: Stage, title: str, metrics: list[Any]) -> dict[str, Any]:
    return {
        "type": "metric",
        "width": 12,
        "height": 6,
        "properties": {
            "title": title,
            "region": stage.region,
            "view": "timeSeries",
            "stat": "Sum",
            "period": 300,
            "metrics": metrics,
        },
    }
