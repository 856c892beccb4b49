"""JavaScript modules, whose imports of each other follow their hashed names."""

from __future__ import annotations

import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from sitegen.errors import BuildError
from sitegen.files import File, asset

IMPORT = re.compile(r"""(\b(?:from|import)\s*["']\./)([\w-]+\.js)(?=["'])""")


def linked(folder: Path, entry: str) -> list[File]:
    """The modules that the entry needs, each after those that it imports; the entry is last."""
    sources = _reachable(folder, entry)
    built: dict[str, File] = {}
    for name in _in_order(sources):
        # A dependency's name holds its hash, so its change reaches every importer's hash.
        text = IMPORT.sub(lambda match: match[1] + built[match[2]].name, sources[name])
        built[name] = asset(name, text)
    return list(built.values())


def _reachable(folder: Path, entry: str) -> dict[str, str]:
    sources: dict[str, str] = {}
    waiting = [(entry, "The page")]
    while waiting:
        name, importer = waiting.pop()
        if name not in sources:
            sources[name] = _read(folder / name, importer)
            waiting += [(needed, name) for needed in _imports(sources[name])]
    return sources


def _read(path: Path, importer: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise BuildError(
            f"{importer} imports {path.name}, which is not in {path.parent}."
        ) from None


def _in_order(sources: dict[str, str]) -> list[str]:
    try:
        return list(TopologicalSorter({n: _imports(s) for n, s in sources.items()}).static_order())
    except CycleError as error:
        raise BuildError(f"Modules import each other: {' → '.join(error.args[1])}.") from error


def _imports(source: str) -> list[str]:
    return [match[2] for match in IMPORT.finditer(source)]
