"""Secrets and persons in the log."""

from __future__ import annotations

from typing import Final

from tests.planted.defect import Defect

LOGS: Final = "tests/attacks/test_logs.py"
EVERY_FLOW: Final = (
    f"{LOGS}::test_no_flow_leaves_a_secret_or_a_person_in_log_or_metrics_or_output",
)

DEFECTS: Final = (
    Defect(
        "the path is logged as it was asked for",
        "backend/web/logs.py",
        '"route": rule.rule if rule else "-",',
        '"route": request.path,',
        (f"{LOGS}::test_nothing_that_callers_send_stands_in_the_log",),
    ),
    Defect(
        "the token of a session is logged as it begins",
        "backend/accounts/sessions.py",
        "    _create(context, session)\n",
        '    logger.info("session begun", extra={"token": str(token)})\n'
        "    _create(context, session)\n",
        EVERY_FLOW,
    ),
)
