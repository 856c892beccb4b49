"""Becomes the engine, leaving behind a watcher that ends it once the app is gone.

`engine.start` runs this file as `keeper.py LOCK COMMAND…`, with a pipe from the app as its stdin.
A pipe closes however the app ends, by SIGKILL too, on Linux and on macOS alike; Linux's own
PR_SET_PDEATHSIG would already fire when merely the thread that started the engine ends.
"""

import os
import signal
import sys
import time

PATIENCE = 5.0


def watch(engine: int) -> None:
    os.read(0, 1)  # nothing is ever written: this returns when the app has ended
    for number in (signal.SIGTERM, signal.SIGKILL):
        # A dead engine is no longer our parent, so its number, reused, is never signalled.
        if os.getppid() == engine:
            os.kill(engine, number)
        deadline = time.monotonic() + PATIENCE
        while os.getppid() == engine and time.monotonic() < deadline:
            time.sleep(0.05)


def keep(lock: int, command: list[str]) -> None:
    engine = os.getpid()
    if os.fork():
        os.execv(command[0], command)  # noqa: S606  no shell is wanted
    os.close(lock)  # the lock lives exactly as long as the engine
    watch(engine)


if __name__ == "__main__":
    keep(int(sys.argv[1]), sys.argv[2:])
