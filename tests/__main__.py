"""`python -m tests`: the checks, then all tests, with what they need.

With arguments, which are pytest's, only those tests run. What cannot be installed is said, and what
needs it is left out; with CI set, nothing may be left out.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from typing import Final

from tests import checks
from tests.e2e import chromium

LIMIT_SECONDS: Final = 26 * 60
PATIENCE_SECONDS: Final = 20
# Files begin in the order of tests/conftest.py, the longest first.
# Each test waits a part of its time, so there is one worker more than processors.
WORKERS: Final = (os.cpu_count() or 1) + 1
PARALLEL: Final = ("-n", str(WORKERS), "--dist", "loadfile", "--no-loadscope-reorder")
# A test that hangs shows where it does; what ends it is the limit of all.
HUNG: Final = ("-o", "faulthandler_timeout=300")


def main(arguments: list[str]) -> int:
    left_out = install_chromium()
    say(left_out)
    failures = [] if arguments else checks.failed()
    status = pytest(arguments)
    if failures:
        say(f"These checks failed: {', '.join(failures)}. What they found stands above the tests.")
    say(left_out)
    return status or bool(failures)


def pytest(arguments: list[str], limit_seconds: int = LIMIT_SECONDS) -> int:
    """Runs the tests in a group of processes of their own, of which nothing is left afterwards."""
    command = [sys.executable, "-m", "pytest", *PARALLEL, *HUNG, *arguments]
    run = subprocess.Popen(command, start_new_session=True)
    try:
        return run.wait(limit_seconds)
    except subprocess.TimeoutExpired:
        say(f"The tests did not end within {limit_seconds // 60} minutes.")
        return 1
    except KeyboardInterrupt:
        os.killpg(run.pid, signal.SIGINT)
        return run.wait(PATIENCE_SECONDS)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(run.pid, signal.SIGKILL)
        run.wait()


def install_chromium() -> str:
    """Makes sure of a browser, by Debian's package where that can be; returns what to say."""
    if chromium.executable():
        return ""
    if os.geteuid() or not shutil.which("apt-get"):
        return "There is no chromium, and only root can install Debian's: no test in a browser."
    for command in (["apt-get", "update"], ["apt-get", "install", "--yes", chromium.PACKAGE]):
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode:
            return f"`{' '.join(command)}` failed: no test in a browser.\n{run.stderr}"
    return ""


def say(sentence: str) -> None:
    if sentence:
        sys.stdout.write(f"{sentence}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
