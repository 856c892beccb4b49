"""Which tests can notice a mutant, those first that are likely to."""

from __future__ import annotations

import ast
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, Final

from tests.mutants import survivors
from tests.mutants.operators import Mutant, files, mutants
from tests.rewriting import ROOT

Lines = tuple[str, int, int]
WORDS: Final = re.compile("[a-z]+")
LEAST_SECONDS: Final = 0.02


class Tests:
    """What tests/mutants/passes.py wrote, asked by mutant; learns who noticed those before."""

    def __init__(self, folder: Path) -> None:
        self.seconds: dict[str, float] = {}
        self.modules: set[str] = set()
        self._passing: dict[tuple[str, int], set[str]] = defaultdict(set)
        self._noticed: Counter[tuple[str, str]] = Counter()
        self._by_file: Counter[tuple[str, str]] = Counter()
        self._before = survivors.noticed_by()
        for mutant in (mutant for file in files() for mutant in mutants(file)):
            if before := self._before.get(survivors.digest(mutant)):
                self._by_file[mutant.file, file_of(before)] += 1
        for written in sorted(folder.glob("passes-*.json")):
            found = json.loads(written.read_text(encoding="utf-8"))
            self.modules |= set(found["modules"])
            for test, passed in found["tests"].items():
                self.seconds[test] = passed["seconds"]
                for file, lines in passed["lines"].items():
                    for line in lines:
                        self._passing[file, line].add(test)
        self._count = Counter(map(file_of, self.seconds))

    def of(self, mutant: Mutant) -> list[str]:
        found = self._over([(mutant.file, mutant.line, mutant.end)])
        if not mutant.inside:
            found |= self._over(_uses(mutant))
        found &= self.seconds.keys()
        return self._in_order(mutant, found)

    def _in_order(self, mutant: Mutant, found: set[str]) -> list[str]:
        """First those that are likely to notice it, for the time they take.

        The files come first that noticed most in the mutant's module. A file's tests are the more
        likely the more of them are found, and the more its name has to do with the mutant; a test
        is the more likely the more it noticed nearby.
        """
        about = _words(mutant.file.removesuffix(".py")) | _words(mutant.function)
        share = {
            file: times / self._count[file] for file, times in Counter(map(file_of, found)).items()
        }
        nth: Counter[str] = Counter()
        rank = {}
        for test in sorted(found, key=lambda test: self.seconds[test]):
            file, seconds = file_of(test), max(LEAST_SECONDS, self.seconds[test])
            nth[file] += 1
            likely = share[file] * (1 + len(about & _words(test))) * (1 + self._near(mutant, test))
            rank[test] = nth[file] * seconds / likely
        # Who noticed it in the last run, or nobody.
        before = self._before.get(survivors.digest(mutant), "")
        return sorted(
            rank,
            key=lambda test: (
                test != before,
                -self._by_file[mutant.file, file_of(test)],
                rank[test],
            ),
        )

    def noticed(self, mutant: Mutant, test: str) -> None:
        self._noticed[f"{mutant.file}/{mutant.function}", test] += 10
        self._noticed[mutant.file, test] += 1
        self._by_file[mutant.file, file_of(test)] += 1

    def _near(self, mutant: Mutant, test: str) -> int:
        here = self._noticed[f"{mutant.file}/{mutant.function}", test]
        return here + self._noticed[mutant.file, test]

    def _over(self, places: Iterable[Lines]) -> set[str]:
        return {
            test
            for file, line, end in places
            for number in range(line, end + 1)
            for test in self._passing.get((file, number), ())
        }


def file_of(test: str) -> str:
    return test.partition("::")[0]


def _words(name: str) -> set[str]:
    return set(WORDS.findall(name.lower())) - {"backend", "accounts", "web", "tests", "test"}


def _uses(mutant: Mutant) -> set[Lines]:
    """The functions that use what is defined in the mutant's lines, also by way of other names."""
    wanted = [name for name, (file, line, end) in _definitions() if file == mutant.file
              and line <= mutant.line <= end]  # fmt: skip
    seen: set[str] = set()
    found: set[Lines] = set()
    while wanted:
        name = wanted.pop()
        if name in seen:
            continue
        seen.add(name)
        for user, place, is_function in _users()[name]:
            if is_function:
                found.add(place)
            else:
                wanted.append(user)
    return found


@cache
def _statements() -> list[tuple[str, Any]]:
    return [
        (file, statement)
        for file in files()
        for statement in ast.parse((ROOT / file).read_text(encoding="utf-8")).body
    ]


@cache
def _definitions() -> list[tuple[str, Lines]]:
    """Each name of a module's own level, with its lines."""
    return [
        (name, (file, statement.lineno, statement.end_lineno))
        for file, statement in _statements()
        for name in _names_defined(statement)
    ]


def _names_defined(statement: Any) -> list[str]:
    if isinstance(statement, ast.ClassDef | ast.FunctionDef):
        return [statement.name]
    return [
        node.id
        for target in getattr(statement, "targets", [getattr(statement, "target", statement)])
        for node in ast.walk(target)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    ]


@cache
def _users() -> dict[str, list[tuple[str, Lines, bool]]]:
    """For each name who uses it: a function, or what is defined by it and used in turn."""
    found: dict[str, list[tuple[str, Lines, bool]]] = defaultdict(list)
    for file, statement in _statements():
        for user in _names_defined(statement):
            function = isinstance(statement, ast.FunctionDef)
            decorators = [one.lineno for one in getattr(statement, "decorator_list", [])]
            place = (file, min([statement.lineno, *decorators]), statement.end_lineno)
            for node in ast.walk(statement):
                name = getattr(node, "id", getattr(node, "attr", None))
                if isinstance(name, str) and name != user:
                    found[name].append((user, place, function))
            if isinstance(statement, ast.ClassDef):
                # What a class is used for shows where its methods run, too.
                found[user].append((user, place, True))
    return found
