"""JavaScript modules, joined into few files: one for the entry and one for each `import('./…')`.

What several of them need stands in `core.js`, if the entry is among them, or in `common.js`. So
nothing is loaded twice or too early, and the hash in a name follows from what is imported. Joined
modules share one scope: a name is declared at the top of one only, and is imported as it is called.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from sitegen.errors import BuildError
from sitegen.files import File, asset

NOW = re.compile(r"""(\b(?:from|import)\s*["']\./)([\w-]+\.js)(?=["'])""")
# `import('./…').Name` in a comment is a type.
LATER = re.compile(r"""(\bimport\(\s*["']\./)([\w-]+\.js)(?=["']\)(?!\.[A-Z]))""")
BY_NAME = re.compile(r"""^import \{([\w\s,]+)\} from '\./([\w-]+\.js)';\n""", re.MULTILINE)
DECLARED = re.compile(r"^(?:export )?(?:async )?(?:function|const|let|class) (\w+)", re.MULTILINE)
CORE, COMMON = "core.js", "common.js"


@dataclass(frozen=True)
class Scripts:
    entry: File
    core: list[File]
    later: list[File]

    @property
    def files(self) -> list[File]:
        return [*self.core, *self.later, self.entry]


@dataclass(frozen=True)
class Sources:
    """The text of each module, the imported before those that import them."""

    texts: dict[str, str]

    def needed(self, names: Iterable[str]) -> set[str]:
        """The modules, and all that has to be there before they run."""
        found: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += _named(NOW, self.texts[name])
        return found

    @cached_property
    def loaded_later(self) -> set[str]:
        return {name for text in self.texts.values() for name in _named(LATER, text)}


def linked(folder: Path, entry: str) -> Scripts:
    sources = _in_order(_reachable(folder, entry))
    first, later = sources.needed([entry]), sources.needed(sources.loaded_later)
    alone = {name: _alone(sources, name) - first for name in sources.loaded_later - first}
    built: dict[str, File] = {}

    def build(name: str, modules: set[str]) -> list[File]:
        if not modules:
            return []
        made = asset(name, _joined(sources, modules, built))
        built.update(dict.fromkeys(modules, made))
        return [made]

    core = build(CORE, first & later)
    rest = build(COMMON, later.difference(first, *alone.values()))
    for name in sources.texts:
        rest += build(name, alone.get(name, set()))
    [page] = build(entry, first - later)
    return Scripts(page, core, rest)


def _alone(sources: Sources, name: str) -> set[str]:
    """What is needed by this module and by no other that is loaded later."""
    return sources.needed([name]) - sources.needed(sources.loaded_later - {name})


def _joined(sources: Sources, modules: set[str], built: dict[str, File]) -> str:
    """The modules as one. Imports of each other fall away; those of other files follow the hash."""
    parts = {name: text for name, text in sources.texts.items() if name in modules}
    wanted: dict[str, set[str]] = {}
    owners: dict[str, str] = {}
    for name, text in parts.items():
        for declared in DECLARED.findall(text):
            if owners.setdefault(declared, name) != name:
                raise BuildError(
                    f"{owners[declared]} and {name} are joined, and both declare {declared}."
                )
        for names, module in BY_NAME.findall(text):
            if module not in modules:
                wanted.setdefault(built[module].name, set()).update(re.findall(r"\w+", names))
        parts[name] = LATER.sub(
            lambda match: match[1] + built[match[2]].name, BY_NAME.sub("", text)
        )
        if odd := NOW.search(parts[name]):
            raise BuildError(f"{name} has to import what it needs of {odd[2]} by its name.")
    imports = [
        f"import {{ {', '.join(sorted(names))} }} from './{file}';\n"
        for file, names in sorted(wanted.items())
    ]
    return "".join([*imports, *parts.values()])


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


def _in_order(texts: dict[str, str]) -> Sources:
    graph = {name: sorted(_imports(text)) for name, text in sorted(texts.items())}
    try:
        return Sources({name: texts[name] for name in TopologicalSorter(graph).static_order()})
    except CycleError as error:
        raise BuildError(f"Modules import each other: {' → '.join(error.args[1])}.") from error


def _imports(source: str) -> set[str]:
    return _named(NOW, source) | _named(LATER, source)


def _named(pattern: re.Pattern[str], source: str) -> set[str]:
    return {match[2] for match in pattern.finditer(source)}
