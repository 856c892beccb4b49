"""However `flask run` ends, the engine ends with it, and the data are free for the next one."""

import fcntl
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.command_line import Server, group_runs, serving, wait_until

ways = pytest.mark.parametrize(
    "end", [Server.interrupt, Server.terminate], ids=["ctrl-c", "sigterm"]
)
modes = pytest.mark.parametrize("options", [[], ["--debug"]], ids=["plain", "debug"])


def is_free(instance: Path) -> bool:
    with (instance / "engine.lock").open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


@ways
@modes
def test_nothing_is_left_running(
    tmp_path: Path, options: list[str], end: Callable[[Server], int]
) -> None:
    with serving(tmp_path / "instance", *options) as server:
        engine = server.engine()["engine"]
        assert group_runs(engine)
        assert not is_free(server.instance)
        end(server)
        wait_until(lambda: not group_runs(engine) and not group_runs(server.process.pid))
        assert is_free(server.instance)
        assert not server.answers()
        assert "Traceback" not in server.output
