"""One mutant after another before the tests, each in a process of its own.

A process in which all tests are collected is forked for each mutant that is only another body of a
function: the fork gets that body and runs the tests. For any other mutant a process is forked that
has imported nothing of ours yet.
"""

from __future__ import annotations

import gc
import importlib
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from types import CodeType, FunctionType
from typing import Any, Final

import pytest
from _pytest.runner import runtestprotocol

from tests.mutants.operators import Mutant, files, mutated
from tests.mutants.tests_of import Tests, file_of
from tests.rewriting import ROOT, rewrite
from tests.servers import free_port, wait_for

# A test takes longer beside others, and a fork has to begin.
PATIENCE: Final = 4.0
LEAST_SECONDS: Final = 10.0
# What it takes besides to import everything and to collect.
ANEW_SECONDS: Final = 60.0
ENGINE_MUTANTS: Final = 40
SENTENCE_BYTES: Final = 2000
NOT_PUT_IN: Final = "!not put in"
OPTIONS: Final = (
    *("-q", "-s", "-x", "-p", "no:cacheprovider", "-p", "no:xdist"),
    # To tell where a test failed in any other way takes longer than the test.
    "--tb=native",
    # Imported before pytest is begun, so that a fork need not.
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
)


Found = dict[str, Any]
Tell = Callable[[str], None]
Told = Callable[[Mutant, Found], None]
Run = Callable[[list[str], Tell], None]


class Engine:
    """The database of the tests that follow, begun anew now and then, since nobody tidies it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._served = 0
        self.url = ""

    def ready(self) -> None:
        if self._process and self._served < ENGINE_MUTANTS:
            self._served += 1
            return
        self.end()
        port = free_port()
        command = [str(Path(sys.executable).with_name("roto-server")), "--host", "127.0.0.1"]
        self._process = subprocess.Popen(
            [*command, "--port", str(port), "--ephemeral"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.url, self._served = f"http://127.0.0.1:{port}", 0
        wait_for(self.url)

    def end(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()


class Fixtures:
    """Gives the tests the engine that is there."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @pytest.hookimpl(tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Any:
        if fixturedef.argname != "engine_url":
            return None
        fixturedef.cached_result = (self._engine.url, fixturedef.cache_key(request), None)
        return self._engine.url


class Warm:
    """A plugin that collects, and then has its work done in place of the tests."""

    def __init__(self, work: Callable[[dict[str, pytest.Item]], None]) -> None:
        self._work = work

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self._work({item.nodeid: item for item in session.items})
        return True


class Chosen:
    """A plugin that runs these tests in this order, and says which failed."""

    def __init__(self, names: Sequence[str], tell: Tell) -> None:
        self._names = {name: rank for rank, name in enumerate(names)}
        self._tell = tell

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if item.nodeid in self._names]
        items.sort(key=lambda item: self._names[item.nodeid])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._tell(report.nodeid)


class Trial:
    """`enough`: after tests of so many seconds a mutant counts as not noticed."""

    def __init__(self, tests: Tests, engine: Engine, enough: float) -> None:
        self._tests = tests
        self._seconds = enough
        self._engine = engine
        self._succeeded: dict[str, bool] = {}
        self._unchanged: Run = _nothing
        self._least = LEAST_SECONDS

    def warm(self, todo: Iterator[Mutant], told: Told) -> None:
        """Mutants of the bodies of functions."""
        self._import()

        def work(items: dict[str, pytest.Item]) -> None:
            for file in files():  # also what is imported only when it is needed
                importlib.import_module(_module(file))
            functions = _functions()
            gc.freeze()
            self._unchanged = partial(_run, items)
            for mutant in todo:

                def run(names: list[str], tell: Tell, mutant: Mutant = mutant) -> None:
                    try:
                        _put_in(mutant, functions)
                    except ValueError:  # a function that is alive has more or less around it
                        tell(NOT_PUT_IN)
                    else:
                        _run(items, names, tell)

                told(mutant, self._tried(mutant, run))

        paths = sorted({file_of(test) for test in self._tests.seconds})
        pytest.main([*OPTIONS, *paths], plugins=[Warm(work), Fixtures(self._engine)])

    def cold(self, todo: Iterator[Mutant], told: Told) -> None:
        """Mutants of what is carried out at the import."""
        self._import()
        there = [file for file in files() if _module(file) in sys.modules]
        assert not there, f"imported already, so that no mutant can be put in: {there}"
        fixtures = Fixtures(self._engine)
        self._unchanged = partial(_run_anew, fixtures)
        self._least += ANEW_SECONDS
        for mutant in todo:

            def run(names: list[str], tell: Tell, mutant: Mutant = mutant) -> None:
                rewrite(mutant.file, _compiled(mutant))
                _run_anew(fixtures, names, tell)

            told(mutant, self._tried(mutant, run))

    def _import(self) -> None:
        """What the tests need besides our own."""
        for name in sorted(self._tests.modules):
            with suppress(Exception):
                importlib.import_module(name)

    def _tried(self, mutant: Mutant, run: Run) -> Found:
        """What became of the mutant, and by which test."""
        began = time.monotonic()
        while True:
            names = self._tests.of(mutant)
            found: Found = {"tests": len(names)}
            if not names:
                return {**found, "outcome": "untested"}
            tried, enough = self._enough(names)
            self._engine.ready()
            outcome, by = _forked(partial(run, tried), enough)
            if by == NOT_PUT_IN:
                return {**found, "outcome": "untested"}
            if by in self._tests.seconds and not self._trusted(by):
                del self._tests.seconds[by]
                continue
            if outcome == "caught":
                self._tests.noticed(mutant, by)
            seconds = round(time.monotonic() - began, 2)
            return {**found, "tried": len(tried), "outcome": outcome, "by": by, "seconds": seconds}

    def _enough(self, names: list[str]) -> tuple[list[str], float]:
        """The tests that there is time for, and after how many seconds they hang."""
        seconds, tried = 0.0, []
        for name in names:
            seconds += self._tests.seconds[name]
            tried.append(name)
            if seconds > self._seconds:
                break
        return tried, self._least + PATIENCE * seconds

    def _trusted(self, name: str) -> bool:
        """Whether the test succeeds here where nothing is changed."""
        if name not in self._succeeded:
            outcome, _ = _forked(partial(self._unchanged, [name]), self._least)
            self._succeeded[name] = outcome == "survived"
        return self._succeeded[name]


