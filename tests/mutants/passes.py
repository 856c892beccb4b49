"""Which test passes which line: a pytest plugin, `-p tests.mutants.passes --passes=FOLDER`.

Each process of tests writes one file there: for each test that succeeds its seconds and its
lines, and the modules that were needed. The decorators of a view are passed with each of its
requests, also with those that are refused before the view.
"""

from __future__ import annotations

import inspect
import json
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any, Final

import flask
import pytest

from tests.mutants.operators import FOLDERS
from tests.rewriting import ROOT

# What is imported anew for each mutant, and what imports that.
TREE: Final = {path.name for path in ROOT.iterdir() if path.is_dir()}
OURS: Final = tuple(f"{ROOT / folder}/" for folder in FOLDERS)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--passes", type=Path, help="the folder that is told what each test passes")


def pytest_configure(config: pytest.Config) -> None:
    folder = config.getoption("--passes")
    if folder:
        config.pluginmanager.register(_Passes(folder))


class _Passes:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._tests: dict[str, dict[str, Any]] = {}
        self._lines: set[tuple[str, int]] = set()
        self._succeeded = True
        flask.request_started.connect(self._begin_request)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._lines, self._succeeded = set(), True
        began = time.process_time()
        threading.settrace(self._trace)
        sys.settrace(self._trace)
        try:
            return (yield)
        finally:
            sys.settrace(None)
            threading.settrace(None)
            if self._succeeded:
                lines: dict[str, list[int]] = {}
                for file, line in sorted(self._lines):
                    lines.setdefault(str(Path(file).relative_to(ROOT)), []).append(line)
                seconds = round(time.process_time() - began, 3)
                self._tests[item.nodeid] = {"seconds": seconds, "lines": lines}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._succeeded = self._succeeded and report.passed

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        worker = getattr(session.config, "workerinput", {}).get("workerid", "one")
        modules = sorted(name for name in sys.modules if name.partition(".")[0] not in TREE)
        told = {"tests": self._tests, "modules": modules}
        (self._folder / f"passes-{worker}.json").write_text(json.dumps(told), encoding="utf-8")

    def _trace(self, frame: FrameType, _event: str, _argument: Any) -> Any:
        if not frame.f_code.co_filename.startswith(OURS):
            return None
        file, lines = frame.f_code.co_filename, self._lines

        def trace(frame: FrameType, _event: str, _argument: Any) -> Any:
            lines.add((file, frame.f_lineno))
            return trace

        return trace

    def _begin_request(self, app: flask.Flask, **_more: Any) -> None:
        view = inspect.unwrap(app.view_functions.get(flask.request.endpoint or "", _nothing))
        # Emulators are apps of Flask, too, and their views need not be functions.
        if inspect.isfunction(view) and view.__code__.co_filename.startswith(OURS):
            self._lines.add((view.__code__.co_filename, view.__code__.co_firstlineno))


def _nothing() -> None:
    """The view of a request that has none."""
