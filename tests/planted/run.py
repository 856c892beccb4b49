"""`python -m tests.planted.run OUTCOME [DEFECT]`: the tests that must notice, with it planted.

Without a defect, the tests of all of them, with none. What became of them is written, as JSON, into
the file OUTCOME.
"""

from __future__ import annotations

import json
import logging
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pytest

from tests.planted.kinds import DEFECTS
from tests.rewriting import rewrite


@dataclass
class Outcome:
    """`failed` are tests that found what they say not to hold; `errors` are what kept a test from
    finding anything: at its collection, before it, or an exception of the product's own."""

    passed: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


class Watch(logging.Handler):
    """Hears of each test's end, and of exceptions that nobody meant."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.outcome = Outcome()

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info:
            self.outcome.errors.append(str(record.exc_info[1]))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.outcome.errors.append(report.longreprtext)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and report.when == "call":
            self.outcome.failed.append(report.nodeid)
        elif report.failed:
            self.outcome.errors.append(report.longreprtext)
        elif report.passed and report.when == "call":
            self.outcome.passed.append(report.nodeid)


def main(to: str, says: str | None = None) -> int:
    planted = [defect for defect in DEFECTS if defect.says == says]
    tests = {test for defect in planted or DEFECTS for test in defect.noticed_by}
    for defect in planted:
        rewrite(defect.file, defect.code())
    watch = Watch()
    logging.getLogger("backend").addHandler(watch)
    status = pytest.main(["-q", "-m", "", "-p", "no:cacheprovider", *sorted(tests)], [watch])
    Path(to).write_text(json.dumps(asdict(watch.outcome)), encoding="utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
