"""One module of the tree with another code than its file has, from its import on."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType
from typing import Final

ROOT: Final = Path(__file__).parents[1]


def rewrite(file: str, code: CodeType) -> None:
    """The module of this file, a path from the tree's root, gets this code; import it after."""
    name = file.removesuffix(".py").replace("/", ".")
    assert name not in sys.modules, f"{name} is imported already"
    sys.meta_path.insert(0, _Finder(name, ROOT / file, code))


class _Finder(MetaPathFinder):
    def __init__(self, name: str, path: Path, code: CodeType) -> None:
        self._name, self._path, self._code = name, path, code

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != self._name:
            return None
        loader = _Loader(name, str(self._path))
        loader.code = self._code
        return spec_from_file_location(name, self._path, loader=loader)


class _Loader(SourceFileLoader):
    code: CodeType

    def get_code(self, _name: str) -> CodeType:
        return self.code
