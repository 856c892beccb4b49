"""X-Ray, which the stage switches on and off."""

from __future__ import annotations

import json

from tests.infra.emulated import Operator


def mode(operator: Operator) -> str:
    function = operator.client("lambda").get_function(FunctionName="latchstring-prod")
    return str(function["Configuration"]["TracingConfig"]["Mode"])


def test_tracing_follows_the_stage_with_the_next_deployment(operator: Operator) -> None:
    operator.edit((r"^xray = .*", "xray = true"))
    told = operator.does("infra deploy prod --yes")
    operator.does("zappa deploy prod")
    assert "xray_tracing is True" in told
    assert mode(operator) == "Active"

    operator.edit((r"^xray = .*", "xray = false"))
    told = operator.does("infra deploy prod --yes")
    operator.does("zappa update prod")
    assert "~ Role" in told
    assert mode(operator) == "PassThrough"


def test_nothing_is_traced_unless_the_stage_says_so(operator: Operator) -> None:
    operator.edit((r"^xray = .*\n", ""))

    operator.does("infra deploy prod --yes")

    settings = json.loads((operator.folder / "zappa_settings.json").read_text())
    assert settings["prod"]["xray_tracing"] is False
    assert "xray" not in operator.does("infra template data")