def _forked(run: Callable[[Tell], None], cpu_seconds: float) -> tuple[str, str]:
    """Runs in a fork, which is ended when it has used so much of the processor, or hangs."""
    ours, theirs = os.pipe()
    folder = mkdtemp(prefix="mutant-")
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.close(ours)
            _alone(folder, cpu_seconds)
            run(lambda name: _say(theirs, name))
            status = 0
        except BaseException as failure:  # noqa: BLE001 - a mutant may raise whatever it likes
            _say(theirs, f"!{type(failure).__name__}: {failure}")
        finally:
            os._exit(status)
    os.close(theirs)
    with os.fdopen(ours, "rb") as pipe:
        by = pipe.read().decode(errors="replace").partition("\n")[0]
    _, ended = os.waitpid(pid, 0)
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)  # what it had begun
    shutil.rmtree(folder, ignore_errors=True)
    if os.WIFSIGNALED(ended):
        return "timeout", signal.Signals(os.WTERMSIG(ended)).name
    return ("caught" if by or os.WEXITSTATUS(ended) else "survived"), by


def _say(pipe: int, sentence: str) -> None:
    os.write(pipe, sentence.encode()[:SENTENCE_BYTES] + b"\n")


def _alone(folder: str, cpu_seconds: float) -> None:
    os.setpgid(0, 0)
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    os.environ["PYTEST_DEBUG_TEMPROOT"] = folder
    os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = folder
    resource.setrlimit(resource.RLIMIT_CPU, (int(cpu_seconds), int(cpu_seconds) + 5))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(int(2 * cpu_seconds))


def _put_in(mutant: Mutant, functions: dict[tuple[str, str, int], list[FunctionType]]) -> None:
    for code in _codes(_compiled(mutant)):
        for function in functions.get(_place(code), ()):
            if function.__code__ != code:
                function.__code__ = code


def _run(items: dict[str, pytest.Item], names: list[str], tell: Tell) -> None:
    chosen = [items[name] for name in names if name in items]
    for item, following in zip(chosen, [*chosen[1:], None], strict=True):
        for report in runtestprotocol(item, nextitem=following, log=False):
            if report.failed:
                tell(item.nodeid)
                return


def _run_anew(fixtures: Fixtures, names: list[str], tell: Tell) -> None:
    """One file after the other, since to collect them takes longer than the tests."""
    for path in dict.fromkeys(file_of(name) for name in names):
        status = pytest.main([*OPTIONS, path], plugins=[fixtures, Chosen(names, tell)])
        if status == pytest.ExitCode.TESTS_FAILED:
            return
        if status not in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}:
            tell(f"!{status!r}")
            return


def _module(file: str) -> str:
    return file.removesuffix(".py").replace("/", ".")


def _nothing(_names: list[str], _tell: Tell) -> None:
    raise NotImplementedError


def _compiled(mutant: Mutant) -> CodeType:
    code: CodeType = compile(mutated(mutant), str(ROOT / mutant.file), "exec")
    return code


def _codes(code: CodeType) -> Iterator[CodeType]:
    """The codes of all functions; what has no name of its own is part of one."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType) and not constant.co_name.startswith("<"):
            yield from _codes(constant)


def _place(code: CodeType) -> tuple[str, str, int]:
    return code.co_filename, code.co_qualname, code.co_firstlineno


def _functions() -> dict[tuple[str, str, int], list[FunctionType]]:
    """All functions that are alive, by where they were written."""
    found = defaultdict(list)
    for thing in gc.get_objects():
        if isinstance(thing, FunctionType):
            found[_place(thing.__code__)].append(thing)
    return found
