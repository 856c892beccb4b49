"""Where peers and the load tool are installed: apart from us and each other, by lock files."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from benchmarks.peers import Peer

ROOT: Final = Path(__file__).parents[1]
PLACE: Final = (ROOT / ".venv").resolve() / "peers"
LOAD: Final = ROOT / "benchmarks" / "load"
INSTALL_LIMIT: Final = 900.0


class NotInstalled(Exception):
    """The reason, in one line."""


def python(peer: Peer) -> Path:
    """The folder of the programs that the peer is served with. Raises NotInstalled."""
    wanted = peer.folder / "requirements.txt"
    if not wanted.exists():
        # Ours: installed already, since this runs.
        return Path(sys.executable).parent
    place = PLACE / peer.name
    if not _fresh(place, wanted):
        _run([sys.executable, "-m", "venv", "--clear", str(place)])
        pip = [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        _run([*pip, "--no-deps", "--require-hashes", "-r", str(wanted)])
        _note(place, wanted)
    return place / "bin"


def node(source: Path) -> Path:
    """A copy of the folder with its packages beside it. Raises NotInstalled."""
    place, wanted = PLACE / source.name, source / "package-lock.json"
    if not _fresh(place, wanted):
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(source, place, ignore=shutil.ignore_patterns("node_modules"))
        _run(["npm", "ci", "--no-audit", "--no-fund"], place)
        _note(place, wanted)
    for file in source.glob("*.mjs"):
        shutil.copy(file, place)
    return place


def _fresh(place: Path, wanted: Path) -> bool:
    mark = place / "installed"
    return mark.exists() and mark.read_bytes() == wanted.read_bytes()


def _note(place: Path, wanted: Path) -> None:
    (place / "installed").write_bytes(wanted.read_bytes())


def _run(command: list[str], where: Path = ROOT) -> None:
    try:
        subprocess.run(
            command, cwd=where, check=True, capture_output=True, text=True, timeout=INSTALL_LIMIT
        )
    except (OSError, subprocess.SubprocessError) as failure:
        raise NotInstalled(f"{Path(command[0]).name}: {last_line(failure)}") from None


def last_line(failure: OSError | subprocess.SubprocessError) -> str:
    """What a program said last before it failed, or why it could not be run."""
    told = (getattr(failure, "stderr", "") or str(failure)).strip().splitlines()
    return str(told[-1]) if told else str(failure)
