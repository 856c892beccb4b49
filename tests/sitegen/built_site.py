from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class BuiltSite:
    folder: Path

    @property
    def manifest(self) -> dict[str, Any]:
        return json.loads((self.folder / "manifest.json").read_text())

    @property
    def page(self) -> str:
        return self.text("index.html")

    def text(self, path: str) -> str:
        return (self.folder / path).read_text(encoding="utf-8")

    def path_of(self, name: str) -> str:
        stem, suffix = name.split(".")
        (path,) = (
            entry["path"]
            for entry in self.manifest["files"]
            if entry["path"].startswith(f"assets/{stem}.") and entry["path"].endswith(suffix)
        )
        return path

    def everything(self) -> dict[str, bytes]:
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file()
        }
